import RoostConsensus
import RoostCore
import RoostMailbox
import RoostNode
import RoostRing
import RoostSession

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
        case .expand(var expansion):
            if mutant == .streamFromOne {
                for place in expansion.recipients.indices { expansion.recipients[place].floor = 0 }
            }
            return [(from, .expand(expansion))]
        case .subscribeAgain:
            record.subscribers = record.subscribers.filter { $0.node != index || $0.owner != from }
            return mutant == .subscriptionLost ? [] : [(from, message)]
        case .presence(let presence):
            return [(from, .presence(lie(of: mutant, about: presence)))]
        }
    }

    private func lie(of mutant: Mutant, about message: PresenceMessage) -> PresenceMessage {
        switch (mutant, message) {
        case (.hiddenShown, .told(let token, let told)):
            // The owner finds that everybody may see everybody.
            return .told(
                token,
                told.map { one in
                    let state = one.state == .unknown ? WatchedState.person(.online) : one.state
                    return .init(user: one.user, version: one.version, state: state, rule: nil)
                })
        case (.typingStaysFresh, .typing(let slot, let version, var notice)):
            notice.stamp = Instant(nanoseconds: notice.stamp.nanoseconds + TimeSpan.seconds(1).nanoseconds)
            return .typing(slot: slot, version: version, notice)
        default:
            return message
        }
    }

    private mutating func lies(
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
        case (.subscribedOnce, .subscribe(let subscribe)):
            let subscriber = RunRecord.Subscriber(
                node: from, owner: index, session: subscribe.session, version: request.version,
                isPushed: subscribe.mode == .full)
            guard record.subscribers.insert(subscriber).inserted else { return [] }
        case (.gapBelieved, .collect(var collect)):
            collect.keys = []
            lie.kind = .collect(collect)
        case (.numberedAgain, .finish(var finish)):
            finish.streams = []
            lie.kind = .finish(finish)
        case (.receiptsNotToldAgain, .subscribe(var subscribe)):
            // The owner takes everything for too old.
            subscribe.wallMilliseconds = .max
            lie.kind = .subscribe(subscribe)
        case (.endNotTold, .receipt(var receipt, let token)):
            let progress = receipt.progress
            receipt.progress = ReceiptProgress(
                deliveredUpTo: progress.deliveredUpTo, readUpTo: progress.readUpTo,
                deliveredAtMilliseconds: progress.deliveredAtMilliseconds,
                readAtMilliseconds: progress.readAtMilliseconds)
            lie.kind = .receipt(receipt, token: token)
        case (.erasedAtOne, .erase):
            let first = nodes[index].table?.owners(of: request.slot).first
            guard first == nodes[index].id else { return [] }
        case (.blockNotKept, .acceptRegister(let token, let key, let ballot, let value)):
            lie.kind = .acceptRegister(token: token, key: key, ballot: ballot, value: withoutBlocks(value, of: key))
        case (.knownNotTaken, .receiptsKnown), (.gapNotRepaired, .fetch), (.neverCompared, .compare),
            (.endedSessionStays, .unsubscribe),
            (.endedSessionStays, .forget):
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

    private mutating func lies(
        of mutant: Mutant, about reply: GatewayReply, from: Int, to index: Int
    ) -> [(sender: Int, PeerMessage)] {
        var lie = reply
        switch (mutant, reply.kind) {
        case (.anyTwoOfBoth, .replicated):
            record.keepers[reply.token, default: []].insert(from)
            guard record.keepers[reply.token]?.count == 2, let request = record.requests[reply.token],
                let table = nodes[index].table
            else { break }
            return table.owners(of: request.slot).compactMap { places[$0] }.map { ($0, .reply(reply)) }
        case (.snapshotFromOneOwner, .page), (.oldCopyDroppedAtOnce, .page):
            guard let pull = record.pulls[reply.token], isPageLost(of: mutant, pull, from: from, to: index) else {
                break
            }
            lie.kind = .page(CopyPage(items: [], next: nil))
        case (.minorityCounts, .replicated), (.readFromOne, .registerRead), (.erasedAtOne, .erased):
            guard let request = record.requests[reply.token], let table = nodes[index].table else { break }
            let other = table.owners(of: request.slot).compactMap { places[$0] }.first { $0 != from }
            return [from, other].compactMap { $0 }.map { ($0, .reply(reply)) }
        case (.readBeforeSync, .registerRead):
            guard case .readRegister(_, let key) = record.requests[reply.token]?.kind,
                let state = nodes[from].earlyVotes[key]
            else { break }
            lie.kind = .registerRead(promised: state.promised, accepted: state.accepted, value: state.value)
        case (.noHoldForPredecessor, .push(var push)):
            push.watermark = push.number - 1
            lie.kind = .push(push)
        case (.lossNotTold, .push(var push)):
            push.lostFrom = 0
            lie.kind = .push(push)
        case (.lossNotTold, .fetched(var answer)):
            for place in answer.messages.indices { answer.messages[place].lostFrom = 0 }
            lie.kind = .fetched(answer)
        case (.changeOvertakes, .collected) where reply.token.isMultiple(of: 2):
            lie.kind = .collected([])
        case (.numbersNotTold, .announce):
            return []
        case (.receiptAbove, .receipt(let slot, var receipt)):
            receipt.deliveredUpTo += 1
            lie.kind = .receipt(slot: slot, receipt)
        case (.readsShownToAll, .registerRead(let promised, let accepted, let value)):
            lie.kind = .registerRead(promised: promised, accepted: accepted, value: sharingReads(value))
        case (.passOverHeld, .subscribed(var backlog)):
            guard let person = nodes[index].sessions[reply.token]?.person else { break }
            for place in backlog.indices {
                let key = backlog[place].key
                let stored = devices(of: first(of: person)).map { people[$0].watermarks[key] ?? 0 }
                backlog[place].watermark = max(backlog[place].watermark, stored.max() ?? 0)
            }
            lie.kind = .subscribed(backlog)
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

    /// The lists of a person who blocks nobody, if it is a person's.
    private func withoutBlocks(_ value: [UInt8], of key: Address) -> [UInt8] {
        guard let user = UserName(String(key.placeText)), key == Address(user).people else { return value }
        do throws(ByteReaderError) {
            var people = try People(decoding: value)
            for name in people.blocked { people.remove(name, from: .blocked) }
            return people.encode()
        } catch {
            return value
        }
    }

    /// Whoever takes a handle is not told that somebody else has it.
    func lie(about request: RegisterRequest) -> RegisterRequest {
        guard mutant == .handleStolen, case .read(let address) = request, address.kind == .user,
            let nobody = UserName("nobody-at-all")
        else { return request }
        return .read(Address(nobody))
    }

    /// An account that lets others know what its owner has read, whatever it says.
    private func sharingReads(_ value: [UInt8]) -> [UInt8] {
        do throws(ByteReaderError) {
            var account = try Account(decoding: value)
            account.profile.privacy.readReceipts = true
            return account.encode()
        } catch {
            // Of something else than an account.
            return value
        }
    }

    /// Whether what an owner tells of its copy does not reach who copies it.
    private mutating func isPageLost(
        of mutant: Mutant, _ pull: RunRecord.SlotVersion, from: Int, to index: Int
    ) -> Bool {
        guard let owners = nodes[index].table?.owners(of: pull.slot), owners.isNext(nodes[index].id) else {
            return false
        }
        guard mutant == .snapshotFromOneOwner else { return !owners.isNext(nodes[from].id) }
        // One's own copy is one.
        guard !owners.isCurrent(nodes[index].id) else { return true }
        let copying = RunRecord.Copying(node: index, of: pull)
        let source = record.onlySources[copying] ?? from
        record.onlySources[copying] = source
        return source != from
    }

    /// What becomes of a link: a broken node speaks to whom it should not.
    func lie(about verdict: PeerVerdict) -> PeerVerdict {
        guard mutant == .olderStateServes else { return verdict }
        switch verdict {
        case .refused(.ownDirectoryIsOlder), .answered(.peerIsOlder): return .accepted
        case .accepted, .answered, .refused: return verdict
        }
    }

    /// An owner of a broken ring has nothing left of what is to be others'.
    mutating func lieAboutOldCopies(_ table: RingTable, of ring: EpochRecord, on index: Int) {
        guard mutant == .oldCopyDroppedAtOnce else { return }
        let node = nodes[index]
        for slot in ring.lines.indices.map({ Slot($0) }) {
            let owners = table.owners(of: slot)
            if owners.isMoving, owners.isCurrent(node.id), !owners.isNext(node.id) {
                node.disk.index.drop(slot, of: table)
            }
        }
        checkKept("n\(index) has given up what is to be others'")
    }

    /// Whether a broken node takes these for durable when they are written: the mark that ends a copy.
    func isEarlyMark(_ records: [LogRecord]) -> Bool {
        mutant == .mergeReportedBeforeSync && records.contains { $0.kind == ReplicaRecord.Kind.merged.rawValue }
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
        switch (mutant, action) {
        case (.readBeforeSync, .append(let records, _, _)):
            for record in records where record.kind == ReplicaRecord.Kind.register.rawValue {
                noteEarly(record, on: index)
            }
        case (.dropUnconfirmed, .send(let peer, .request(let request))):
            // It hears that the other goes by the same accounts before the other has been asked.
            guard case .vouch(let vouch) = request.kind else { break }
            let reply = GatewayReply(token: vouch.token, kind: .vouched([]))
            nodes[index].shard.peerSent(.reply(reply), from: peer, now: clock(index), into: &actions)
        default:
            break
        }
    }

    /// Whether a record says how far a stream is gone.
    mutating func isFloor(_ logRecord: LogRecord) -> Bool {
        guard logRecord.kind == ReplicaRecord.Kind.watermark.rawValue else { return false }
        do throws(ByteReaderError) {
            guard case .watermark(let watermark) = try ReplicaRecord(kind: logRecord.kind, head: logRecord.head) else {
                return false
            }
            return watermark.device == InboundStream.everybody
        } catch {
            return false
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
