import NIOCore
import RoostCore

/// One client's WebSocket, as the session code sees it.
///
/// It belongs to its event loop: every call must be made there. Calls on a connection that is over do nothing, so the
/// session code need not ask first.
public final class ClientConnection {
    /// Names the connection: no other of this process has had the number.
    public let id: UInt64

    private enum State {
        /// Frames go both ways. Can become `closing` or `closed`.
        case open
        /// A close frame is on its way out; what comes in is thrown away. Can become `closed`.
        case closing(ClientCloseReason, thrownAway: Int)
        /// The socket is gone.
        case closed
    }

    private var state = State.open
    private let opcode: WebSocketOpcode
    private let loop: ClientPortLoop
    /// `nil` once the socket is gone.
    private var context: ChannelHandlerContext?
    /// Frames that have not been flushed; `nil` when there are none.
    private var outgoing: ByteBuffer?
    private var isPausedBySession = false
    private var isReported = false

    /// Unflushed frames beyond this are handed to the socket at once.
    private static let outgoingBytesMax = 64 * 1024

    init(loop: ClientPortLoop, isText: Bool, context: ChannelHandlerContext) {
        id = loop.makeID()
        opcode = isText ? .text : .binary
        self.loop = loop
        self.context = context
    }

    /// Whether frames can still be sent.
    public var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Whether the client keeps up: false while more than `Limits.clientOutboundBytesMax` wait for it.
    public var isWritable: Bool {
        context?.channel.isWritable ?? false
    }

    /// Where the client connects from.
    public var remoteAddress: SocketAddress? {
        context?.channel.remoteAddress
    }

    /// Adds a message to what the next ``flush()`` writes.
    public func send(_ payload: [UInt8]) {
        guard isOpen else { return }
        var buffer = outgoing.take() ?? loop.takeBuffer()
        buffer.writeWebSocketHead(opcode, payloadBytes: payload.count)
        buffer.writeBytes(payload)
        keep(buffer)
    }

    /// Adds a message to what the next ``flush()`` writes.
    public func send(_ payload: ByteBuffer) {
        guard isOpen else { return }
        var buffer = outgoing.take() ?? loop.takeBuffer()
        buffer.writeWebSocketHead(opcode, payloadBytes: payload.readableBytes)
        buffer.writeImmutableBuffer(payload)
        keep(buffer)
    }

    /// Asks for a pong, with the next ``flush()``. The pong shows as a read cycle.
    public func ping() {
        sendControl(.ping, ByteBuffer())
    }

    /// Writes everything that was sent.
    public func flush() {
        write(promise: nil)
    }

    /// Stops reading the socket. What one read has delivered already still comes.
    public func pauseReading() {
        isPausedBySession = true
        adjustReading()
    }

    /// Ends ``pauseReading()``.
    public func resumeReading() {
        isPausedBySession = false
        adjustReading()
    }

    /// Flushes, says goodbye and closes; the client gets two seconds to take it.
    ///
    /// - Parameters:
    ///   - code: A close code that RFC 6455 section 7.4 lets a server send.
    ///   - reason: One line for a person, cut at 123 bytes.
    public func close(code: UInt16, reason: String) {
        end(.byNode(code: code), code: code, text: reason)
    }

    // MARK: The handler's side

    /// Answers a ping, unless the client does not take what it is sent: then one pong more or less is no news to it.
    func answerPing(_ payload: ByteBuffer) {
        guard isWritable else { return }
        sendControl(.pong, payload)
    }

    /// The client has sent its close frame.
    func clientClosed(code: UInt16?) {
        guard isOpen else { return }
        end(.byClient(code: code), code: code, text: "")
        report(.byClient(code: code))
    }

    /// The client has broken the rules.
    func violated(_ violation: WebSocketViolation) {
        guard isOpen else { return }
        end(.violation(violation), code: violation.closeCode, text: violation.text)
        report(.violation(violation))
    }

    /// The server is shutting down.
    func shutDown() {
        guard isOpen else { return }
        end(.shutdown, code: 1001, text: "the node is stopping")
    }

    /// Counts bytes that came after the end; a client that goes on and on is cut off.
    func throwAway(_ bytes: Int) {
        guard case .closing(let reason, let thrownAway) = state else { return }
        state = .closing(reason, thrownAway: thrownAway + bytes)
        if thrownAway + bytes > Limits.lingerBytesMax { context?.close(promise: nil) }
    }

    /// The socket is gone.
    func socketClosed() {
        let reason: ClientCloseReason
        switch state {
        case .open: reason = .lost
        case .closing(let given, _): reason = given
        case .closed: return
        }
        state = .closed
        outgoing = nil
        context = nil
        report(reason)
    }

    /// The client has stopped taking bytes, or has begun again.
    func writabilityChanged() {
        guard isOpen else { return }
        adjustReading()
        loop.delegate.writabilityChanged(self, isWritable: isWritable)
    }

    private func keep(_ buffer: consuming ByteBuffer) {
        let isFull = buffer.readableBytes > ClientConnection.outgoingBytesMax
        outgoing = buffer
        if isFull { flush() }
    }

    private func sendControl(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        guard isOpen else { return }
        var buffer = outgoing.take() ?? loop.takeBuffer()
        buffer.writeWebSocketHead(opcode, payloadBytes: payload.readableBytes)
        buffer.writeImmutableBuffer(payload)
        keep(buffer)
    }

    private func write(promise: EventLoopPromise<Void>?) {
        guard let context, let buffer = outgoing.take() else { return }
        context.writeAndFlush(NIOAny(buffer), promise: promise)
        loop.giveBack(buffer)
    }

    private func adjustReading() {
        guard let context, isOpen else { return }
        setReading(!isPausedBySession && isWritable, context)
    }

    private func setReading(_ isReading: Bool, _ context: ChannelHandlerContext) {
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: isReading)
        } catch {
            // Only a channel that is closed refuses the option, and then there is nothing to read.
            context.close(promise: nil)
        }
    }

    private func end(_ reason: ClientCloseReason, code: UInt16?, text: String) {
        guard isOpen, let context else { return }
        var buffer = outgoing.take() ?? loop.takeBuffer()
        buffer.writeWebSocketClose(code: code, text: text)
        outgoing = buffer
        state = .closing(reason, thrownAway: 0)
        setReading(true, context)

        // The close frame must be read before the socket goes: shut the sending half and throw away what still comes,
        // because closing over unread bytes resets the connection and the reset overtakes the frame.
        let written = context.eventLoop.makePromise(of: Void.self)
        let clientSpokeLast = if case .byClient = reason { true } else { false }
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            self.context?.close(mode: clientSpokeLast ? .all : .output, promise: nil)
        }
        context.eventLoop.assumeIsolated().scheduleTask(in: .roost(Limits.lingerDeadline)) { [self] in
            self.context?.close(promise: nil)
        }
        write(promise: written)
    }

    private func report(_ reason: ClientCloseReason) {
        guard !isReported else { return }
        isReported = true
        loop.delegate.closed(self, reason: reason)
    }
}

@available(*, unavailable)
extension ClientConnection: Sendable {}
