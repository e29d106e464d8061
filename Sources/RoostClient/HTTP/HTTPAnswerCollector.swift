import NIOCore
import NIOHTTP1

/// Collects one HTTP response on a channel and then closes the channel.
final class HTTPAnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answer: EventLoopPromise<HTTPAnswer>
    private let url: String
    private let bodyBytesMax: Int
    private var status = 0
    private var body: [UInt8] = []
    private var isDone = false

    init(answer: EventLoopPromise<HTTPAnswer>, url: String, bodyBytesMax: Int) {
        self.answer = answer
        self.url = url
        self.bodyBytesMax = bodyBytesMax
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
        case .body(let part):
            guard body.count + part.readableBytes <= bodyBytesMax else {
                finish(.failure(ClientError.malformedAnswer(url: url, reason: "more than \(bodyBytesMax) bytes")))
                return context.close(promise: nil)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            finish(.success(HTTPAnswer(status: status, body: body)))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(ClientError.malformedAnswer(url: url, reason: "\(error)")))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(ClientError.connectionLost(url: url)))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.failure(ClientError.connectionLost(url: url)))
    }

    private func finish(_ result: Result<HTTPAnswer, any Error>) {
        guard !isDone else { return }
        isDone = true
        answer.completeWith(result)
    }
}
