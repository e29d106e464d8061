import NIOCore
import RoostWire

/// The only handler of an upgraded connection: bytes in, delegate's calls out.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let loop: ClientPortLoop
    private let encoding: ClientEncoding
    /// Held until the delegate has been told.
    private var bearerToken: String?
    private var parser: WebSocketParser
    private var connection: ClientConnection?

    init(loop: ClientPortLoop, encoding: ClientEncoding, bearerToken: String?) {
        self.loop = loop
        self.encoding = encoding
        self.bearerToken = bearerToken
        parser = WebSocketParser(isText: encoding.isText)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let connection = ClientConnection(loop: loop, isText: encoding.isText, context: context)
        self.connection = connection
        loop.delegate.opened(connection, encoding: encoding, bearerToken: bearerToken.take())
        if !context.channel.isActive { socketClosed() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        socketClosed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        socketClosed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection else { return }
        var input = unwrapInboundIn(data)
        while connection.isOpen {
            do throws(WebSocketViolation) {
                guard let event = try parser.next(from: &input, scratch: &loop.scratch) else { return }
                switch event {
                case .message(let message): loop.delegate.received(connection, message)
                case .ping(let payload): connection.answerPing(payload)
                case .pong: break
                case .close(let code): connection.clientClosed(code: code)
                }
            } catch {
                connection.violated(error)
            }
        }
        connection.throwAway(input.readableBytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let connection, connection.isOpen else { return }
        loop.delegate.readCycleEnded(connection)
        connection.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection?.writabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: connection?.shutDown()
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func socketClosed() {
        connection.take()?.socketClosed()
    }
}
