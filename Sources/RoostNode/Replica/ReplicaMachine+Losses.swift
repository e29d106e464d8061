import RoostCore
import RoostMailbox

extension ReplicaMachine {
    /// This node alone is left to own the slot: what it misses below and between what it holds of a stream is had from nobody,
    /// and what is behind would wait for ever. It is lost from now on. The records go ahead of whatever is logged later of the
    /// slot, so of what is told of it too.
    /// - Returns: how many numbers are lost.
    mutating func closeGaps(of slot: Slot, into actions: inout [ShardAction]) -> UInt64 {
        var records: [ReplicaRecord] = []
        var numbers: UInt64 = 0
        for user in users(of: slot) {
            guard let index = entries.index(forKey: user) else { continue }
            let closed = entries.values[index].mailbox.closeGaps(freed: &freed)
            numbers += closed.numbers
            records += closed.runs.map { ReplicaRecord.lost(of: user, $0.key, from: $0.sender, $0.run) }
        }
        var rest = records[...]
        while !rest.isEmpty {
            logMarks(rest.prefix(ReplicaMachine.marksAtOnce).map { ($0, slot) }, into: &actions)
            rest = rest.dropFirst(ReplicaMachine.marksAtOnce)
        }
        flushFreed(into: &actions)
        return numbers
    }
}

extension ReplicaRecord {
    /// The record of a run of lost numbers.
    static func lost(of user: Address, _ key: StreamKey, from sender: Address, _ run: LostNumbers) -> ReplicaRecord {
        .lost(Loss(user: user, sender: sender, key: key, from: run.from, upTo: run.upTo))
    }
}
