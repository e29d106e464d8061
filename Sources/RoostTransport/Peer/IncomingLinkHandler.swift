import NIOCore
import RoostCore
import RoostNode
import RoostWire

/// The incoming end of a node's link to this one.
///
/// Whatever comes before a hello of the right protocol and cluster, or is no frame, closes the connection and is counted;
/// it never stops the port.
public final class IncomingLinkHandler: ChannelInboundHandler {
    /// Bytes.
    public typealias InboundIn = ByteBuffer

    private static let helloDeadline = TimeAmount.seconds(5)

    private let delegate: any PeerPortDelegate
    private var decoder = PeerFrameDecoder()
    private var peer: PeerHello?
    private var answers = ByteWriter()
    private var isOver = false

    /// Makes the handler of one accepted connection.
    public init(delegate: any PeerPortDelegate) {
        self.delegate = delegate
    }

    /// Waits for the hello.
    public func channelActive(context: ChannelHandlerContext) {
        let isolated = NIOLoopBound(self, eventLoop: context.eventLoop)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: IncomingLinkHandler.helloDeadline) {
            if isolated.value.peer == nil { channel.close(promise: nil) }
        }
    }

    /// Passes on what one read brought.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        do throws(PeerFrameDecoder.Violation) {
            try decoder.feed(unwrapInboundIn(data)) { received($0, context: context) }
        } catch {
            violated("\(error)", context: context)
        }
    }

    /// Lets the node act on what came, and answers.
    public func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        delegate.peerReadCycleEnded()
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard answers.count > 0 else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: answers.bytes)), promise: nil)
        answers.bytes.removeAll(keepingCapacity: true)
    }

    /// A broken socket is a closed one.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func received(_ frame: PeerFrame, context: ChannelHandlerContext) {
        guard !isOver else { return }
        guard let peer else {
            guard case .hello(let hello) = frame else {
                violated("did not begin with hello", context: context)
                return
            }
            switch delegate.judge(hello) {
            case .accepted:
                peer = hello
                introduce(to: hello.node)
            case .answered:
                introduce(to: hello.node)
                end(context)
            case .refused:
                end(context)
            }
            return
        }
        switch frame {
        case .message(let message): delegate.received(message, from: peer.node)
        case .control(let message): delegate.received(message, from: peer.node)
        case .ping(let nonce, let position):
            delegate.heard(position: position, of: peer)
            PeerFrame.write(.pong(nonce: nonce), to: &answers)
        case .hello, .pong: violated("sent \(frame) out of turn", context: context)
        }
    }

    private func introduce(to peer: NodeID) {
        PeerFrame.write(.hello(delegate.hello(to: peer)), to: &answers)
    }

    private func end(_ context: ChannelHandlerContext) {
        isOver = true
        flush(context)
        context.close(promise: nil)
    }

    private func violated(_ text: String, context: ChannelHandlerContext) {
        isOver = true
        delegate.peerMisbehaved(context.remoteAddress?.description ?? "a peer", text)
        context.close(promise: nil)
    }
}
