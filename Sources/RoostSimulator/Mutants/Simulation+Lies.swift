import RoostConsensus
import RoostCore
import RoostNode
import RoostRing

/// Where mutants lie.
extension Simulation {
    /// What a node's shard hears in place of a message: the message itself, unless a mutant has something else to say.
    mutating func lies(about message: PeerMessage, from: Int, to index: Int) -> [(sender: Int, PeerMessage)] {
        guard let mutant else { return [(from, message)] }
        switch message {
        case .request(let request):
            return lies(of: mutant, about: request, from: from, to: index)
        case .reply(let reply):
            return lies(of: mutant, about: reply, from: from, to: index)
        case .subscribeAgain:
            return mutant == .subscriptionLost ? [] : [(from, message)]
        }
    }

    private func lies(
        of mutant: Mutant, about request: ReplicaRequest, from: Int, to index: Int
    ) -> [(sender: Int, PeerMessage)] {
        var lie = request
        switch (mutant, request.kind) {
        case (.noFence, _):
            lie.version = nodes[index].table?.version(of: request.slot) ?? request.version
        case (.watermarkAbove, .acknowledge(var acknowledge)):
            acknowledge.upTo += 1
            lie.kind = .acknowledge(acknowledge)
        case (.retryNotMarked, .replicate(var batch)):
            for place in batch.messages.indices { batch.messages[place].isRetry = false }
            lie.kind = .replicate(batch)
        case (.acknowledgedAtOne, .acknowledge):
            let first = nodes[index].table?.owners(of: request.slot).first
            guard first == nodes[index].id else { return [] }
        case (.gapNotRepaired, .fetch):
            return []
        case (.promiseBroken, .acceptRegister(let token, let key, let ballot, let value)):
            // The acceptor meets every ballot as if it were above what it promised.
            let promised = nodes[index].disk.index.register(key).promised
            guard promised > ballot else { break }
            let raised = Ballot(round: promised.round + 1, proposer: ballot.proposer)
            lie.kind = .acceptRegister(token: token, key: key, ballot: raised, value: value)
        default:
            break
        }
        return [(from, .request(lie))]
    }

    private func lies(
        of mutant: Mutant, about reply: GatewayReply, from: Int, to index: Int
    ) -> [(sender: Int, PeerMessage)] {
        var lie = reply
        switch (mutant, reply.kind) {
        case (.minorityCounts, .replicated), (.readFromOne, .registerRead):
            guard let request = record.requests[reply.token], let table = nodes[index].table else { break }
            let other = table.owners(of: request.slot).lazy.compactMap { places[$0] }.first { $0 != from }
            return [from, other].compactMap { $0 }.map { ($0, .reply(reply)) }
        case (.readBeforeSync, .registerRead):
            guard case .readRegister(_, let key) = record.requests[reply.token]?.kind,
                let state = nodes[from].earlyVotes[key]
            else { break }
            lie.kind = .registerRead(accepted: state.accepted, value: state.value)
        case (.noHoldForPredecessor, .push(var push)):
            push.watermark = push.number - 1
            lie.kind = .push(push)
        case (.numbersNotTold, .announce):
            return []
        case (.receiptAbove, .receipt(let slot, let stream, let reader, let deliveredUpTo, let readUpTo)):
            lie.kind = .receipt(
                slot: slot, stream: stream, reader: reader, deliveredUpTo: deliveredUpTo + 1, readUpTo: readUpTo)
        case (.wrongSession, .push):
            lie.token = nodes[index].sessions.keys.min() ?? reply.token
        case (.promiseBroken, .registerAccepted):
            // It answers under the ballot that it was asked for.
            guard case .acceptRegister(_, _, let ballot, _) = record.requests[reply.token]?.kind else { break }
            lie.kind = .registerAccepted(ballot)
        default:
            break
        }
        return [(from, .reply(lie))]
    }

    /// A refused append of a broken node is answered like one that was made, at places where nothing stands. Returns whether
    /// there was such a lie.
    mutating func lieAboutRefusal(isDurable: Bool, records: Int, token: UInt64, on index: Int) -> Bool {
        guard mutant == .refusalIsDurable, isDurable else { return false }
        let locations = (0..<records).map { LogLocation(segment: .max, blockOffset: 0, index: UInt32($0)) }
        agenda.add(.written(node: index, life: nodes[index].life, token: token, locations: locations), at: now)
        return true
    }

    /// A broken next owner says that it holds everything as soon as it hears that it is to.
    mutating func lieAboutMerges(_ table: RingTable, on index: Int) {
        guard mutant == .commitBeforeMerge else { return }
        for slot in table.slotCount.slots where table.owners(of: slot).isNext(nodes[index].id) {
            control(index) { machine, now, actions in
                machine.slotMerged(slot, version: table.version(of: slot), now: now, into: &actions)
            }
        }
    }

    /// What a broken node says besides what its machine says.
    mutating func lieAbout(_ action: ShardAction, on index: Int, into actions: inout [ShardAction]) {
        guard mutant == .readBeforeSync, case .append(let records, _, _) = action else { return }
        for record in records where record.kind == ReplicaRecord.Kind.register.rawValue {
            noteEarly(record, on: index)
        }
    }

    private mutating func noteEarly(_ logRecord: LogRecord, on index: Int) {
        do throws(ByteReaderError) {
            guard case .register(let key, let state) = try ReplicaRecord(kind: logRecord.kind, head: logRecord.head)
            else { return }
            nodes[index].earlyVotes[key] = state
        } catch {
            violate(.log, "n\(index) logs what it cannot read: \(error)")
        }
    }
}
