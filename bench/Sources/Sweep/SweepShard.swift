import Histogram
import NIOCore
import RoostClient

/// The pairs of one event loop and the messages that come to be sent there. Everything happens on that loop.
final class SweepShard {
    /// What is counted, by the receivers as well.
    let load: LoadShard
    private var senders: [OpenLoopSender] = []
    private var receivers: [LoadReceiver] = []
    private var arrivals: Arrivals?
    /// Latencies are of messages meant to be sent in this time.
    private var measured: Range<UInt64> = 0..<0
    /// Messages meant to be sent in that time.
    private(set) var intended = 0
    private var clock: RepeatedTask?
    private var touched: [OpenLoopSender] = []

    /// How often what has come is sent: fine against the latencies, coarse enough to cost little.
    private static let tick = TimeAmount.milliseconds(1)

    init(load: LoadShard) {
        self.load = load
    }

    /// Two ends that are to be connected.
    func addPair(_ plan: PairPlan) -> (sender: OpenLoopSender, receiver: LoadReceiver) {
        let sender = OpenLoopSender(plan: plan, shard: self)
        let receiver = LoadReceiver(plan: plan, shard: load)
        senders.append(sender)
        receivers.append(receiver)
        return (sender, receiver)
    }

    var readyCount: Int {
        senders.count { $0.isReady } + receivers.count { $0.isReady }
    }

    /// Messages come from now on; those of `measured`, in nanoseconds from now, are measured.
    func begin(_ spacing: Arrivals.Spacing, perSecond rate: Double, measured: Range<UInt64>, seed: UInt64) {
        guard !senders.isEmpty else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        self.measured = now + measured.lowerBound..<now + measured.upperBound
        intended = 0
        load.sentLatency.reset()
        load.deliveredLatency.reset()
        arrivals = Arrivals(spacing, perSecond: rate, from: now, seed: seed)
        let bound = NIOLoopBound(self, eventLoop: load.eventLoop)
        clock = load.eventLoop.scheduleRepeatedTask(initialDelay: SweepShard.tick, delay: SweepShard.tick) { _ in
            bound.value.sendWhatHasCome()
        }
    }

    /// No more messages come, and those that were not written are forgotten. Returns how many those were.
    func end() -> Int {
        clock?.cancel()
        clock = nil
        arrivals = nil
        return senders.reduce(0) { $0 + $1.clearOutbox() }
    }

    var waiting: Int { senders.reduce(0) { $0 + $1.waiting } }
    var onTheirWay: Int { senders.reduce(0) { $0 + $1.onTheirWay } }

    func recordSent(intended at: UInt64, now: UInt64) {
        if measured.contains(at) { load.sentLatency.record((now - min(now, at)) / 1000) }
    }

    func recordDelivered(intended at: UInt64, now: UInt64) {
        if measured.contains(at) { load.deliveredLatency.record((now - min(now, at)) / 1000) }
    }

    /// Compares what senders were promised with what receivers have; a receiver that was cut off could not get it.
    func countLost() {
        for (sender, receiver) in zip(senders, receivers) where receiver.isConnected {
            load.counters.lost += Int(sender.promisedUpTo - min(sender.promisedUpTo, receiver.receivedUpTo))
        }
    }

    func close() {
        load.stop()
        for sender in senders { sender.close() }
        for receiver in receivers { receiver.close() }
    }

    private func sendWhatHasCome() {
        let now = NIODeadline.now().uptimeNanoseconds
        while let next = arrivals?.next, next <= now, let arrival = arrivals?.take(of: senders.count) {
            if measured.contains(arrival.at) { intended += 1 }
            let sender = senders[arrival.sender]
            sender.arrived(arrival.at)
            if !sender.needsFlush {
                sender.needsFlush = true
                touched.append(sender)
            }
        }
        for sender in touched { sender.flush() }
        touched.removeAll(keepingCapacity: true)
    }
}
