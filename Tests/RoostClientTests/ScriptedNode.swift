import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A node of a test: NIO's own HTTP and WebSocket server, which shows what a client does and sends what the test says.
struct ScriptedNode: Sendable {
    /// What a client did.
    enum Seen: Equatable, Sendable {
        case request(String, authorization: String?, body: String)
        case upgraded(authorization: String?)
        case frame(opcode: UInt8, isMasked: Bool, payload: [UInt8])
        case closed
    }

    let port: Int
    let seen: AsyncStream<Seen>
    private let server: any Channel
    private let latest: AsyncStream<any Channel>

    /// `answer` gives status and body for a request that is not an upgrade. The token “wrong” is refused an upgrade.
    static func start(
        answer: @escaping @Sendable (String) -> (status: Int, body: String) = { _ in (404, "") }
    ) async throws -> ScriptedNode {
        let (seen, continuation) = AsyncStream.makeStream(of: Seen.self)
        let (latest, upgraded) = AsyncStream.makeStream(of: (any Channel).self)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let upgrader = NIOWebSocketServerUpgrader(
                    maxFrameSize: 1 << 17,
                    shouldUpgrade: { channel, head in
                        let isRefused = head.headers["Authorization"].first == "Bearer wrong"
                        let asked = head.headers["Sec-WebSocket-Protocol"].first ?? ""
                        return channel.eventLoop.makeSucceededFuture(
                            isRefused ? nil : ["Sec-WebSocket-Protocol": asked])
                    },
                    upgradePipelineHandler: { channel, head in
                        channel.eventLoop.makeCompletedFuture {
                            continuation.yield(.upgraded(authorization: head.headers["Authorization"].first))
                            try channel.pipeline.syncOperations.addHandler(FrameRecorder(continuation))
                            upgraded.yield(channel)
                        }
                    })
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (
                        upgraders: [upgrader],
                        completionHandler: { context in
                            context.pipeline.syncOperations.removeHandler(name: "script", promise: nil)
                        }
                    )
                ).flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(
                        HTTPScript(continuation, answer), name: "script")
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedNode(port: server.localAddress?.port ?? 0, seen: seen, server: server, latest: latest)
    }

    /// The next client that has upgraded.
    func nextSocket() async -> ScriptedSocket? {
        var iterator = latest.makeAsyncIterator()
        return await iterator.next().map(ScriptedSocket.init)
    }

    /// The next thing that a client does.
    func next() async -> Seen? {
        var iterator = seen.makeAsyncIterator()
        return await iterator.next()
    }

    func stop() async throws {
        try await server.close()
    }
}

/// One client's socket, from the node's side.
struct ScriptedSocket: Sendable {
    let channel: any Channel

    /// Sends raw bytes, frames or not: they go out below NIO's encoder.
    func send(_ bytes: [UInt8]) async throws {
        try await channel.eventLoop.flatSubmit { [channel] in
            do {
                let encoder = try channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
                let done = channel.eventLoop.makePromise(of: Void.self)
                encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: done)
                return done.futureResult
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }

    /// Sends one unmasked frame with a payload below 126 bytes.
    func send(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) async throws {
        try await send([(isFinal ? 0x80 : 0) | opcode, UInt8(payload.count)] + payload)
    }

    func breakOff() async throws {
        try await channel.close()
    }
}

private final class FrameRecorder: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let seen: AsyncStream<ScriptedNode.Seen>.Continuation

    init(_ seen: AsyncStream<ScriptedNode.Seen>.Continuation) {
        self.seen = seen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        seen.yield(
            .frame(
                opcode: UInt8(webSocketOpcode: frame.opcode), isMasked: frame.maskKey != nil,
                payload: Array(frame.unmaskedData.readableBytesView)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        seen.yield(.closed)
    }
}

private final class HTTPScript: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let seen: AsyncStream<ScriptedNode.Seen>.Continuation
    private let answer: @Sendable (String) -> (status: Int, body: String)
    private var request = ""
    private var authorization: String?
    private var body = ""

    init(
        _ seen: AsyncStream<ScriptedNode.Seen>.Continuation,
        _ answer: @escaping @Sendable (String) -> (status: Int, body: String)
    ) {
        self.seen = seen
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = "\(head.method.rawValue) \(head.uri)"
            authorization = head.headers["Authorization"].first
        case .body(let part):
            body += String(buffer: part)
        case .end:
            seen.yield(.request(request, authorization: authorization, body: body))
            let (status, text) = answer(request)
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: status), headers: ["Content-Length": "\(text.utf8.count)"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
