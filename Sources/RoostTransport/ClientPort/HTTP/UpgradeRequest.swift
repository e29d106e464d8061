import Foundation
import NIOHTTP1
import RoostWire

/// What the first request of a connection turns out to be.
enum UpgradeRequest {
    /// The resource that is a WebSocket.
    static let path = "/v1/connect"

    /// The reading of one request head.
    enum Reading: Equatable {
        /// Some other resource.
        case other
        /// A WebSocket that may be opened.
        case webSocket(ClientEncoding, bearerToken: String?)
        /// A WebSocket that may not.
        case refused(HTTPRefusal)
    }

    /// Reads `head` by RFC 6455 section 4.2.1.
    static func read(_ head: HTTPRequestHead) -> Reading {
        guard head.uri.prefix(while: { $0 != "?" }) == path else { return .other }
        guard head.method == .GET else {
            return .refused(
                HTTPRefusal(
                    status: .methodNotAllowed, code: .methodNotAllowed, text: "\(path) takes GET only",
                    headers: ["Allow": "GET"]))
        }
        let isUpgrade =
            head.headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == "websocket" }
            && head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
        guard isUpgrade, head.version == .http1_1 else {
            return .refused(upgradeRequired("\(path) is a WebSocket: upgrade the connection"))
        }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else {
            return .refused(upgradeRequired("Sec-WebSocket-Version must be 13"))
        }
        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return .refused(bad(.badUpgrade, "Sec-WebSocket-Key must be 16 bytes in base64"))
        }
        guard head.headers["Transfer-Encoding"].isEmpty, head.headers["Content-Length"].allSatisfy({ $0 == "0" }) else {
            return .refused(bad(.badUpgrade, "an upgrade has no body"))
        }
        let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"]
        guard let encoding = offered.lazy.compactMap({ ClientEncoding(subprotocol: $0) }).first else {
            let known = ClientEncoding.allCases.map(\.subprotocol).joined(separator: " or ")
            return .refused(bad(.unknownSubprotocol, "Sec-WebSocket-Protocol must offer \(known)"))
        }
        return .webSocket(encoding, bearerToken: bearerToken(in: head.headers["Authorization"].first))
    }

    /// The token of an `Authorization` header of the bearer scheme (RFC 6750 section 2.1).
    static func bearerToken(in authorization: String?) -> String? {
        guard let authorization, authorization.prefix(7).lowercased() == "bearer " else { return nil }
        return String(authorization.dropFirst(7))
    }

    private static func upgradeRequired(_ text: String) -> HTTPRefusal {
        HTTPRefusal(
            status: .upgradeRequired, code: .upgradeRequired, text: text,
            headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
    }

    private static func bad(_ code: ErrorAnswer.Code, _ text: String) -> HTTPRefusal {
        HTTPRefusal(status: .badRequest, code: code, text: text)
    }
}
