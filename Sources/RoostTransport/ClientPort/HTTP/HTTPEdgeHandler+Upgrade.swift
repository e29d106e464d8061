import NIOCore
import NIOHTTP1
import NIOWebSocket
import RoostCore
import RoostWire

extension HTTPEdgeHandler {
    /// Answers `101`, takes everything HTTP out of the pipeline and puts the WebSocket in.
    func upgrade(
        _ request: HTTPRequestHead, encoding: ClientEncoding, bearerToken: String?, _ context: ChannelHandlerContext
    ) {
        HTTPEdgeHandler.upgrader
            .buildUpgradeResponse(channel: context.channel, upgradeRequest: request, initialResponseHeaders: [:])
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(var headers):
                    headers.add(name: "Sec-WebSocket-Protocol", value: encoding.subprotocol)
                    do {
                        try self.becomeWebSocket(headers, encoding, bearerToken, context)
                    } catch {
                        context.close(promise: nil)
                    }
                case .failure:
                    self.refuse(.badUpgrade, context)
                }
            }
    }

    private func becomeWebSocket(
        _ headers: HTTPHeaders, _ encoding: ClientEncoding, _ bearerToken: String?, _ context: ChannelHandlerContext
    ) throws {
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)

        let options = context.channel.syncOptions
        try options?.setOption(.allowRemoteHalfClosure, value: false)
        try options?.setOption(
            .writeBufferWaterMark,
            value: .init(low: Limits.clientOutboundBytesMax / 4, high: Limits.clientOutboundBytesMax))

        let pipeline = context.pipeline.syncOperations
        try pipeline.addHandler(WebSocketHandler(loop: loop, encoding: encoding, bearerToken: bearerToken))
        // The decoder goes last and one turn of the loop later: what it holds beyond the request passes on to the
        // WebSocket then, as a read cycle of its own.
        let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        _ = pipeline.removeHandler(encoder)
        _ = pipeline.removeHandler(meter)
        _ = pipeline.removeHandler(self)
        let channel = context.channel
        pipeline.removeHandler(decoder).whenComplete { _ in channel.pipeline.fireChannelReadComplete() }
    }

    /// Computes `Sec-WebSocket-Accept`; everything else of the handshake is decided by ``UpgradeRequest``.
    private static let upgrader = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
}

extension HTTPRefusal {
    fileprivate static let badUpgrade = HTTPRefusal(
        status: .badRequest, code: .badUpgrade, text: "a header of the WebSocket upgrade is missing or doubled")
}
