import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// The sending end of a pair: keeps the window full and times each message to its `sent` and to its `delivered`.
final class LoadSender: ClientSocketDelegate {
    private let shard: LoadShard
    private let stream: UInt64
    private let recipient: String
    private var body: LoadBody
    private var socket: ClientSocket?
    private var writtenAt: [UInt64]
    private var writtenUpTo: StreamNumber = 0
    private var sentUpTo: StreamNumber = 0
    private var deliveredUpTo: StreamNumber = 0
    private var retryIsDue = false
    private(set) var isReady = false

    init(plan: PairPlan, shard: LoadShard) {
        self.shard = shard
        stream = plan.stream
        recipient = plan.receiver.user
        body = LoadBody(pair: plan.index, count: shard.options.bytes, seed: plan.stream)
        // `sent` may come later than `delivered`, so times are kept for longer than the window.
        writtenAt = [UInt64](repeating: 0, count: shard.options.window * 8)
    }

    func opened(_ socket: ClientSocket) {
        self.socket = socket
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    func start() {
        fill()
        socket?.flush()
    }

    func close() {
        socket?.close()
    }

    /// What the node has promised to deliver, or says that it has delivered.
    var promisedUpTo: StreamNumber { max(sentUpTo, deliveredUpTo) }

    var isIdle: Bool { socket == nil || min(sentUpTo, deliveredUpTo) == writtenUpTo }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .welcome: isReady = true
        case .sent(_, let stream, let upTo):
            guard stream == self.stream else { return }
            shard.counters.sents += 1
            if upTo > sentUpTo, upTo <= writtenUpTo {
                record(sentUpTo + 1...upTo, into: &shard.sentLatency)
                sentUpTo = upTo
            }
        case .receipt(let receipt):
            guard receipt.key.stream == stream else { return }
            let upTo = receipt.deliveredUpTo
            shard.counters.receipts += 1
            if upTo > deliveredUpTo, upTo <= writtenUpTo {
                record(deliveredUpTo + 1...upTo, into: &shard.deliveredLatency)
                shard.counters.confirmed += Int(upTo - deliveredUpTo)
                deliveredUpTo = upTo
                fill()
            }
        case .error(let error):
            shard.counters.errors[error.code, default: 0] += 1
            retryLater()
        case .accepted, .message, .state, .pong, .drained, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {}

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        guard !shard.isStopping else { return }
        shard.counters.disconnects += 1
        shard.counters.endings["sender: \(end)", default: 0] += 1
    }

    private func fill() {
        guard let socket, !shard.isStopping, !retryIsDue else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        while writtenUpTo - deliveredUpTo < UInt64(shard.options.window) {
            writtenUpTo += 1
            writtenAt[Int(writtenUpTo) % writtenAt.count] = now
            shard.counters.written += 1
            write(writtenUpTo, isRetry: false, to: socket)
        }
    }

    private func write(_ number: StreamNumber, isRetry: Bool, to socket: ClientSocket) {
        socket.send(
            .send(
                .init(
                    to: recipient, stream: stream, number: number, body: body.body(number: number), isRetry: isRetry)))
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
        guard let socket else { return }
        if sentUpTo < writtenUpTo {
            for number in sentUpTo + 1...writtenUpTo { write(number, isRetry: true, to: socket) }
        }
        fill()
        socket.flush()
    }

    private func record(_ numbers: ClosedRange<StreamNumber>, into histogram: inout Histogram<UInt64>) {
        guard shard.isMeasuring else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        for number in numbers where writtenUpTo - number < UInt64(writtenAt.count) {
            histogram.record((now - writtenAt[Int(number) % writtenAt.count]) / 1000)
        }
    }
}
