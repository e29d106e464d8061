import NIOCore
import NIOPosix
import RoostCore
import RoostMembership
import RoostTransport

/// The UDP socket of the gossip: bytes in, datagrams out, and the other way round. A bad packet is counted and forgotten.
final class GossipPort: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private unowned let control: ControlShell
    private var context: ChannelHandlerContext?
    /// Peers' addresses as given, resolved once: `host:port` of a numeric host.
    private var resolved: [String: SocketAddress] = [:]
    private static let resolvedMax = 4 * Limits.membersMax

    init(control: ControlShell) {
        self.control = control
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard envelope.data.readableBytes <= Limits.gossipDatagramBytesMax else {
            control.datagramRefused()
            return
        }
        let bytes = Array(envelope.data.readableBytesView)
        do throws(MembershipError) {
            let datagram = try GossipDatagram(decoding: bytes)
            control.received(datagram, from: envelope.remoteAddress.description)
        } catch {
            control.datagramRefused()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // ICMP tells of peers that are not there; the gossip finds out by itself.
    }

    /// Sends a datagram; one to an address that cannot be resolved is as good as lost.
    func send(_ datagram: GossipDatagram, to address: String) {
        guard let context, let target = resolve(address) else { return }
        let buffer = ByteBuffer(bytes: datagram.encode())
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: target, data: buffer)), promise: nil)
    }

    private func resolve(_ address: String) -> SocketAddress? {
        if let known = resolved[address] { return known }
        guard let (host, port) = HostPort.split(address) else { return nil }
        do {
            // Looks names up as well, which blocks; members advertise numbers, and a seed's name is asked for once.
            let target = try SocketAddress.makeAddressResolvingHost(host, port: port)
            if resolved.count < GossipPort.resolvedMax { resolved[address] = target }
            return target
        } catch {
            return nil
        }
    }
}
