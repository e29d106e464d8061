import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Guards an HTTP connection: it decides by the first request whether the connection becomes a WebSocket or goes on to
/// hummingbird, holds deadlines and limits, and answers what breaks them itself.
///
/// It sits between NIO's HTTP/1 codec and hummingbird's. A refusal waits for the answers of the requests before it.
final class HTTPEdgeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        /// Nothing is known yet. Can become `upgrading`, `serving` or `refused`.
        case awaitingFirstHead
        /// A good upgrade; waits for the end of its request. Ends with this handler's removal.
        case upgrading(HTTPRequestHead, UpgradeRequest.Reading)
        /// Requests go to hummingbird. Can become `refused`.
        case serving
        /// Nothing is passed on any more; the refusal is written when the answers before it are. Ends with the close.
        case refused(HTTPRefusal, isWritten: Bool)
    }

    let configuration: ClientPortConfiguration
    let loop: ClientPortLoop
    let outcome: EventLoopPromise<ClientPortOutcome>
    let meter: InboundMeter
    var state = State.awaitingFirstHead
    /// Requests that were passed on and whose answers are not complete.
    private var requestsInFlight = 0
    /// Whether the latest request's body is still coming.
    private var isReadingBody = false
    private var bodyBytes = 0
    /// Whether the answer that is being written has begun.
    private var hasBegunAnswer = false
    private var closesAfterAnswer = false
    private var deadline: Scheduled<Void>?

    init(
        configuration: ClientPortConfiguration, loop: ClientPortLoop, meter: InboundMeter,
        outcome: EventLoopPromise<ClientPortOutcome>
    ) {
        self.configuration = configuration
        self.loop = loop
        self.meter = meter
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        setDeadline(.roost(configuration.handshakeDeadline), context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        outcome.succeed(.taken)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        outcome.succeed(.taken)
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        meter.progressed()
        let part = unwrapInboundIn(data)
        switch (state, part) {
        case (.refused, _):
            break
        case (.awaitingFirstHead, .head(let head)):
            switch UpgradeRequest.read(head) {
            case .other: serve(head, context)
            case .refused(let refusal): refuse(refusal, context)
            case .webSocket(let encoding, let token): state = .upgrading(head, .webSocket(encoding, bearerToken: token))
            }
        case (.upgrading(let head, .webSocket(let encoding, let token)), .end):
            upgrade(head, encoding: encoding, bearerToken: token, context)
        case (.serving, .head(let head)):
            if case .refused(let refusal) = UpgradeRequest.read(head) {
                refuse(refusal, context)
            } else if head.uri.prefix(while: { $0 != "?" }) == UpgradeRequest.path {
                refuse(.upgradeTooLate, context)
            } else {
                passOn(head, context)
            }
        case (.serving, .body(let body)):
            bodyBytes += body.readableBytes
            guard bodyBytes <= configuration.bodyBytesMax else {
                return refuse(.bodyTooLarge(limit: configuration.bodyBytesMax), context)
            }
            context.fireChannelRead(data)
        case (.serving, .end):
            isReadingBody = false
            context.fireChannelRead(data)
            requestOrAnswerEnded(context)
        case (.awaitingFirstHead, .body), (.awaitingFirstHead, .end), (.upgrading, _):
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? HTTPParserError {
        case .headerOverflow: refuse(.headTooLarge(limit: configuration.headBytesMax), context)
        case .some: refuse(.malformed, context)
        case nil: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            closesAfterAnswer = true
            if requestsInFlight == 0 { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            if case .refused = state { return }
            if requestsInFlight == 0 { return context.close(promise: nil) }
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func serve(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        do {
            try context.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            let channel = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: context.channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            outcome.succeed(.http(channel))
        } catch {
            return context.close(promise: nil)
        }
        state = .serving
        passOn(head, context)
    }

    private func passOn(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if let length = head.headers.first(name: "Content-Length") {
            guard let length = Int(length), length <= configuration.bodyBytesMax else {
                return refuse(.bodyTooLarge(limit: configuration.bodyBytesMax), context)
            }
        }
        requestsInFlight += 1
        isReadingBody = true
        bodyBytes = 0
        // After a request with an upgrade that nobody wants the parser takes no other.
        if head.method == .CONNECT || !head.headers["Upgrade"].isEmpty { closesAfterAnswer = true }
        setDeadline(.roost(configuration.handshakeDeadline), context)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .refused(_, let isWritten) = state, isWritten {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            hasBegunAnswer = true
            if closesAfterAnswer { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            hasBegunAnswer = false
            requestsInFlight -= 1
            if case .serving = state, closesAfterAnswer, requestsInFlight == 0 {
                finish(after: data, promise, context)
            } else {
                context.write(data, promise: promise)
                requestOrAnswerEnded(context)
            }
        }
    }

    private func requestOrAnswerEnded(_ context: ChannelHandlerContext) {
        if case .refused(let refusal, _) = state { return writeIfDue(refusal, context) }
        if isReadingBody { return }
        let allowed = requestsInFlight == 0 ? configuration.idleDeadline : configuration.answerDeadline
        setDeadline(.roost(allowed), context)
    }

    /// Answers with `refusal` once the requests before it are answered, then ends the connection.
    func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        if case .refused = state { return }
        state = .refused(refusal, isWritten: false)
        outcome.succeed(.taken)
        setDeadline(.roost(configuration.answerDeadline), context)
        writeIfDue(refusal, context)
    }

    private func writeIfDue(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        // A request whose body was refused has itself been passed on: its answer will not be waited for.
        let ownRequests = isReadingBody ? 1 : 0
        guard requestsInFlight <= ownRequests else { return }
        state = .refused(refusal, isWritten: true)
        guard !hasBegunAnswer, requestsInFlight == ownRequests else { return context.close(promise: nil) }
        let (head, body) = refusal.response()
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        finish(after: wrapOutboundOut(.end(nil)), nil, context)
    }

    /// Writes the last part of the last answer, and ends the connection so that the client can read it.
    private func finish(after part: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        meter.startLingering()
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [meter] _ in meter.finishedWriting() }
        context.writeAndFlush(part, promise: written)
    }

    // MARK: Time

    private func setDeadline(_ amount: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { [self] in
            deadline = nil
            deadlinePassed(context)
        }
    }

    private func deadlinePassed(_ context: ChannelHandlerContext) {
        switch state {
        case .awaitingFirstHead, .upgrading: refuse(.timeout, context)
        case .serving where isReadingBody: refuse(.timeout, context)
        case .serving, .refused: context.close(promise: nil)
        }
    }
}

extension HTTPRefusal {
    fileprivate static let upgradeTooLate = HTTPRefusal(
        status: .badRequest, code: .badUpgrade, text: "only the first request of a connection can upgrade it")
}
