import NIOCore
import RoostClient

/// Connects a delegate that lives on `loop`, from that loop.
func openSocket<Delegate: ClientSocketDelegate & SendableMetatype>(
    for delegate: Delegate, to node: NodeAddress, token: String, on loop: any EventLoop, receiveBufferBytes: Int = 2048,
    opened: @escaping @Sendable (Delegate, ClientSocket) -> Void
) -> EventLoopFuture<Void> {
    let bound = NIOLoopBound(delegate, eventLoop: loop)
    return ClientSocket.connect(
        .init(address: node, token: token, receiveBufferBytes: receiveBufferBytes), on: loop
    ) { socket in
        opened(bound.value, socket)
        return bound.value
    }
}
