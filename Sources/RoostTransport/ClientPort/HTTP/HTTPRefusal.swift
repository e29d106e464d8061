import Foundation
import NIOCore
import NIOHTTP1

/// An answer that ends an HTTP connection: the request was not one that could be passed on.
struct HTTPRefusal: Equatable, Sendable {
    let status: HTTPResponseStatus
    let code: ErrorAnswer.Code
    let text: String
    var headers: HTTPHeaders = [:]

    /// The head and the body to write.
    func response() -> (head: HTTPResponseHead, body: ByteBuffer) {
        let body = ErrorAnswer(code, text).json()
        var headers = headers
        headers.add(name: "Content-Type", value: ErrorAnswer.contentType)
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: "close")
        return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), body)
    }

    static func headTooLarge(limit: Int) -> HTTPRefusal {
        HTTPRefusal(
            status: .requestHeaderFieldsTooLarge, code: .headTooLarge,
            text: "a request head holds at most \(limit) bytes")
    }

    static func bodyTooLarge(limit: Int) -> HTTPRefusal {
        HTTPRefusal(status: .payloadTooLarge, code: .bodyTooLarge, text: "a request body holds at most \(limit) bytes")
    }

    static let timeout = HTTPRefusal(
        status: .requestTimeout, code: .requestTimeout, text: "the request did not arrive in time")

    static let malformed = HTTPRefusal(status: .badRequest, code: .badRequest, text: "this is not HTTP/1.1")
}
