import Foundation

/// The answer to one HTTP request, read whole.
public struct HTTPAnswer: Equatable, Sendable {
    /// The status code.
    public let status: Int
    /// The body.
    public let body: [UInt8]

    /// Makes an answer.
    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// Whether the status says that the request was done.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The refusal that the body describes, `{"error":{"code","text"}}`, or one made of the status alone.
    public func refusal(of url: String) -> ClientError {
        struct Refusal: Decodable {
            struct Reason: Decodable {
                let code: String
                let text: String
            }
            let error: Reason
        }
        do {
            let reason = try JSONDecoder().decode(Refusal.self, from: Data(body)).error
            return .refused(url: url, status: status, code: reason.code, text: reason.text)
        } catch {
            let text = body.isEmpty ? "no reason given" : String(decoding: body.prefix(200), as: UTF8.self)
            return .refused(url: url, status: status, code: "HTTP_\(status)", text: text)
        }
    }
}
