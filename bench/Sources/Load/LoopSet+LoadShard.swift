import Histogram
import NIOCore

/// The shards of a run, asked from outside their loops.
struct ShardSet: Sendable {
    let shards: [NIOLoopBound<LoadShard>]
    let loops: [any EventLoop]

    func each(_ body: @escaping @Sendable (LoadShard) -> Void) async throws {
        for (shard, loop) in zip(shards, loops) {
            try await loop.submit { body(shard.value) }.get()
        }
    }

    func counters() async throws -> LoadCounters {
        try await collect(\.counters).reduce(into: LoadCounters()) { $0.add($1) }
    }

    func readyCount() async throws -> Int {
        try await collect(\.readyCount).reduce(0, +)
    }

    func isDrained() async throws -> Bool {
        try await collect(\.isDrained).allSatisfy { $0 }
    }

    func histograms() async throws -> (sent: Histogram<UInt64>, delivered: Histogram<UInt64>) {
        let each = try await collect { ($0.sentLatency, $0.deliveredLatency) }
        guard var (sent, delivered) = each.first else { throw BenchFailure("a run without event loops") }
        for (otherSent, otherDelivered) in each.dropFirst() {
            sent.add(otherSent)
            delivered.add(otherDelivered)
        }
        return (sent, delivered)
    }

    /// Begins to connect both ends of a pair; the futures fail with what stood in the way.
    func connect(_ plan: PairPlan) async throws -> [EventLoopFuture<Void>] {
        let shard = shards[plan.index % shards.count]
        return try await loops[plan.index % loops.count].submit { shard.value.connect(plan) }.get()
    }

    /// Begins to connect the receiving ends alone.
    func connectReceivers(_ plans: [PairPlan]) async throws -> [EventLoopFuture<Void>] {
        var opening: [EventLoopFuture<Void>] = []
        for plan in plans {
            let shard = shards[plan.index % shards.count]
            opening.append(
                contentsOf: try await loops[plan.index % loops.count].submit {
                    [shard.value.connectReceiver(plan)]
                }.get())
        }
        return opening
    }

    private func collect<Value: Sendable>(
        _ body: @escaping @Sendable (LoadShard) -> Value
    ) async throws -> [Value] {
        var values: [Value] = []
        for (shard, loop) in zip(shards, loops) {
            values.append(try await loop.submit { body(shard.value) }.get())
        }
        return values
    }
}
