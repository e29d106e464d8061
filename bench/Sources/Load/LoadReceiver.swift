import RoostCore
import RoostSession

/// The receiving end of a pair: checks every message's number and body. Its link answers what it was sent.
final class LoadReceiver {
    private let shard: LoadShard
    private let pair: Int
    private var link: (any ReceiverLink)?
    private(set) var receivedUpTo: StreamNumber = 0
    private(set) var isReady = false

    init(plan: PairPlan, shard: LoadShard) {
        self.shard = shard
        pair = plan.index
    }

    var isConnected: Bool { link != nil }

    func close() {
        link?.close()
    }

    // MARK: What the link tells

    func opened(_ link: any ReceiverLink) {
        self.link = link
    }

    func becameReady() {
        isReady = true
    }

    func received(_ number: StreamNumber, _ body: [UInt8]) {
        if number <= receivedUpTo {
            shard.counters.duplicates += 1
            return
        }
        if number != receivedUpTo + 1 { shard.counters.misordered += 1 }
        if !LoadBody.matches(body, pair: pair, number: number, form: shard.target.bodyForm) {
            shard.counters.corrupted += 1
        }
        receivedUpTo = number
        shard.counters.delivered += 1
    }

    /// A message of an earlier run.
    func receivedStale() {
        shard.counters.stale += 1
    }

    func refused(_ code: ErrorCode) {
        shard.counters.errors[code, default: 0] += 1
    }

    func ended(_ why: String) {
        link = nil
        guard !shard.isStopping else { return }
        shard.counters.disconnects += 1
        shard.counters.endings["receiver: \(why)", default: 0] += 1
    }
}
