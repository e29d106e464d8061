import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import RoostCore
import RoostWire

extension ClientSocket {
    /// Longest wait for the answer to the upgrade.
    public static let upgradeSecondsMax = 10

    /// Where to connect to, and as whom.
    public struct Options: Sendable {
        /// The node.
        public var address: NodeAddress
        /// The token for the `Authorization` header; `nil` sends none, the token then goes into `hello`.
        public var token: String?
        /// The subprotocol to ask for.
        public var encoding: ClientEncoding
        /// The first size of the receive buffer: small for many idle sockets.
        public var receiveBufferBytes: Int

        /// Makes options.
        public init(
            address: NodeAddress, token: String?, encoding: ClientEncoding = .proto, receiveBufferBytes: Int = 2048
        ) {
            self.address = address
            self.token = token
            self.encoding = encoding
            self.receiveBufferBytes = receiveBufferBytes
        }
    }

    /// Connects and upgrades. `opened` runs on `loop` as soon as the connection stands and names its delegate.
    ///
    /// Fails with a ``ClientError``: a node that refuses the upgrade says why in its own words.
    public static func connect(
        _ options: Options, on loop: any EventLoop,
        opened: @escaping @Sendable (ClientSocket) -> any ClientSocketDelegate
    ) -> EventLoopFuture<Void> {
        let address = options.address
        let url = "\(address)\(path)"
        return ClientBootstrap(group: loop)
            .connectTimeout(.seconds(Int64(NodeResources.connectSecondsMax)))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: min(512, options.receiveBufferBytes), initial: options.receiveBufferBytes,
                    maximum: 65_536)
            )
            .connect(host: address.host, port: address.port)
            .flatMap { channel in upgrade(channel, options, url: url, opened: opened) }
            .flatMapErrorThrowing { error in
                throw error is ClientError
                    ? error : ClientError.unreachable(url: address.description, reason: connectionFailure(error))
            }
    }

    private static let path = "/v1/connect"

    private static func upgrade(
        _ channel: any Channel, _ options: Options, url: String,
        opened: @escaping @Sendable (ClientSocket) -> any ClientSocketDelegate
    ) -> EventLoopFuture<Void> {
        let result = channel.eventLoop.makePromise(of: Void.self)
        do {
            try startUpgrade(channel, options, url: url, opened: opened).flatMap { outcome in
                switch outcome {
                case .upgraded(let socket):
                    socket.value.upgradeEnded()
                    return channel.eventLoop.makeSucceededVoidFuture()
                case .refused(let answer):
                    return answer.flatMapThrowing { throw $0.refusal(of: url) }
                }
            }
            .flatMapErrorThrowing { throw $0 is ClientError ? $0 : ClientError.connectionLost(url: url) }
            .cascade(to: result)
        } catch {
            result.fail(error)
        }
        let timer = channel.eventLoop.scheduleTask(in: .seconds(Int64(upgradeSecondsMax))) {
            result.fail(ClientError.timedOut(url: url, seconds: upgradeSecondsMax))
            channel.close(promise: nil)
        }
        result.futureResult.whenComplete { _ in timer.cancel() }
        return result.futureResult
    }

    private static func startUpgrade(
        _ channel: any Channel, _ options: Options, url: String,
        opened: @escaping @Sendable (ClientSocket) -> any ClientSocketDelegate
    ) throws -> EventLoopFuture<UpgradeOutcome> {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers.add(name: "Host", value: options.address.authority)
        head.headers.add(name: "Sec-WebSocket-Protocol", value: options.encoding.subprotocol)
        if let token = options.token { head.headers.add(name: "Authorization", value: "Bearer \(token)") }

        let upgrader = SocketUpgrader(subprotocol: options.encoding.subprotocol) { channel in
            let socket = ClientSocket(channel: channel, address: options.address, encoding: options.encoding)
            try channel.pipeline.syncOperations.addHandler(ClientSocketHandler(socket: socket))
            socket.attach(opened(socket))
            return socket
        }
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration<UpgradeOutcome>(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let answer = channel.eventLoop.makePromise(of: HTTPAnswer.self)
                        try channel.pipeline.syncOperations.addHandler(
                            HTTPAnswerCollector(answer: answer, url: url, bodyBytesMax: Limits.httpBodyBytesMax))
                        return .refused(answer.futureResult)
                    }
                }))
        configuration.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
    }
}

/// What the node made of the request to upgrade.
private enum UpgradeOutcome: Sendable {
    case upgraded(NIOLoopBound<ClientSocket>)
    case refused(EventLoopFuture<HTTPAnswer>)
}

/// The handshake is NIO's; after it come our own handlers instead of NIO's frame codec.
private struct SocketUpgrader: NIOTypedHTTPClientProtocolUpgrader {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    let subprotocol: String
    let upgraded: @Sendable (any Channel) throws -> ClientSocket

    private let handshake = NIOTypedWebSocketClientUpgrader<Void> { channel, _ in
        channel.eventLoop.makeSucceededVoidFuture()
    }

    init(subprotocol: String, upgraded: @escaping @Sendable (any Channel) throws -> ClientSocket) {
        self.subprotocol = subprotocol
        self.upgraded = upgraded
    }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        handshake.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        handshake.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
            && upgradeResponse.headers["Sec-WebSocket-Protocol"] == [subprotocol]
    }

    func upgrade(
        channel: any Channel, upgradeResponse: HTTPResponseHead
    ) -> EventLoopFuture<UpgradeOutcome> {
        channel.eventLoop.makeCompletedFuture {
            .upgraded(NIOLoopBound(try upgraded(channel), eventLoop: channel.eventLoop))
        }
    }
}
