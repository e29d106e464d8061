import NIOCore
import NIOPosix
import RoostCore
import RoostSession
import RoostWire

/// What a ``ClientSocket`` tells its owner, always on the socket's event loop.
public protocol ClientSocketDelegate: AnyObject {
    /// The node said something.
    func received(_ frame: ServerFrame, on socket: ClientSocket)
    /// Everything that had arrived has been handed over. What is sent during a read cycle goes out after this call.
    func readCycleEnded(on socket: ClientSocket)
    /// The connection is over; nothing comes after this.
    func ended(_ end: SocketEnd, on socket: ClientSocket)
}

/// One connection to a node: frames of the client protocol over a WebSocket.
///
/// It belongs to its event loop: every call is made there, and every call of the delegate comes from there. It keeps
/// its delegate alive until it has ended. A frame of a kind that this version does not know is skipped.
public final class ClientSocket {
    /// The node.
    public let address: NodeAddress
    /// The encoding that was agreed.
    public let encoding: ClientEncoding
    /// The loop it belongs to.
    public let eventLoop: any EventLoop

    private let channel: any Channel
    private var delegate: (any ClientSocketDelegate)?
    private var reader = WebSocketReader(messageBytesMax: Limits.clientFrameBytesMax)
    private var writer: WebSocketWriter
    // True during a read cycle, and until the HTTP handlers of the upgrade are gone: nothing is flushed meanwhile.
    private var isHolding = true
    private var hasSentClose = false
    private var end: SocketEnd?

    /// Wait for the other side's close frame after ours.
    public static let closeSecondsMax = 2

    init(channel: any Channel, address: NodeAddress, encoding: ClientEncoding) {
        self.channel = channel
        self.address = address
        self.encoding = encoding
        eventLoop = channel.eventLoop
        var system = SystemRandomNumberGenerator()
        writer = WebSocketWriter(allocator: channel.allocator, seed: system.next())
    }

    func attach(_ delegate: any ClientSocketDelegate) {
        self.delegate = delegate
    }

    func upgradeEnded() {
        isHolding = false
        flush()
    }

    /// Sends a frame: with the others of the read cycle, or at the next ``flush()``.
    public func send(_ frame: ClientFrame) {
        send(encoded: ClientFrameCodec.encode(frame, encoding))
    }

    /// Sends bytes that are already a frame, or are not one: tests of a node's patience want both.
    public func send(encoded bytes: [UInt8]) {
        guard !hasSentClose else { return }
        bytes.withUnsafeBytes { writer.write(encoding.isText ? .text : .binary, $0) }
    }

    /// Gives the kernel what has been sent so far. Not needed within a delegate's call.
    public func flush() {
        guard !isHolding, let bytes = writer.take() else { return }
        channel.writeAndFlush(bytes, promise: nil)
    }

    /// Says good-bye and closes the connection when the node has answered, or after ``closeSecondsMax``.
    public func close(_ code: CloseCode = .normal) {
        sendClose(code.rawValue)
        flush()
        let channel = channel
        eventLoop.scheduleTask(in: .seconds(Int64(ClientSocket.closeSecondsMax))) { channel.close(promise: nil) }
    }

    /// Breaks the connection off without a word, as a lost network would.
    public func abort() {
        finish(.broken(reason: "broken off by this side"))
        channel.close(promise: nil)
    }

    /// Stops taking bytes from the kernel, or begins again.
    public func setReading(_ isOn: Bool) {
        channel.setOption(.autoRead, value: isOn).whenFailure { _ in }
    }

    // MARK: Events of the channel

    func receive(_ bytes: ByteBuffer) {
        guard end == nil else { return }
        isHolding = true
        reader.feed(bytes)
        do throws(WebSocketReader.Violation) {
            while end == nil, let item = try reader.next() { handle(item) }
        } catch {
            fail(.protocolError, error.rule)
        }
        isHolding = false
    }

    func receiveEnded() {
        isHolding = true
        delegate?.readCycleEnded(on: self)
        isHolding = false
        flush()
    }

    func channelEnded(_ reason: String) {
        finish(.broken(reason: reason))
    }

    private func handle(_ item: WebSocketReader.Item) {
        switch item {
        case .message(let bytes, let isText):
            guard isText == encoding.isText else { return fail(.unsupportedData, "a frame of the other encoding") }
            do throws(WireError) {
                delegate?.received(try ClientFrameCodec.decodeServerFrame(bytes.readableBytesSpan, encoding), on: self)
            } catch {
                switch error {
                case .unknownFrame, .unknownErrorCode: break
                case .malformed, .bodyTooLarge: fail(.protocolError, "not a frame: \(error)")
                }
            }
        case .ping(let payload):
            guard !hasSentClose else { return }
            payload.withUnsafeReadableBytes { writer.write(.pong, $0) }
        case .pong:
            break
        case .close(let code, let reason):
            sendClose(code ?? CloseCode.normal.rawValue)
            finish(.closed(code: code, reason: reason))
            closeAfterFlush()
        }
    }

    private func fail(_ code: CloseCode, _ reason: String) {
        sendClose(code.rawValue)
        finish(.broken(reason: reason))
        closeAfterFlush()
    }

    private func sendClose(_ code: UInt16) {
        guard !hasSentClose else { return }
        withUnsafeBytes(of: code.bigEndian) { writer.write(.close, $0) }
        hasSentClose = true
    }

    private func closeAfterFlush() {
        if let bytes = writer.take() { channel.writeAndFlush(bytes, promise: nil) }
        channel.close(promise: nil)
    }

    private func finish(_ end: SocketEnd) {
        guard self.end == nil else { return }
        self.end = end
        delegate?.ended(end, on: self)
        delegate = nil
    }
}

/// Joins a channel to its socket.
final class ClientSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let socket: ClientSocket
    private var failure: String?

    init(socket: ClientSocket) {
        self.socket = socket
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        socket.receive(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        socket.receiveEnded()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = connectionFailure(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.channelEnded(failure ?? "the connection was closed")
    }
}
