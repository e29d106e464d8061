import RoostCore
import RoostNode

/// Liveness: when everything is healed, everything gets done.
extension Simulation {
    /// Whether nothing is left to do.
    var isDone: Bool {
        people.allSatisfy(isDone) && missingOnDevice == nil && unfinishedRing == nil && !accounts.isWaiting
            && nodes.allSatisfy { node in
                node.isUp
                    ? node.shard.counts.pendingMessages == node.shard.counts.strayMessages
                        && node.shard.counts.settledMessages == 0
                    : node.life == 0 || node.isRemoved || node.isLost || node.stranger == .clone
            } && untoldEnd == nil && groupLoad.open.isEmpty && !relations.isWaiting
            && !handleLoad.isBusy && unfinishedGroup == nil && unequalCopies == nil
            && uncleanDisk == nil
    }

    private func isDone(_ person: Person) -> Bool {
        person.left == 0 && person.groupLeft == 0
            && person.groupOutbox.allSatisfy { $0.sentUpTo == $0.produced }
            && person.outbox.allSatisfy { stream in
                let (stored, told) = due(stream, of: person)
                return stream.sentUpTo == stream.produced && self.stored(stream, of: person) >= stored
                    && stream.deliveredUpTo >= told && stream.readUpTo >= readDue(stream, of: person)
            }
    }

    private func stored(_ stream: Person.Outbox, of person: Person) -> StreamNumber {
        people[stream.to].watermarks[StreamKey(device: person.device, stream: Person.streamNumber)] ?? 0
    }

    /// How far a stream has to be stored by its reader, and its sender to be told: to its end, if all who have to know of it do.
    /// Of one that has lost its majority as far as the owner that was left had it, and whatever was `sent` since.
    private func due(_ stream: Person.Outbox, of person: Person) -> (stored: StreamNumber, told: StreamNumber) {
        // A device that is out is told nothing.
        let flow = RunRecord.Stream(sender: person.index, reader: stream.to)
        let last = lastDue(flow, upTo: stream.sentUpTo)
        if person.revocation != .none { return (last, 0) }
        if let before = record.sentAtLoss[flow] {
            let sent = record.sent[flow] ?? 0
            return (max(record.kept[flow]?.max() ?? 0, sent > before ? sent : 0), 0)
        }
        return (last, record.bereft.contains(slot(of: person.name)) ? 0 : last)
    }

    /// How far a sender has to be told that a stream is read, where both let others know.
    private func readDue(_ stream: Person.Outbox, of person: Person) -> StreamNumber {
        guard Simulation.sharesReads(first(of: person.index)), Simulation.sharesReads(stream.to) else { return 0 }
        return due(stream, of: person).told
    }

    /// Looks at the end of a run.
    mutating func checkEnd() {
        for person in people {
            for stream in person.outbox { check(stream, of: person) }
        }
        for node in nodes where node.isUp && node.shard.counts.pendingMessages > node.shard.counts.strayMessages {
            violate(.liveness, "n\(node.index) still keeps \(node.shard.counts.pendingMessages) messages")
        }
        for node in nodes where node.isUp && node.shard.counts.settledMessages > 0 {
            violate(
                .liveness,
                "n\(node.index) still keeps \(node.shard.counts.settledMessages) messages that all have stored")
        }
        if let untoldEnd { violate(.ending, untoldEnd) }
        if let missingOnDevice { violate(.liveness, missingOnDevice) }
        if let unfinishedRing { violate(.liveness, unfinishedRing) }
        if let unequalCopies { violate(.copies, unequalCopies) }
        if let uncleanDisk { violate(.diskUse, uncleanDisk) }
        if accounts.isWaiting { violate(.liveness, "an account operation was never answered") }
        for person in people {
            for outbox in person.groupOutbox where outbox.sentUpTo < outbox.produced {
                violate(
                    .liveness,
                    "\(person.name) has \(outbox.produced) messages for group \(outbox.group), sent are \(outbox.sentUpTo)"
                )
            }
        }
        if relations.isWaiting { violate(.liveness, "somebody has not got what it wants of another") }
        if handleLoad.isBusy { violate(.liveness, "somebody who takes a handle was never answered") }
        if !groupLoad.open.isEmpty { violate(.liveness, "a change of a group was never answered") }
        checkGroups()
        checkRegisters()
    }

    private mutating func check(_ stream: Person.Outbox, of person: Person) {
        let reader = people[stream.to]
        if stream.sentUpTo < stream.produced {
            violate(
                .liveness,
                "\(person.name) has \(stream.produced) messages for \(reader.name), sent are \(stream.sentUpTo)")
        }
        let stored = stored(stream, of: person)
        let due = due(stream, of: person)
        if stored < due.stored {
            violate(
                .liveness, "\(reader.name) has stored \(stored) of \(due.stored) messages sent by \(person.name)")
        }
        if stream.deliveredUpTo < due.told {
            violate(
                .liveness,
                "\(person.name) was told of \(stream.deliveredUpTo) of \(stream.sentUpTo) deliveries to \(reader.name)")
        }
        if stream.readUpTo < readDue(stream, of: person) {
            violate(
                .liveness,
                "\(person.name) was told that \(reader.name) has read \(stream.readUpTo) of \(stream.sentUpTo)")
        }
    }

    private mutating func checkRegisters() {
        for key in Set(accounts.operations.map(\.key)).sorted() {
            let history = accounts.operations.filter { $0.key == key && !$0.isSkipped }
            var search = Linearizability(history)
            guard !search.hasOrder() else { continue }
            let lines = history.map(\.line).joined(separator: "; ")
            violate(.registers, "no order of the operations on \(key) explains their answers: \(lines)")
        }
    }
}
