import Logging
import NIOCore
import NIOPosix

/// Keeps the UDP socket of the gossip open.
///
/// NIO closes a datagram channel when a send fails for nearly any reason: a route that is gone, an interface that is down, a
/// firewall. A node without its socket would be held for dead while it serves, so the socket is bound again until the node stops.
final class GossipSocket: @unchecked Sendable {
    // `@unchecked`: every member is touched on `loop` alone, but for the constants.

    private static let reopenPause = TimeAmount.milliseconds(250)

    private let loop: any EventLoop
    private let host: String
    private let port: Int
    private let control: ControlShell
    private let logger: Logger
    private var channel: (any Channel)?
    private var isStopped = false

    init(loop: any EventLoop, host: String, port: Int, control: ControlShell, logger: Logger) {
        self.loop = loop
        self.host = host
        self.port = port
        self.control = control
        self.logger = logger
    }

    /// Binds the socket and begins to gossip.
    func open() -> EventLoopFuture<Void> {
        bind().map { [self] gossip in control.start(gossip) }
    }

    /// Closes it for good.
    func close() -> EventLoopFuture<Void> {
        loop.flatSubmit { [self] in
            isStopped = true
            guard let channel, channel.isActive else { return loop.makeSucceededVoidFuture() }
            return channel.close()
        }
    }

    private func bind() -> EventLoopFuture<GossipPort> {
        let control = control
        return DatagramBootstrap(group: loop)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(GossipPort(control: control))
                }
            }
            .bind(host: host, port: port)
            .hop(to: loop)
            .flatMapThrowing { [self] channel in
                self.channel = channel
                channel.closeFuture.hop(to: loop).whenComplete { _ in self.closed() }
                return try channel.pipeline.syncOperations.handler(type: GossipPort.self)
            }
    }

    private func closed() {
        guard !isStopped else { return }
        logger.warning("the gossip's socket was closed by a failed send; it is bound again")
        reopen()
    }

    private func reopen() {
        loop.scheduleTask(in: GossipSocket.reopenPause) { [self] in
            guard !isStopped else { return }
            bind().whenComplete { result in
                switch result {
                case .success(let gossip):
                    self.control.resume(gossip)
                case .failure(let error):
                    self.logger.warning("the gossip's socket cannot be bound", metadata: ["error": "\(error)"])
                    self.reopen()
                }
            }
        }
    }
}
