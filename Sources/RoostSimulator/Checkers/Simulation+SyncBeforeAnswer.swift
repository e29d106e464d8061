import RoostConsensus
import RoostCore
import RoostNode
import RoostRing

/// I9: an answer that says "kept" is about bytes on stable storage.
extension Simulation {
    /// Looks at an answer that leaves a replica.
    mutating func checkSynced(_ reply: GatewayReply, by index: Int) {
        if case .expanded(let slots) = reply.kind { return checkExpanded(slots, token: reply.token, by: index) }
        guard let request = record.requests[reply.token] else { return }
        let disk = nodes[index].disk.index
        switch (reply.kind, request.kind) {
        case (.replicated, .replicate(let batch)):
            for message in batch.messages {
                let held = DiskIndex.Message(recipient: batch.recipient, key: batch.key, number: message.number)
                guard !disk.holds(held, hash: message.bodyHash), !isStored(held) else { continue }
                return violate(
                    .syncBeforeAnswer, "n\(index) says that it keeps \(batch.recipient) \(message.number); not on disk")
            }
        case (.registerPromised(let ballot, _, _), .prepareRegister(_, let key, _)),
            (.registerPromised(let ballot, _, _), .acceptRegister(_, let key, _, _)):
            if disk.register(key).promised < ballot {
                violate(.syncBeforeAnswer, "n\(index) promises \(ballot.round) of \(key); not on disk")
            }
        case (.registerAccepted(let ballot), .acceptRegister(_, let key, _, _)),
            (.registerAccepted(let ballot), .prepareRegister(_, let key, _)):
            if disk.register(key).accepted < ballot {
                violate(.syncBeforeAnswer, "n\(index) accepts \(ballot.round) of \(key); not on disk")
            }
        case (.registerRead(_, let accepted, _), .readRegister(_, let key)):
            if disk.register(key).accepted < accepted {
                violate(.syncBeforeAnswer, "n\(index) tells \(accepted.round) of \(key); not on disk")
            }
        default:
            break
        }
    }

    /// An orderer's expansion goes out: the answers to it are looked at, a token for all nodes.
    mutating func noteExpansion(_ expansion: Expansion) {
        var known = groupLoad.expansions[expansion.token] ?? expansion
        known.recipients += expansion.recipients.filter { !known.recipients.contains($0) }
        groupLoad.expansions[expansion.token] = known
    }

    private mutating func checkExpanded(_ slots: [Slot], token: GatewayToken, by index: Int) {
        guard let expansion = groupLoad.expansions[token] else { return }
        let disk = nodes[index].disk.index
        for recipient in expansion.recipients where slots.contains(recipient.slot) {
            let key = StreamKey.ofGroup(expansion.group, since: recipient.since)
            for message in expansion.messages {
                let held = DiskIndex.Message(recipient: recipient.member, key: key, number: message.number)
                guard !disk.holds(held), !isStored(held) else { continue }
                return violate(
                    .syncBeforeAnswer,
                    "n\(index) says that it keeps \(message.number) of \(expansion.group) for \(recipient.member); not on disk"
                )
            }
        }
    }

    /// Whether the reader's devices have it, or everybody for whom it is in a group: then no replica needs to.
    private func isStored(_ message: DiskIndex.Message) -> Bool {
        if message.recipient.kind == .group { return message.number <= groupLoad.finished[message.key] ?? 0 }
        guard let reader = people.firstIndex(where: { $0.user == message.recipient }) else { return false }
        return devices(of: reader).allSatisfy { isDone(message.key, message.number, device: $0) }
    }

    /// A segment is gone: what was only in it must not be needed.
    mutating func checkDeletion(lost registers: [Address], on index: Int) {
        let node = nodes[index]
        let owned = registers.filter { key in
            node.table.map { $0.owners(of: $0.slot(of: key)).isCurrent(node.id) } ?? false
        }
        if let key = owned.first {
            violate(.syncBeforeAnswer, "n\(index) deleted the only record of register \(key)")
        }
        checkKept("n\(index) deleted a segment")
    }
}
