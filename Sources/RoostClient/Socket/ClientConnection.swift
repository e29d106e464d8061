import NIOCore
import NIOPosix
import RoostSession
import RoostWire

/// A ``ClientSocket`` for code that awaits: frames come as a sequence, sending works from any task.
public final class ClientConnection: Sendable {
    /// One thing that happened on the connection.
    public enum Event: Equatable, Sendable {
        /// The node said this.
        case frame(ServerFrame)
        /// The connection is over. It is the last event.
        case ended(SocketEnd)
    }

    /// What happens, in order, for one reader. Nothing is lost while nobody reads; it is kept without limit, so this is
    /// not for benchmarks.
    public let events: AsyncStream<Event>

    private let socket: NIOLoopBound<ClientSocket>
    private let eventLoop: any EventLoop

    private init(socket: NIOLoopBound<ClientSocket>, eventLoop: any EventLoop, events: AsyncStream<Event>) {
        self.socket = socket
        self.eventLoop = eventLoop
        self.events = events
    }

    /// Connects and upgrades. It says nothing to the node: the first frame, `hello`, is the caller's.
    public static func connect(
        _ options: ClientSocket.Options, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(ClientError) -> ClientConnection {
        let loop = group.next()
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let opened = loop.makePromise(of: NIOLoopBound<ClientSocket>.self)
        ClientSocket.connect(options, on: loop) { socket in
            opened.succeed(NIOLoopBound(socket, eventLoop: loop))
            return EventForwarder(continuation)
        }
        .whenFailure { opened.fail($0) }
        do {
            return ClientConnection(socket: try await opened.futureResult.get(), eventLoop: loop, events: events)
        } catch let error as ClientError {
            throw error
        } catch {
            throw .unreachable(url: options.address.description, reason: connectionFailure(error))
        }
    }

    /// Sends a frame. Frames of one task go out in the order of its calls; once the connection is over they go nowhere.
    public func send(_ frame: ClientFrame) {
        eventLoop.execute { [socket] in
            socket.value.send(frame)
            socket.value.flush()
        }
    }

    /// Sends bytes that need not be a frame.
    public func send(encoded bytes: [UInt8]) {
        eventLoop.execute { [socket] in
            socket.value.send(encoded: bytes)
            socket.value.flush()
        }
    }

    /// Says good-bye; the end comes as the last event.
    public func close() {
        eventLoop.execute { [socket] in socket.value.close() }
    }

    /// Breaks the connection off without a word.
    public func abort() {
        eventLoop.execute { [socket] in socket.value.abort() }
    }

    /// Stops taking bytes from the kernel, or begins again: a client that does not read.
    public func setReading(_ isOn: Bool) {
        eventLoop.execute { [socket] in socket.value.setReading(isOn) }
    }
}

/// Turns the calls of a socket into elements of a stream.
private final class EventForwarder: ClientSocketDelegate {
    private let continuation: AsyncStream<ClientConnection.Event>.Continuation

    init(_ continuation: AsyncStream<ClientConnection.Event>.Continuation) {
        self.continuation = continuation
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        continuation.yield(.frame(frame))
    }

    func readCycleEnded(on socket: ClientSocket) {}

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        continuation.yield(.ended(end))
        continuation.finish()
    }
}
