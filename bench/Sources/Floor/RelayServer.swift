import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import RoostClient
import RoostCore
import RoostSession
import RoostWire

/// A WebSocket server that relays frames between sockets of one loop and keeps nothing. The token is the user's name.
enum RelayServer {
    /// What user `number` connects with.
    static func credentials(_ number: UInt64) -> Credentials {
        Credentials(user: "floor-\(number)", device: number + 1, token: "floor-\(number)")
    }

    static func start(on loop: any EventLoop, port: Int) async throws -> any Channel {
        let directory = try await loop.submit { NIOLoopBound(RelayDirectory(), eventLoop: loop) }.get()
        return try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                let upgrader = NIOWebSocketServerUpgrader(
                    maxFrameSize: Limits.clientFrameBytesMax,
                    shouldUpgrade: { channel, head in
                        let asked = head.headers["Sec-WebSocket-Protocol"].first ?? ""
                        return channel.eventLoop.makeSucceededFuture(["Sec-WebSocket-Protocol": asked])
                    },
                    upgradePipelineHandler: { channel, head in
                        channel.eventLoop.makeCompletedFuture {
                            let token = head.headers["Authorization"].first?.dropFirst("Bearer ".count) ?? ""
                            let asked = head.headers["Sec-WebSocket-Protocol"].first ?? ""
                            guard let user = Address(String(token)), let encoding = ClientEncoding(subprotocol: asked)
                            else { throw BenchFailure("a client that is not of this program") }
                            try channel.pipeline.syncOperations.addHandler(
                                RelayHandler(user: user, encoding: encoding, directory: directory.value))
                        }
                    })
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }
            .bind(host: "127.0.0.1", port: port).get()
    }
}

/// Who is connected.
final class RelayDirectory {
    private var handlers: [Address: RelayHandler] = [:]
    private var touched: [RelayHandler] = []
    private var devices: [DeviceID: Address] = [:]

    func add(_ handler: RelayHandler) {
        handlers[handler.user] = handler
        devices[handler.device] = handler.user
    }

    func remove(_ handler: RelayHandler) {
        handlers[handler.user] = nil
    }

    func send(_ frame: ServerFrame, to user: Address) {
        guard let handler = handlers[user] else { return }
        if handler.write(frame) { touched.append(handler) }
    }

    func user(of device: DeviceID) -> Address? { devices[device] }

    /// One flush for each socket that was written to in this read cycle.
    func flush() {
        for handler in touched { handler.flush() }
        touched.removeAll(keepingCapacity: true)
    }
}

/// One socket of the relay.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    let user: Address
    let device: DeviceID
    private let encoding: ClientEncoding
    private let directory: RelayDirectory
    private var context: ChannelHandlerContext?
    private var hasUnflushed = false

    init(user: Address, encoding: ClientEncoding, directory: RelayDirectory) {
        self.user = user
        self.encoding = encoding
        self.directory = directory
        device = (UInt64(user.text.dropFirst("floor-".count)) ?? 0) + 1
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        directory.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        directory.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var frame = unwrapInboundIn(data)
        guard frame.opcode == .binary || frame.opcode == .text else {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        if let key = frame.maskKey { frame.data.webSocketUnmask(key) }
        do {
            handle(try ClientFrameCodec.decodeClientFrame(frame.data.readableBytesSpan, encoding))
        } catch {
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        directory.flush()
    }

    /// Whether this is the first frame since the last flush.
    func write(_ frame: ServerFrame) -> Bool {
        guard let context else { return false }
        let bytes = context.channel.allocator.buffer(bytes: ClientFrameCodec.encode(frame, encoding))
        let opcode: WebSocketOpcode = encoding.isText ? .text : .binary
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: bytes)), promise: nil)
        defer { hasUnflushed = true }
        return !hasUnflushed
    }

    func flush() {
        hasUnflushed = false
        context?.flush()
    }

    private func handle(_ frame: ClientFrame) {
        switch frame {
        case .hello:
            directory.send(.welcome(.init(user: user, device: device, node: "relay", window: 256)), to: user)
            directory.send(.drained, to: user)
        case .send(let send):
            guard let to = Address(send.to) else { return }
            directory.send(.sent(to: to, stream: send.stream, upTo: send.number), to: user)
            directory.send(
                .message(
                    .init(
                        from: user, key: StreamKey(device: device, stream: send.stream), number: send.number,
                        content: send.content, sentAtMilliseconds: 0)), to: to)
        case .ack(let key, let upTo):
            guard let sender = directory.user(of: key.device) else { return }
            directory.send(
                .receipt(.init(reader: user, key: key, deliveredUpTo: upTo, readUpTo: 0)), to: sender)
        case .ping(let nonce): directory.send(.pong(nonce: nonce), to: user)
        case .read, .receiptsKnown, .query, .watch, .typing: break
        }
    }
}
