import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// The sending end of a pair that gets messages to send when they come, and not when there is room: those that the
/// protocol lets it not send yet wait here, and their latency counts from when they came.
final class OpenLoopSender: ClientSocketDelegate {
    private let shard: SweepShard
    private let stream: UInt64
    private let recipient: String
    private let unsentMax: UInt64
    private var body: LoadBody
    private var socket: ClientSocket?
    /// When what is written was meant to be sent, from the lowest number that is not both sent and delivered.
    private var intendedAt = NumberedTimes()
    /// The same of what waits to be written, the oldest first.
    private var outbox: [UInt64] = []
    private var outboxHead = 0
    private var writtenUpTo: StreamNumber = 0
    private var sentUpTo: StreamNumber = 0
    private var deliveredUpTo: StreamNumber = 0
    private var isStalled = false
    /// Whether something was sent since the last flush.
    var needsFlush = false
    private(set) var isReady = false

    /// Wait before a refused message is sent again, unless the node names one.
    private static let retryMilliseconds: Int64 = 200

    init(plan: PairPlan, shard: SweepShard) {
        self.shard = shard
        stream = plan.stream
        recipient = plan.receiver.user
        let bytes = shard.load.options.bytes
        body = LoadBody(pair: plan.index, count: bytes, seed: plan.stream, form: .bytes)
        unsentMax = UInt64(min(Limits.unsentMessagesMax, Limits.unsentBytesMax / (bytes + 64)))
    }

    func opened(_ socket: ClientSocket) {
        self.socket = socket
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    func close() {
        socket?.close()
    }

    /// A message that was meant to be sent at a time that has come.
    func arrived(_ at: UInt64) {
        outbox.append(at)
        fill()
    }

    /// Forgets what was not written. Returns how many those were.
    func clearOutbox() -> Int {
        defer {
            outbox = []
            outboxHead = 0
        }
        return waiting
    }

    func flush() {
        needsFlush = false
        socket?.flush()
    }

    /// Messages that came and could not be written.
    var waiting: Int { outbox.count - outboxHead }

    /// Messages that were written and are not known to be delivered.
    var onTheirWay: Int { socket == nil ? 0 : Int(writtenUpTo - min(sentUpTo, deliveredUpTo)) }

    /// What the node has promised to deliver, or says that it has delivered.
    var promisedUpTo: StreamNumber { max(sentUpTo, deliveredUpTo) }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .welcome: isReady = true
        case .sent(_, let stream, let upTo): if stream == self.stream { sent(upTo: min(upTo, writtenUpTo)) }
        case .receipt(let receipt):
            if receipt.key.stream == stream { delivered(upTo: min(receipt.deliveredUpTo, writtenUpTo)) }
        case .error(let error): refused(error)
        case .accepted, .message, .state, .pong, .drained, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {
        fill()
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        guard !shard.load.isStopping else { return }
        shard.load.counters.disconnects += 1
        shard.load.counters.endings["sender: \(end)", default: 0] += 1
    }

    private func sent(upTo: StreamNumber) {
        guard upTo > sentUpTo else { return }
        shard.load.counters.sents += 1
        let now = NIODeadline.now().uptimeNanoseconds
        for number in sentUpTo + 1...upTo { shard.recordSent(intended: intendedAt[number], now: now) }
        sentUpTo = upTo
        intendedAt.drop(upTo: min(sentUpTo, deliveredUpTo))
    }

    private func delivered(upTo: StreamNumber) {
        guard upTo > deliveredUpTo else { return }
        shard.load.counters.receipts += 1
        shard.load.counters.confirmed += Int(upTo - deliveredUpTo)
        let now = NIODeadline.now().uptimeNanoseconds
        for number in deliveredUpTo + 1...upTo { shard.recordDelivered(intended: intendedAt[number], now: now) }
        deliveredUpTo = upTo
        intendedAt.drop(upTo: min(sentUpTo, deliveredUpTo))
    }

    private func fill() {
        guard let socket, !isStalled else { return }
        while outboxHead < outbox.count, writtenUpTo - min(writtenUpTo, sentUpTo) < unsentMax {
            intendedAt.append(outbox[outboxHead])
            outboxHead += 1
            writtenUpTo += 1
            shard.load.counters.written += 1
            write(writtenUpTo, isRetry: false, to: socket)
        }
        if outboxHead == outbox.count {
            outbox.removeAll(keepingCapacity: true)
            outboxHead = 0
        }
    }

    private func write(_ number: StreamNumber, isRetry: Bool, to socket: ClientSocket) {
        socket.send(
            .send(
                .init(
                    to: recipient, stream: stream, number: number, body: body.body(number: number), isRetry: isRetry)))
    }

    /// A refused message is sent again with all behind it, as any client does.
    private func refused(_ error: ErrorFrame) {
        shard.load.counters.errors[error.code, default: 0] += 1
        guard !isStalled else { return }
        isStalled = true
        let wait = max(OpenLoopSender.retryMilliseconds, Int64(clamping: error.retryAfterMilliseconds))
        let bound = NIOLoopBound(self, eventLoop: shard.load.eventLoop)
        shard.load.eventLoop.scheduleTask(in: .milliseconds(wait)) { bound.value.retry() }
    }

    private func retry() {
        isStalled = false
        guard let socket else { return }
        if sentUpTo < writtenUpTo {
            for number in sentUpTo + 1...writtenUpTo { write(number, isRetry: true, to: socket) }
        }
        fill()
        socket.flush()
    }
}

/// Times of consecutive numbers, of which the lowest are dropped.
struct NumberedTimes {
    private var times: [UInt64] = []
    private var head = 0
    /// The number of `times[head]`.
    private var first: StreamNumber = 1

    mutating func append(_ time: UInt64) {
        times.append(time)
    }

    /// The time of a number that was appended and not dropped.
    subscript(number: StreamNumber) -> UInt64 {
        times[head + Int(number - first)]
    }

    mutating func drop(upTo number: StreamNumber) {
        guard number >= first else { return }
        head += Int(number - first + 1)
        first = number + 1
        guard head > 1024, head * 2 > times.count else { return }
        times.removeFirst(head)
        head = 0
    }
}
