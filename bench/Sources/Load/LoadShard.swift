import Histogram
import NIOCore
import RoostClient
import RoostSession

/// The pairs of one event loop, with what they count. Everything happens on that loop.
final class LoadShard {
    let eventLoop: any EventLoop
    let options: LoadOptions
    var counters = LoadCounters()
    /// Microseconds from writing a message to its `sent`, while measuring.
    var sentLatency = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    /// Microseconds from writing a message to its `delivered` receipt, while measuring.
    var deliveredLatency = Histogram<UInt64>(
        highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    var isMeasuring = false
    /// Senders write nothing new any more.
    private(set) var isStopping = false
    private var senders: [LoadSender] = []
    private var receivers: [LoadReceiver] = []

    init(eventLoop: any EventLoop, options: LoadOptions) {
        self.eventLoop = eventLoop
        self.options = options
    }

    /// Two ends that are to be connected.
    func addPair(_ plan: PairPlan) -> (sender: LoadSender, receiver: LoadReceiver) {
        let sender = LoadSender(plan: plan, shard: self)
        let receiver = LoadReceiver(plan: plan, shard: self)
        senders.append(sender)
        receivers.append(receiver)
        return (sender, receiver)
    }

    var readyCount: Int {
        senders.count { $0.isReady } + receivers.count { $0.isReady }
    }

    func start() {
        for sender in senders { sender.start() }
    }

    func stop() {
        isStopping = true
    }

    /// Whether every message that was written has come back as delivered, on the pairs that are still connected.
    var isDrained: Bool {
        zip(senders, receivers).allSatisfy { $0.isIdle || !$1.isConnected }
    }

    /// Compares what senders were promised with what receivers have; a receiver that was cut off could not get it.
    func countLost() {
        for (sender, receiver) in zip(senders, receivers) where receiver.isConnected {
            counters.lost += Int(sender.promisedUpTo - min(sender.promisedUpTo, receiver.receivedUpTo))
        }
    }

    func close() {
        for sender in senders { sender.close() }
        for receiver in receivers { receiver.close() }
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
