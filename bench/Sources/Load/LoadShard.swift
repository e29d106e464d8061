import Histogram
import NIOCore
import RoostClient

/// The pairs of one event loop, with what they count. Everything happens on that loop.
final class LoadShard {
    let eventLoop: any EventLoop
    let options: LoadOptions
    let target: any LoadTarget
    var counters = LoadCounters()
    /// Microseconds from writing a message to its `sent`, of the messages of the measured time.
    var sentLatency = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    /// Microseconds from writing a message to its `delivered` receipt, of the messages of the measured time.
    var deliveredLatency = Histogram<UInt64>(
        highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    /// When messages are due; `nil` when the next is sent as soon as the window has room.
    private(set) var pace: Pace?
    /// Senders write nothing new any more.
    private(set) var isStopping = false
    private var measuredFrom = UInt64.max
    private var measuredUntil = UInt64.max
    private var senders: [LoadSender] = []
    private var receivers: [LoadReceiver] = []
    /// Which sender's turn is next, and what number its message has.
    private var turn = (sender: 0, number: UInt64(1))

    /// Shortest time between two looks at what is due: below it the looks themselves would be load.
    static let tick = TimeAmount.microseconds(250)

    init(eventLoop: any EventLoop, options: LoadOptions, target: any LoadTarget) {
        self.eventLoop = eventLoop
        self.options = options
        self.target = target
    }

    /// Begins to connect both ends of a pair; the futures fail with what stood in the way.
    func connect(_ plan: PairPlan) -> [EventLoopFuture<Void>] {
        let sender = LoadSender(plan: plan, shard: self)
        senders.append(sender)
        return [target.connect(sender, plan, on: eventLoop), connectReceiver(plan)]
    }

    /// The receiving end alone, which says nothing.
    func connectReceiver(_ plan: PairPlan) -> EventLoopFuture<Void> {
        let receiver = LoadReceiver(plan: plan, shard: self)
        receivers.append(receiver)
        return target.connect(receiver, plan, on: eventLoop)
    }

    var readyCount: Int {
        senders.count { $0.isReady } + receivers.count { $0.isReady }
    }

    func start(_ pace: Pace?) {
        self.pace = pace
        if pace != nil { return sendWhatIsDue() }
        for sender in senders { sender.send() }
    }

    func stop() {
        let now = NIODeadline.now().uptimeNanoseconds
        // What became due since the last look is not overdue.
        sendWhatIsDue()
        isStopping = true
        counters.overdue += senders.reduce(0) { $0 + $1.overdue(at: now) }
    }

    /// Messages that start from now on are measured.
    func startMeasuring() {
        measuredFrom = NIODeadline.now().uptimeNanoseconds
    }

    /// Messages that start from now on are not; those that did before still are when they arrive.
    func endMeasuring() {
        measuredUntil = NIODeadline.now().uptimeNanoseconds
    }

    func isMeasured(_ start: UInt64) -> Bool {
        start >= measuredFrom && start < measuredUntil
    }

    /// Whether every message that was written has come back as delivered, on the pairs that are still connected.
    var isDrained: Bool {
        zip(senders, receivers).allSatisfy { $0.isIdle || !$1.isConnected }
    }

    /// Compares what senders were promised with what receivers have; a receiver that was cut off could not get it.
    func countLost() {
        for (sender, receiver) in zip(senders, receivers) where receiver.isConnected {
            counters.lost += Int(sender.promisedUpTo - min(sender.promisedUpTo, receiver.receivedUpTo))
            counters.unanswered += sender.unanswered
        }
    }

    func close() {
        for sender in senders { sender.close() }
        for receiver in receivers { receiver.close() }
    }

    /// Senders are in the order of their pairs, and so are the times at which their messages are due.
    private func sendWhatIsDue() {
        guard !isStopping, let pace, !senders.isEmpty else { return }
        let now = NIODeadline.now()
        while pace.due(turn.number, of: senders[turn.sender].pair) <= now.uptimeNanoseconds {
            senders[turn.sender].send()
            turn.sender += 1
            if turn.sender == senders.count { turn = (0, turn.number + 1) }
        }
        let next = NIODeadline.uptimeNanoseconds(pace.due(turn.number, of: senders[turn.sender].pair))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(deadline: max(next, now + LoadShard.tick)) { bound.value.sendWhatIsDue() }
    }
}

/// Who a pair is and where its ends connect.
struct PairPlan: Sendable {
    let index: Int
    let stream: UInt64
    let sender: Credentials
    let receiver: Credentials
    let senderNode: NodeAddress
    let receiverNode: NodeAddress
}
