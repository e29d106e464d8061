import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import RoostCore

/// One listening port for HTTP resources and for WebSockets at `/v1/connect`.
///
/// hummingbird accepts, and answers what is HTTP. A connection that upgrades leaves hummingbird: its task ends and it
/// goes on living as one handler on its event loop, which calls that loop's ``ClientPortDelegate``.
///
/// ```swift
/// let port = ClientPort(group: group) { loop in shards[loop].clients }
/// let application = Application(router: router, server: port.server(), configuration: …, eventLoopGroupProvider: .shared(group))
/// ```
public struct ClientPort: Sendable {
    private let configuration: ClientPortConfiguration
    private let loops: [ObjectIdentifier: ClientPortLoop]
    private let listenerGuard = ListenerGuard()

    /// Makes a port whose connections live on `group`.
    ///
    /// - Parameters:
    ///   - group: The group that the server, too, must be given.
    ///   - configuration: Deadlines and limits.
    ///   - delegate: Called once for each loop of the group, from the caller's thread.
    public init(
        group: any EventLoopGroup, configuration: ClientPortConfiguration = ClientPortConfiguration(),
        delegate: (any EventLoop) -> any ClientPortDelegate
    ) {
        self.configuration = configuration
        var loops: [ObjectIdentifier: ClientPortLoop] = [:]
        for (index, loop) in group.makeIterator().enumerated() {
            loops[ObjectIdentifier(loop)] = ClientPortLoop(eventLoop: loop, index: index, delegate: delegate(loop))
        }
        self.loops = loops
    }

    /// What hummingbird's `Application` takes as its server.
    public func server() -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            ClientPortChannel(port: self, responder: responder)
        }
    }

    /// The number of connections to accept at once (hummingbird's `availableConnectionsDelegate`) by a process that may
    /// open `fileDescriptors` files: an eighth, at least 64, is kept for the log, the peers and the listeners.
    public static func connectionsMax(fileDescriptors: Int) -> Int {
        max(1, fileDescriptors - max(64, fileDescriptors / 8))
    }

    /// Puts the handlers of a new connection into its pipeline. On the channel's loop.
    func configure(_ channel: any Channel, logger: Logger) throws -> ClientPortConnection {
        listenerGuard.place(on: channel.parent, logger: logger)
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a connection came on a loop that is not of the group the port was made with")
        }
        let outcome = channel.eventLoop.makePromise(of: ClientPortOutcome.self)
        do {
            // Reads begin small: an idle connection holds one such buffer for its whole life.
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 256, initial: 512, maximum: Limits.clientReceiveBytesMax))
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = configuration.headBytesMax
            limits.maxHeaderListSize = configuration.headBytesMax
            let meter = InboundMeter(configuration: configuration)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(meter)
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(
                ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)))
            try pipeline.addHandler(
                HTTPEdgeHandler(configuration: configuration, loop: loop, meter: meter, outcome: outcome))
        } catch {
            outcome.succeed(.taken)
            throw error
        }
        return ClientPortConnection(channel: channel, outcome: outcome.futureResult)
    }
}
