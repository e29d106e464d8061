import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// Writes to users who are away, to one after the other, with so many messages on their way to `sent`.
final class OfflineWriter: ClientSocketDelegate {
    /// A stream and how far it has got.
    private struct Progress {
        let stream: OfflineStream
        var body: LoadBody
        var writtenUpTo: StreamNumber = 0
        var sentUpTo: StreamNumber = 0
        var isStalled = false
        /// When each message on its way was written, by its number modulo the window.
        var writtenAt: [UInt64]

        var isWritten: Bool { writtenUpTo == UInt64(stream.count) }
    }

    private let shard: OfflineShard
    private var streams: [Progress]
    private let indexByStream: [UInt64: Int]
    private var next = 0
    private var onTheirWay = 0
    private var socket: ClientSocket?
    /// The end of the connection is no news any more.
    private var isClosing = false
    private(set) var isReady = false

    /// Wait before a refused message is sent again, unless the node names one.
    private static let retryMilliseconds: Int64 = 200

    init(streams: [OfflineStream], shard: OfflineShard) {
        self.shard = shard
        let window = shard.window
        self.streams = streams.map {
            Progress(
                stream: $0, body: LoadBody(pair: $0.index, count: shard.bytes, seed: $0.stream, form: .bytes),
                writtenAt: [UInt64](repeating: 0, count: window))
        }
        indexByStream = Dictionary(uniqueKeysWithValues: streams.enumerated().map { ($1.stream, $0) })
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
        isClosing = true
        socket?.close()
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .welcome: isReady = true
        case .sent(_, let stream, let upTo): sent(stream, upTo: upTo)
        case .error(let error): refused(error)
        case .accepted, .message, .receipt, .state, .pong, .drained, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {
        fill()
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        guard !isClosing else { return }
        shard.counts.disconnects += 1
        shard.counts.endings["writer: \(end)", default: 0] += 1
    }

    private func sent(_ stream: UInt64, upTo: StreamNumber) {
        guard let index = indexByStream[stream] else { return }
        let upTo = min(upTo, streams[index].writtenUpTo)
        guard upTo > streams[index].sentUpTo else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        for number in streams[index].sentUpTo + 1...upTo {
            let at = streams[index].writtenAt[Int(number) % streams[index].writtenAt.count]
            shard.sentLatency.record((now - at) / 1000)
        }
        let count = Int(upTo - streams[index].sentUpTo)
        streams[index].sentUpTo = upTo
        onTheirWay -= count
        shard.counts.sent += count
    }

    private func fill() {
        guard let socket else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        var passed = 0
        while onTheirWay < shard.window, passed < streams.count {
            let index = next
            next = (next + 1) % streams.count
            guard !streams[index].isWritten, !streams[index].isStalled else {
                passed += 1
                continue
            }
            passed = 0
            onTheirWay += 1
            streams[index].writtenUpTo += 1
            let number = streams[index].writtenUpTo
            streams[index].writtenAt[Int(number) % streams[index].writtenAt.count] = now
            write(index, number, isRetry: false, to: socket)
        }
    }

    private func write(_ index: Int, _ number: StreamNumber, isRetry: Bool, to socket: ClientSocket) {
        socket.send(
            .send(
                .init(
                    to: streams[index].stream.to, stream: streams[index].stream.stream, number: number,
                    body: streams[index].body.body(number: number), isRetry: isRetry)))
    }

    /// A refused message is sent again with all behind it, as any client does.
    private func refused(_ error: ErrorFrame) {
        shard.counts.refusals["\(error.code)", default: 0] += 1
        guard let index = indexByStream[error.stream], !streams[index].isStalled else { return }
        streams[index].isStalled = true
        let wait = max(OfflineWriter.retryMilliseconds, Int64(clamping: error.retryAfterMilliseconds))
        let bound = NIOLoopBound(self, eventLoop: shard.eventLoop)
        shard.eventLoop.scheduleTask(in: .milliseconds(wait)) { bound.value.retry(index) }
    }

    private func retry(_ index: Int) {
        streams[index].isStalled = false
        guard let socket else { return }
        if streams[index].sentUpTo < streams[index].writtenUpTo {
            for number in streams[index].sentUpTo + 1...streams[index].writtenUpTo {
                write(index, number, isRetry: true, to: socket)
            }
        }
        fill()
        socket.flush()
    }
}
