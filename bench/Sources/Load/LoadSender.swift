import Histogram
import NIOCore
import RoostCore
import RoostSession

/// The sending end of a pair: keeps the window full, or sends what is due, and times each message to its `sent` and to
/// its `delivered`.
final class LoadSender {
    /// Which pair of the run it belongs to.
    let pair: Int
    private let shard: LoadShard
    private let outstandingMax: Int
    private var body: LoadBody
    private var link: (any SenderLink)?
    /// When each message was written or, at a pace, when it was due.
    private var startedAt: [UInt64]
    private var writtenUpTo: StreamNumber = 0
    private var sentUpTo: StreamNumber = 0
    private var deliveredUpTo: StreamNumber = 0
    private var retryIsDue = false
    private(set) var isReady = false

    init(plan: PairPlan, shard: LoadShard) {
        self.shard = shard
        pair = plan.index
        outstandingMax = shard.options.outstandingMax
        body = LoadBody(
            pair: plan.index, count: shard.options.bytes, seed: plan.stream, form: shard.target.bodyForm)
        // `sent` may come later than `delivered`, so times are kept for longer than the window.
        startedAt = [UInt64](repeating: 0, count: outstandingMax * 8)
    }

    /// Writes what may be written now.
    func send() {
        fill()
        link?.flush()
    }

    func close() {
        link?.close()
    }

    /// What the server has promised to deliver, or says that it has delivered. One that promises nothing is held to all
    /// that it was given.
    var promisedUpTo: StreamNumber { shard.target.tellsSent ? max(sentUpTo, deliveredUpTo) : writtenUpTo }

    /// Messages that have no receipt, on a connection that stands.
    var unanswered: Int { link == nil ? 0 : Int(writtenUpTo - deliveredUpTo) }

    var isIdle: Bool {
        link == nil || deliveredUpTo == writtenUpTo && (sentUpTo == writtenUpTo || !shard.target.tellsSent)
    }

    /// How many messages are due and could not be written, because too many are on their way.
    func overdue(at now: UInt64) -> Int {
        guard let pace = shard.pace else { return 0 }
        return Int(pace.dueCount(of: pair, at: now) - min(writtenUpTo, pace.dueCount(of: pair, at: now)))
    }

    // MARK: What the link tells

    func opened(_ link: any SenderLink) {
        self.link = link
    }

    func becameReady() {
        isReady = true
    }

    /// The server has taken everything up to this number.
    func sent(upTo: StreamNumber) {
        shard.counters.sents += 1
        guard upTo > sentUpTo, upTo <= writtenUpTo else { return }
        record(sentUpTo + 1...upTo, into: &shard.sentLatency)
        sentUpTo = upTo
    }

    /// The receiver has everything up to this number.
    func delivered(upTo: StreamNumber) {
        shard.counters.receipts += 1
        guard upTo > deliveredUpTo, upTo <= writtenUpTo else { return }
        record(deliveredUpTo + 1...upTo, into: &shard.deliveredLatency)
        shard.counters.confirmed += Int(upTo - deliveredUpTo)
        deliveredUpTo = upTo
        fill()
    }

    /// The receiver has this message; its protocol has a receipt for each one, and they come in order.
    func delivered(_ number: StreamNumber) {
        if number <= deliveredUpTo { shard.counters.duplicates += 1 }
        if number > deliveredUpTo + 1 { shard.counters.misordered += 1 }
        delivered(upTo: number)
    }

    func refused(_ code: ErrorCode) {
        shard.counters.errors[code, default: 0] += 1
        retryLater()
    }

    func ended(_ why: String) {
        link = nil
        guard !shard.isStopping else { return }
        shard.counters.disconnects += 1
        shard.counters.endings["sender: \(why)", default: 0] += 1
    }

    // MARK: Sending

    private func fill() {
        guard let link, !shard.isStopping, !retryIsDue else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        while writtenUpTo - deliveredUpTo < UInt64(outstandingMax) {
            let startsAt = shard.pace?.due(writtenUpTo + 1, of: pair) ?? now
            guard startsAt <= now else { return }
            writtenUpTo += 1
            startedAt[Int(writtenUpTo) % startedAt.count] = startsAt
            shard.counters.written += 1
            link.send(writtenUpTo, body.body(number: writtenUpTo), isRetry: false)
        }
    }

    /// A refused message is sent again with all behind it, as any client does.
    private func retryLater() {
        guard !retryIsDue else { return }
        retryIsDue = true
        let bound = NIOLoopBound(self, eventLoop: shard.eventLoop)
        shard.eventLoop.scheduleTask(in: .milliseconds(200)) { bound.value.retry() }
    }

    private func retry() {
        retryIsDue = false
        guard let link else { return }
        if sentUpTo < writtenUpTo {
            for number in sentUpTo + 1...writtenUpTo {
                link.send(number, body.body(number: number), isRetry: true)
            }
        }
        fill()
        link.flush()
    }

    private func record(_ numbers: ClosedRange<StreamNumber>, into histogram: inout Histogram<UInt64>) {
        let now = NIODeadline.now().uptimeNanoseconds
        for number in numbers where writtenUpTo - number < UInt64(startedAt.count) {
            let start = startedAt[Int(number) % startedAt.count]
            if shard.isMeasured(start) { histogram.record((now - start) / 1000) }
        }
    }
}
