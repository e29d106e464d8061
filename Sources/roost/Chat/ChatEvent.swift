import NIOCore
import RoostClient
import RoostSession

/// Everything that can happen to a chat, in the order in which it happened.
enum ChatEvent: Sendable {
    /// A line was entered.
    case line(String)
    /// Keys were pressed; the view makes lines of them.
    case keys([UInt8])
    /// The input is over.
    case inputEnded
    /// The terminal has another size.
    case resized
    /// The process is asked to end.
    case quit
    /// A connection stands.
    case opened(ChatLink)
    /// What came in one read cycle.
    case frames([ServerFrame])
    /// The connection is over, or could not be made.
    case ended(SocketEnd)
    /// What was asked for over HTTP has been answered.
    case answered([ChatNews])
    /// Time to connect again.
    case connect
    /// The machine's deadline, or the end of the linger time, has come.
    case wake
}

/// Sends on a socket from outside its loop.
struct ChatLink: Sendable {
    private let socket: NIOLoopBound<ClientSocket>
    private let eventLoop: any EventLoop

    init(_ socket: ClientSocket) {
        eventLoop = socket.eventLoop
        self.socket = NIOLoopBound(socket, eventLoop: eventLoop)
    }

    func send(_ frames: [ClientFrame]) {
        eventLoop.execute {
            for frame in frames { socket.value.send(frame) }
            socket.value.flush()
        }
    }

    func abort() {
        eventLoop.execute { socket.value.abort() }
    }

    func close() {
        eventLoop.execute { socket.value.close() }
    }
}

/// Gathers the frames of a read cycle, so that they are stored with one fsync and acknowledged together.
final class ChatReceiver: ClientSocketDelegate {
    private let events: AsyncStream<ChatEvent>.Continuation
    private var frames: [ServerFrame] = []

    init(_ events: AsyncStream<ChatEvent>.Continuation) {
        self.events = events
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        frames.append(frame)
    }

    func readCycleEnded(on socket: ClientSocket) {
        handOver()
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        handOver()
        events.yield(.ended(end))
    }

    private func handOver() {
        guard !frames.isEmpty else { return }
        events.yield(.frames(frames))
        frames = []
    }
}
