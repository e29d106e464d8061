import RoostClient
import RoostCore
import RoostSession

/// The receiving end of a pair: checks every message's number and body, and acknowledges once a read cycle.
final class LoadReceiver: ClientSocketDelegate {
    private let shard: LoadShard
    private let pair: Int
    private let key: StreamKey
    private var socket: ClientSocket?
    private var isAckDue = false
    private var staleAcks: [StreamKey: StreamNumber] = [:]
    private(set) var receivedUpTo: StreamNumber = 0
    private(set) var isReady = false

    init(plan: PairPlan, shard: LoadShard) {
        self.shard = shard
        pair = plan.index
        key = StreamKey(device: plan.sender.device, stream: plan.stream)
    }

    func opened(_ socket: ClientSocket) {
        self.socket = socket
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    var isConnected: Bool { socket != nil }

    func close() {
        socket?.close()
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .drained: isReady = true
        case .message(let message): take(message)
        case .error(let error): shard.counters.errors[error.code, default: 0] += 1
        case .welcome, .accepted, .sent, .receipt, .state, .pong, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {
        if isAckDue {
            isAckDue = false
            socket.send(.ack(key, upTo: receivedUpTo))
        }
        guard !staleAcks.isEmpty else { return }
        for (key, upTo) in staleAcks { socket.send(.ack(key, upTo: upTo)) }
        staleAcks = [:]
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        guard !shard.isStopping else { return }
        shard.counters.disconnects += 1
        shard.counters.endings["receiver: \(end)", default: 0] += 1
    }

    private func take(_ message: ServerFrame.Message) {
        guard message.key == key else {
            shard.counters.stale += 1
            staleAcks[message.key] = message.number
            return
        }
        isAckDue = true
        if message.number <= receivedUpTo {
            shard.counters.duplicates += 1
            return
        }
        if message.number != receivedUpTo + 1 { shard.counters.misordered += 1 }
        if !LoadBody.matches(message.body, pair: pair, number: message.number) { shard.counters.corrupted += 1 }
        receivedUpTo = message.number
        shard.counters.delivered += 1
    }
}
