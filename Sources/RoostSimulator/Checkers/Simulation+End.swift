import RoostCore
import RoostNode

/// Liveness: when everything is healed, everything gets done.
extension Simulation {
    /// Whether nothing is left to do.
    var isDone: Bool {
        people.allSatisfy { $0.isDone(among: people) } && unfinishedRing == nil && !accounts.isWaiting
            && nodes.allSatisfy {
                $0.isUp ? $0.shard.counts.pendingMessages == 0 : $0.life == 0 || $0.isRemoved || $0.isLost
            } && unequalCopies == nil && uncleanDisk == nil
    }

    /// Looks at the end of a run.
    mutating func checkEnd() {
        for person in people {
            for stream in person.outbox { check(stream, of: person) }
        }
        for node in nodes where node.isUp && node.shard.counts.pendingMessages > 0 {
            violate(.liveness, "n\(node.index) still keeps \(node.shard.counts.pendingMessages) messages")
        }
        if let unfinishedRing { violate(.liveness, unfinishedRing) }
        if let unequalCopies { violate(.copies, unequalCopies) }
        if let uncleanDisk { violate(.diskUse, uncleanDisk) }
        if accounts.isWaiting { violate(.liveness, "an account operation was never answered") }
        checkRegisters()
    }

    private mutating func check(_ stream: Person.Outbox, of person: Person) {
        let reader = people[stream.to]
        if stream.sentUpTo < stream.produced {
            violate(
                .liveness,
                "\(person.name) has \(stream.produced) messages for \(reader.name), sent are \(stream.sentUpTo)")
        }
        let stored = reader.watermarks[StreamKey(device: person.device, stream: Person.streamNumber)] ?? 0
        if stored < stream.sentUpTo {
            violate(
                .liveness, "\(reader.name) has stored \(stored) of \(stream.sentUpTo) messages sent by \(person.name)")
        }
        if stream.deliveredUpTo < stream.sentUpTo {
            violate(
                .liveness,
                "\(person.name) was told of \(stream.deliveredUpTo) of \(stream.sentUpTo) deliveries to \(reader.name)")
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
