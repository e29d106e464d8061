import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// A user who comes back: takes what has waited, checks every number and body, and acknowledges once a read cycle.
final class OfflineReader: ClientSocketDelegate {
    private struct Progress {
        let index: Int
        var receivedUpTo: StreamNumber = 0
    }

    private let shard: OfflineShard
    private let expected: Int
    private var streams: [StreamKey: Progress]
    private var due: [StreamKey: StreamNumber] = [:]
    private var received = 0
    private var socket: ClientSocket?
    /// The end of the connection is no news any more.
    private var isClosing = false
    private let startedAt = NIODeadline.now().uptimeNanoseconds

    /// Takes what waits for this user, by the device and the stream that it comes from.
    init(streams: [(key: StreamKey, stream: OfflineStream)], shard: OfflineShard) {
        self.shard = shard
        expected = streams.reduce(0) { $0 + $1.stream.count }
        self.streams = Dictionary(uniqueKeysWithValues: streams.map { ($0.key, Progress(index: $0.stream.index)) })
    }

    func opened(_ socket: ClientSocket) {
        self.socket = socket
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    func close() {
        isClosing = true
        socket?.close()
    }

    /// Messages that have not come.
    var missing: Int { expected - received }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .message(let message): take(message)
        case .error(let error): shard.counts.refusals["\(error.code)", default: 0] += 1
        case .drained: shard.counts.drained += 1
        case .welcome: shard.counts.welcomed += 1
        case .accepted, .sent, .receipt, .state, .pong, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {
        guard !due.isEmpty else { return }
        for (key, upTo) in due { socket.send(.ack(key, upTo: upTo)) }
        due.removeAll(keepingCapacity: true)
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        guard !isClosing else { return }
        shard.counts.disconnects += 1
        shard.counts.endings["reader: \(end)", default: 0] += 1
    }

    private func take(_ message: ServerFrame.Message) {
        due[message.key] = message.number
        guard var stream = streams[message.key] else {
            shard.counts.stale += 1
            return
        }
        guard message.number > stream.receivedUpTo else {
            shard.counts.duplicates += 1
            return
        }
        if message.number != stream.receivedUpTo + 1 { shard.counts.misordered += 1 }
        if !LoadBody.matches(message.body, pair: stream.index, number: message.number, form: .bytes) {
            shard.counts.corrupted += 1
        }
        stream.receivedUpTo = message.number
        streams[message.key] = stream
        received += 1
        shard.counts.received += 1
        guard received == expected else { return }
        shard.counts.finished += 1
        shard.drainLatency.record((NIODeadline.now().uptimeNanoseconds - startedAt) / 1000)
    }
}
