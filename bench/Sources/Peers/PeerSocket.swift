import NIOCore
import NIOPosix
import RoostClient

/// What a ``PeerSocket`` tells its owner, always on its loop.
protocol PeerSocketDelegate: AnyObject {
    /// The connection stands; what is written goes out after the call.
    func opened(_ socket: PeerSocket)
    /// Bytes came. What is a whole item is taken from `input`, the rest stays for the next call. What is written meanwhile
    /// goes out when everything that had arrived has been handed over.
    func received(_ input: inout ByteBuffer, on socket: PeerSocket) throws
    /// The connection is over; nothing comes after this.
    func ended(_ why: String)
}

/// A TCP connection to a server of another protocol. As with our own client, what is written during a read cycle goes out
/// in one piece at its end.
final class PeerSocket: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is to go out; protocols write into it.
    var output = ByteBuffer()
    private let delegate: any PeerSocketDelegate
    private var context: ChannelHandlerContext?
    private var input = ByteBuffer()
    private var end: String?

    /// Longest piece of a protocol item that is kept until the rest comes.
    static let inputBytesMax = 1 << 20

    private init(delegate: any PeerSocketDelegate) {
        self.delegate = delegate
    }

    /// Connects; called on the loop. The future fails with what stood in the way.
    static func connect(
        to address: NodeAddress, _ delegate: any PeerSocketDelegate,
        on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(delegate, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 65_536)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PeerSocket(delegate: bound.value))
                }
            }
            .connect(host: address.host, port: address.port)
            .map { _ in }
            .flatMapErrorThrowing { throw BenchFailure("\(address.authority) cannot be reached: \($0)") }
    }

    /// Gives the kernel what has been written. Not needed within a call of the delegate.
    func flush() {
        guard let context, output.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        output = ByteBuffer()
    }

    /// Sends what has been written and closes.
    func close() {
        flush()
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        delegate.opened(self)
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
        do {
            try delegate.received(&input, on: self)
            guard input.readableBytes <= PeerSocket.inputBytesMax else {
                throw BenchFailure("an item of more than \(PeerSocket.inputBytesMax) bytes")
            }
            if input.readableBytes == 0 { input = ByteBuffer() }
        } catch {
            fail(error, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        delegate.ended(end ?? "the connection was closed")
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        if end == nil { end = "\(error)" }
        context.close(promise: nil)
    }
}
