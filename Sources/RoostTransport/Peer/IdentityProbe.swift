import NIOCore
import NIOPosix
import RoostCore
import RoostNode
import RoostWire

/// Asks who answers at a peer address: one connection, a hello each way, and it is over. A proof that somebody lives there
/// now, which no datagram of the past can give.
public enum IdentityProbe {
    private static let patience = TimeAmount.seconds(2)

    /// How the node at an address introduces itself; `nil` when nobody answers in time, or not as a node.
    /// - Parameters:
    ///   - address: where, `host:port`.
    ///   - hello: how this node introduces itself.
    ///   - loop: where the connection lives.
    /// - Returns: the answer, within two seconds; it does not fail.
    public static func ask(_ address: String, hello: PeerHello, on loop: any EventLoop) -> EventLoopFuture<PeerHello?> {
        let answer = loop.makePromise(of: PeerHello?.self)
        guard let (host, port) = HostPort.split(address) else {
            answer.succeed(nil)
            return answer.futureResult
        }
        let timeout = loop.scheduleTask(in: patience) { answer.succeed(nil) }
        answer.futureResult.whenComplete { _ in timeout.cancel() }
        ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        IdentityProbeHandler(hello: hello, answer: answer))
                }
            }
            .connect(host: host, port: port)
            .whenComplete { result in
                switch result {
                case .failure: answer.succeed(nil)
                case .success(let channel): answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
                }
            }
        return answer.futureResult
    }
}

/// Says hello and waits for the answer.
private final class IdentityProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let hello: PeerHello
    private let answer: EventLoopPromise<PeerHello?>
    private var decoder = PeerFrameDecoder()

    init(hello: PeerHello, answer: EventLoopPromise<PeerHello?>) {
        self.hello = hello
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        var writer = ByteWriter()
        PeerFrame.write(.hello(hello), to: &writer)
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: writer.bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(PeerFrameDecoder.Violation) {
            try decoder.feed(unwrapInboundIn(data)) { frame in
                if case .hello(let hello) = frame { answer.succeed(hello) }
            }
        } catch {
            answer.succeed(nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.succeed(nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.succeed(nil)
        context.close(promise: nil)
    }
}
