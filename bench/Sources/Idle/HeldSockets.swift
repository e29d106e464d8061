import RoostClient
import RoostSession

/// Sockets that are held open; the pings of a node are answered, nothing else is said.
final class HeldSockets: ClientSocketDelegate {
    private(set) var welcomed = 0
    private(set) var ended = 0
    private var sockets: [ClientSocket] = []

    func opened(_ socket: ClientSocket) {
        sockets.append(socket)
        socket.send(.hello(.init(client: "roost-bench")))
    }

    func closeAll() {
        for socket in sockets { socket.close() }
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        if case .welcome = frame { welcomed += 1 }
    }

    func readCycleEnded(on socket: ClientSocket) {}

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        ended += 1
    }
}
