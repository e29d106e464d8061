/// Where the client port of a node is.
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an IP address, an IPv6 one without its brackets.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// The port of a URL that names none: the default client port.
    public static let portDefault = 7400

    /// Makes the address of `host` and `port`.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `http://host:port`, `ws://host:port` or `host:port`; the port may be missing, a final `/` is ignored.
    public init(_ text: String) throws(ClientError) {
        var rest = Substring(text)
        if let scheme = rest.firstRange(of: "://") {
            guard ["http", "ws"].contains(rest[..<scheme.lowerBound]) else { throw .invalidAddress(text) }
            rest = rest[scheme.upperBound...]
        }
        if rest.hasSuffix("/") { rest.removeLast() }
        let host: Substring
        var portText: Substring?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .invalidAddress(text) }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = rest.firstIndex(of: ":") {
            host = rest[..<colon]
            portText = rest[rest.index(after: colon)...]
        } else {
            host = rest
        }
        let allowed = host.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 < 0x7F && !"/?#@\\".utf8.contains($0) }
        guard !host.isEmpty, allowed else { throw .invalidAddress(text) }
        guard let port = portText.map({ Int($0) }) ?? NodeAddress.portDefault, (1...65535).contains(port) else {
            throw .invalidAddress(text)
        }
        self.init(host: String(host), port: port)
    }

    /// `host:port`, as an HTTP `Host` header has it.
    public var authority: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The address as a URL.
    public var description: String {
        "http://\(authority)"
    }
}
