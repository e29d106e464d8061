import NIOCore
import RoostCore
import RoostStorage
import Synchronization

/// Brings the log's answers to the shards' loops. The log is opened before there are shards; nothing is asked of it
/// until there are, so nothing it answers is missed.
final class ShardSinks: Sendable {
    private let shards = Mutex<[ShardShell]>([])

    init() {}

    func connect(_ shards: [ShardShell]) {
        self.shards.withLock { $0 = shards }
    }

    /// The log cannot read a part of these slots.
    func damaged(_ slots: [SlotDamage]) {
        for shard in shards.withLock({ $0 }) { shard.loop.execute { shard.slotsDamaged(slots) } }
    }

    func deliver(_ completions: [LogCompletion], to index: Int) {
        let shard = shards.withLock { $0.indices.contains(index) ? $0[index] : nil }
        shard?.loop.execute { shard?.logAnswered(completions) }
    }
}
