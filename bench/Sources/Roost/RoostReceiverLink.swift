import RoostClient
import RoostCore
import RoostSession

/// The receiving end of a pair in Roost's client protocol: acknowledges once a read cycle.
final class RoostReceiverLink: ReceiverLink, ClientSocketDelegate {
    private let receiver: LoadReceiver
    private let socket: ClientSocket
    private let key: StreamKey
    private var isAckDue = false
    private var staleAcks: [StreamKey: StreamNumber] = [:]

    init(_ socket: ClientSocket, plan: PairPlan, receiver: LoadReceiver) {
        self.receiver = receiver
        self.socket = socket
        key = StreamKey(device: plan.sender.device, stream: plan.stream)
        receiver.opened(self)
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    func close() {
        socket.close()
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .drained: receiver.becameReady()
        case .message(let message): take(message)
        case .error(let error): receiver.refused(error.code)
        case .welcome, .accepted, .sent, .receipt, .state, .pong, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {
        if isAckDue {
            isAckDue = false
            socket.send(.ack(key, upTo: receiver.receivedUpTo))
        }
        guard !staleAcks.isEmpty else { return }
        for (key, upTo) in staleAcks { socket.send(.ack(key, upTo: upTo)) }
        staleAcks = [:]
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        receiver.ended("\(end)")
    }

    private func take(_ message: ServerFrame.Message) {
        guard message.key == key else {
            receiver.receivedStale()
            staleAcks[message.key] = message.number
            return
        }
        isAckDue = true
        receiver.received(message.number, message.body)
    }
}
