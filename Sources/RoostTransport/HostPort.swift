/// Addresses as operators write them: `host:port`, an IPv6 host in brackets.
public enum HostPort {
    /// Splits at the last colon; `nil` when that leaves no host or no port of 1 to 65535.
    public static func split(_ address: String) -> (host: String, port: Int)? {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        var host = address[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : (String(host), port)
    }
}
