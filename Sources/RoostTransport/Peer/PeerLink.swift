import NIOCore
import NIOPosix
import RoostCore
import RoostNode
import RoostWire

/// This loop's link to one node: dials, introduces itself, sends, notices silence and dials again.
///
/// A link carries messages one way only; the other node has its own link back. So there is never a question which of two
/// connections between two nodes counts, and what a node says to another stays in order while its link stands. What is
/// said while the link is down, or is lost when it breaks, is lost: the machines ask again.
///
/// Belongs to its event loop.
public final class PeerLink {
    private enum State {
        /// Waiting to dial. Can become `dialling` or `over`.
        case down
        /// Dialling, or waiting for the other's hello. Can become `up`, `down` or `over`.
        case dialling
        /// Introduced both ways. Can become `down` or `over`.
        case up(any Channel)
        /// Not wanted any more.
        case over
    }

    private static let redialMillisecondsMin: Int64 = 50
    private static let redialMillisecondsMax: Int64 = 1000
    private static let dialTimeout = TimeAmount.seconds(2)
    private static let heartbeat = TimeAmount.milliseconds(500)
    /// Heartbeats without an answer after which a link is taken for dead.
    private static let silentHeartbeatsMax = 6

    /// The node at the other end.
    public let peer: NodeID
    /// Where it is dialled, `host:port`.
    public let address: String
    private let loop: any EventLoop
    private unowned let delegate: any PeerPortDelegate
    private var state = State.down
    private var pause = PeerLink.redialMillisecondsMin
    private var pending = ByteBuffer()
    private var scratch = ByteWriter(capacity: 4096)
    private var silentHeartbeats = 0
    private var heartbeatTask: Scheduled<Void>?

    /// Begins to dial.
    public init(to peer: NodeID, at address: String, on loop: any EventLoop, delegate: any PeerPortDelegate) {
        self.peer = peer
        self.address = address
        self.loop = loop
        self.delegate = delegate
        dial()
    }

    /// Whether messages get through, as far as is known.
    public var isUp: Bool {
        if case .up = state { true } else { false }
    }

    /// Adds a message to what the next ``flush()`` writes; thrown away while the link is down.
    public func send(_ message: PeerMessage) {
        send(.message(message))
    }

    /// Adds a message to what the next ``flush()`` writes; thrown away while the link is down.
    public func send(_ message: ControlMessage) {
        send(.control(message))
    }

    private func send(_ frame: PeerFrame) {
        guard case .up = state else { return }
        scratch.bytes.removeAll(keepingCapacity: true)
        PeerFrame.write(frame, to: &scratch)
        pending.writeBytes(scratch.bytes)
    }

    /// Writes everything that was sent. A peer that does not take it is cut off rather than queued for without end.
    public func flush() {
        guard case .up(let channel) = state, pending.readableBytes > 0 else { return }
        let buffer = pending
        pending = channel.allocator.buffer(capacity: 0)
        channel.writeAndFlush(buffer, promise: nil)
        guard !channel.isWritable else { return }
        delegate.peerMisbehaved(address, "does not take what it is sent: link reset")
        channel.close(promise: nil)
    }

    /// Ends the link for good.
    public func close() {
        if case .up(let channel) = state { channel.close(promise: nil) }
        state = .over
        heartbeatTask?.cancel()
    }

    // MARK: Dialling

    private func dial() {
        guard case .down = state else { return }
        guard let (host, port) = HostPort.split(address) else {
            delegate.peerMisbehaved(address, "is not host:port")
            return
        }
        state = .dialling
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(PeerLink.dialTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: Limits.peerOutboundBytesMax / 2, high: Limits.peerOutboundBytesMax)
            )
        let isolated = NIOLoopBound(self, eventLoop: loop)
        bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(OutgoingLinkHandler(link: isolated.value))
            }
        }
        .connect(host: host, port: port)
        .whenFailure { _ in isolated.value.lost() }
    }

    // MARK: The handler's side

    func connected(_ channel: any Channel) {
        guard case .dialling = state else {
            channel.close(promise: nil)
            return
        }
        var writer = ByteWriter()
        PeerFrame.write(.hello(delegate.hello(to: peer)), to: &writer)
        channel.writeAndFlush(ByteBuffer(bytes: writer.bytes), promise: nil)
        // Whoever accepts and says nothing is dialled again.
        let isolated = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: PeerLink.dialTimeout) {
            if !isolated.value.isUp { channel.close(promise: nil) }
        }
    }

    func received(_ frame: PeerFrame, on channel: any Channel) {
        switch frame {
        case .hello(let hello):
            guard case .dialling = state else { return }
            guard hello.node == peer else {
                delegate.peerMisbehaved(address, "is node \(hello.node), not \(peer)")
                channel.close(promise: nil)
                return
            }
            guard delegate.judge(hello) == .accepted else {
                channel.close(promise: nil)
                return
            }
            state = .up(channel)
            pause = PeerLink.redialMillisecondsMin
            silentHeartbeats = 0
            beat()
            delegate.linkUp(to: hello)
        case .pong:
            silentHeartbeats = 0
        case .ping, .message, .control:
            violated("sent \(frame) against the direction of a link", on: channel)
        }
    }

    func violated(_ text: String, on channel: any Channel) {
        delegate.peerMisbehaved(address, text)
        channel.close(promise: nil)
    }

    func lost() {
        let wasUp = isUp
        if case .over = state { return }
        state = .down
        pending.clear()
        heartbeatTask?.cancel()
        let isolated = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(pause)) { isolated.value.dial() }
        pause = min(pause * 2, PeerLink.redialMillisecondsMax)
        if wasUp { delegate.linkDown(to: peer) }
    }

    private func beat() {
        guard case .up(let channel) = state else { return }
        guard silentHeartbeats < PeerLink.silentHeartbeatsMax else {
            delegate.peerMisbehaved(address, "is silent: link reset")
            channel.close(promise: nil)
            return
        }
        silentHeartbeats += 1
        send(.ping(nonce: UInt64(silentHeartbeats), position: delegate.durablePosition))
        flush()
        let isolated = NIOLoopBound(self, eventLoop: loop)
        heartbeatTask = loop.scheduleTask(in: PeerLink.heartbeat) { isolated.value.beat() }
    }
}

@available(*, unavailable)
extension PeerLink: Sendable {}

/// The outgoing end of a link.
private final class OutgoingLinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: PeerLink
    private var decoder = PeerFrameDecoder()

    init(link: PeerLink) {
        self.link = link
    }

    func channelActive(context: ChannelHandlerContext) {
        link.connected(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(PeerFrameDecoder.Violation) {
            try decoder.feed(unwrapInboundIn(data)) { link.received($0, on: context.channel) }
        } catch {
            link.violated("\(error)", on: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.lost()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
