import Histogram
import NIOCore

/// The shards of a load, together.
extension LoopSet where Value == LoadShard {
    func counters() async throws -> LoadCounters {
        try await collect(\.counters).reduce(into: LoadCounters()) { $0.add($1) }
    }

    func readyCount() async throws -> Int {
        try await sum(\.readyCount)
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
        try await at(plan.index % count) { $0.connect(plan) }
    }

    /// Begins to connect the receiving ends alone.
    func connectReceivers(_ plans: [PairPlan]) async throws -> [EventLoopFuture<Void>] {
        var opening: [EventLoopFuture<Void>] = []
        for plan in plans { opening.append(try await at(plan.index % count) { $0.connectReceiver(plan) }) }
        return opening
    }
}
