import RoostClient
import RoostCore
import RoostSession

/// The sending end of a pair in Roost's client protocol.
final class RoostSenderLink: SenderLink, ClientSocketDelegate {
    private let sender: LoadSender
    private let socket: ClientSocket
    private let stream: UInt64
    private let recipient: String

    init(_ socket: ClientSocket, plan: PairPlan, sender: LoadSender) {
        self.sender = sender
        self.socket = socket
        stream = plan.stream
        recipient = plan.receiver.user
        sender.opened(self)
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    func send(_ number: StreamNumber, _ body: [UInt8], isRetry: Bool) {
        socket.send(.send(.init(to: recipient, stream: stream, number: number, body: body, isRetry: isRetry)))
    }

    func flush() {
        socket.flush()
    }

    func close() {
        socket.close()
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .welcome: sender.becameReady()
        case .sent(_, let stream, let upTo):
            if stream == self.stream { sender.sent(upTo: upTo) }
        case .receipt(let receipt):
            if receipt.key.stream == stream { sender.delivered(upTo: receipt.deliveredUpTo) }
        case .error(let error): sender.refused(error.code)
        case .accepted, .message, .state, .pong, .drained, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {}

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        sender.ended("\(end)")
    }
}
