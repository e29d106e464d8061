import Foundation
import Testing

/// What a resource answered.
struct HTTPReply {
    let status: Int
    let headers: String
    let body: String

    /// The same for two bodies of the same fields in whatever order.
    var fields: [Character] { body.sorted() }

    /// The value of a field whose value is a string.
    subscript(_ field: String) -> String {
        guard let start = body.range(of: "\"\(field)\":\"")?.upperBound,
            let end = body[start...].firstIndex(of: "\"")
        else { return "" }
        return String(body[start..<end])
    }
}

extension TestServer {
    /// Asks for a resource on a connection of its own.
    func ask(_ method: String, _ path: String, _ body: String = "", token: String? = nil) async throws -> HTTPReply {
        let client = try await connect()
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        client.send(
            "\(method) \(path) HTTP/1.1\r\nConnection: close\r\n\(authorization)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(await client.waits { $0.isClosed })
        let parts = client.text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        return HTTPReply(
            status: client.text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0,
            headers: String(parts.first ?? ""), body: String(parts.dropFirst().first ?? ""))
    }

    /// Makes an account and returns the token of its first device.
    func register(_ name: String) async throws -> String {
        try await ask("POST", "/v1/users", #"{"name":"\#(name)","password":"correct horse","session":true}"#)["token"]
    }
}
