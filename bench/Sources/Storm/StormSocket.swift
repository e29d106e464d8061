import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// A device whose node dies. It acknowledges nothing before, so that what was written to it waits for it afterwards.
final class StormSocket: ClientSocketDelegate {
    private let crew: StormCrew
    private let index: Int
    private let token: String
    private var socket: ClientSocket?
    private var endedAt: UInt64?
    private var attempts = 0
    private var due: [StreamKey: StreamNumber] = [:]

    /// The wait of the protocol's page grows up to this.
    private static let waitMillisecondsMax = 30_000

    init(index: Int, token: String, crew: StormCrew) {
        self.index = index
        self.token = token
        self.crew = crew
    }

    func connect(to node: NodeAddress) -> EventLoopFuture<Void> {
        openSocket(for: self, to: node, token: token, on: crew.eventLoop, receiveBufferBytes: 512) { $0.opened($1) }
    }

    /// Lets the node hear something: it closes who is silent for long.
    func ping() {
        socket?.send(.ping(nonce: UInt64(index)))
        socket?.flush()
    }

    func close() {
        socket?.close()
    }

    private func opened(_ socket: ClientSocket) {
        self.socket = socket
        socket.send(.hello(.init(window: Limits.windowMax, client: "roost-bench")))
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        switch frame {
        case .welcome: if let endedAt { crew.welcomed(after: endedAt) }
        case .drained:
            if let endedAt { crew.drained(after: endedAt) } else { crew.word.ready += 1 }
        case .message(let message):
            guard endedAt != nil else { return }
            crew.word.messages += 1
            due[message.key] = message.number
        case .accepted, .sent, .receipt, .state, .error, .pong, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    func readCycleEnded(on socket: ClientSocket) {
        for (key, upTo) in due { socket.send(.ack(key, upTo: upTo)) }
        due = [:]
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        guard !crew.isClosing else { return }
        if endedAt == nil {
            endedAt = NIODeadline.now().uptimeNanoseconds
            crew.ended()
        } else {
            crew.word.failures["\(end)", default: 0] += 1
        }
        tryAgain()
    }

    /// After a random time: at first within the spread, then within half a second, one, two, …
    private func tryAgain() {
        let growth = 500 << min(max(0, attempts - 1), 6)
        let wait = attempts == 0 ? crew.spreadMilliseconds : min(StormSocket.waitMillisecondsMax, growth)
        let node = crew.next[(index + attempts) % crew.next.count]
        attempts += 1
        let bound = NIOLoopBound(self, eventLoop: crew.eventLoop)
        crew.eventLoop.scheduleTask(in: .milliseconds(Int64.random(in: 0...Int64(wait)))) {
            bound.value.attempt(node)
        }
    }

    private func attempt(_ node: NodeAddress) {
        crew.word.attempts += 1
        let bound = NIOLoopBound(self, eventLoop: crew.eventLoop)
        connect(to: node).whenFailure { error in
            bound.value.crew.word.failures["\(error)", default: 0] += 1
            bound.value.tryAgain()
        }
    }
}
