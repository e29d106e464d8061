/// What a device shows to be let in: `<user>.<device, 16 hexadecimal digits>.<secret, 43 characters of base64url>`.
///
/// The cluster keeps only the hash of the secret.
public struct AccessToken: Equatable, Sendable {
    /// The bytes of a secret.
    public static let secretBytes = 32

    /// Whose token.
    public let user: UserName
    /// Which device's.
    public let device: DeviceID
    /// 256 random bits.
    public let secret: [UInt8]

    /// Makes a token; `secret` must be ``secretBytes`` long.
    public init(user: UserName, device: DeviceID, secret: [UInt8]) {
        precondition(secret.count == AccessToken.secretBytes, "a secret of \(secret.count) bytes")
        self.user = user
        self.device = device
        self.secret = secret
    }

    /// Reads what ``text`` writes; `nil` for anything else. A user name may hold dots, so it is split from the right.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let second = bytes.lastIndex(of: UInt8(ascii: ".")),
            let first = bytes[..<second].lastIndex(of: UInt8(ascii: ".")), second - first == 17,
            let user = UserName(String(decoding: bytes[..<first], as: UTF8.self)),
            let secret = base64URLDecoded(bytes[(second + 1)...]), secret.count == AccessToken.secretBytes
        else { return nil }
        var device: DeviceID = 0
        for byte in bytes[(first + 1)..<second] {
            guard let digit = hexadecimalValue(of: byte) else { return nil }
            device = device << 4 | DeviceID(digit)
        }
        self.init(user: user, device: device, secret: secret)
    }

    /// SHA-256 of the secret.
    public var secretHash: [UInt8] { SHA256.hash(secret) }

    /// The token as the client keeps it.
    public var text: String {
        "\(user).\(hexadecimal(device)).\(base64URLEncoded(secret))"
    }
}

private let base64URLAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// RFC 4648 section 5, without padding.
private func base64URLEncoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var bits = 0
    var value: UInt32 = 0
    for byte in bytes {
        value = value << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
            bits -= 6
            text.append(base64URLAlphabet[Int(value >> UInt32(bits) & 63)])
        }
    }
    if bits > 0 { text.append(base64URLAlphabet[Int(value << UInt32(6 - bits) & 63)]) }
    return String(decoding: text, as: UTF8.self)
}

/// The bytes of an unpadded base64url text; `nil` when a character or the left-over bits are not of one.
private func base64URLDecoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits = 0
    var value: UInt32 = 0
    for character in text {
        guard let digit = base64URLAlphabet.firstIndex(of: character) else { return nil }
        value = (value << 6 | UInt32(digit)) & 0xFFFF
        bits += 6
        if bits >= 8 {
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
        }
    }
    guard bits < 6, value & (1 << UInt32(bits) - 1) == 0 else { return nil }
    return bytes
}
