import NIOCore
import NIOHTTP1

/// The first handler of an HTTP connection. It bounds what a client can send without completing anything, which the
/// parser alone does not (it does not count spaces, line ends and chunk extensions), and it ends refused connections.
final class InboundMeter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let headBytesMax: Int
    private let lingerBytesMax: Int
    private let lingerDeadline: TimeAmount
    private var withoutProgress = 0
    private var thrownAway: Int?
    private var context: ChannelHandlerContext?

    init(configuration: ClientPortConfiguration) {
        headBytesMax = configuration.headBytesMax
        lingerBytesMax = configuration.lingerBytesMax
        lingerDeadline = .roost(configuration.lingerDeadline)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).readableBytes
        if let thrownAway {
            self.thrownAway = thrownAway + bytes
            if thrownAway + bytes > lingerBytesMax { context.close(promise: nil) }
            return
        }
        withoutProgress += bytes
        context.fireChannelRead(data)
        if withoutProgress > headBytesMax, thrownAway == nil {
            withoutProgress = 0
            context.fireErrorCaught(HTTPParserError.headerOverflow)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // The handlers behind may hold reading back, but what is thrown away needs no room with them.
        if thrownAway != nil { context.read() }
    }

    /// The parser has delivered something.
    func progressed() {
        withoutProgress = 0
    }

    /// From now on what comes in is thrown away.
    func startLingering() {
        guard thrownAway == nil, let context else { return }
        thrownAway = 0
        context.eventLoop.assumeIsolated().scheduleTask(in: lingerDeadline) { [self] in
            self.context?.close(promise: nil)
        }
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: true)
        } catch {
            context.close(promise: nil)
        }
        context.read()
    }

    /// The refusal has been written: shuts the sending half, so that the client sees the end.
    func finishedWriting() {
        context?.close(mode: .output, promise: nil)
    }
}
