/// The name of what has a place on the ring, and so owners: a user, a group, or something that is kept by itself.
///
/// | text | what |
/// |---|---|
/// | `alice` | a user |
/// | `~5f0c2a91d3e4b687` | a group, by its number in hexadecimal |
/// | `@` and 32 hexadecimal digits | who has an e-mail address, by the hash of the address |
/// | `+` and 32 hexadecimal digits | who has a telephone number, by the hash of the number |
/// | `alice/people`, `~5f0c2a91d3e4b687/order` | a part of a user's or a group's data, with a register of its own |
///
/// A part has the place of the whole, so that its owners are the same.
public struct Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What an address names.
    public enum Kind: Equatable, Sendable {
        /// A user.
        case user
        /// A group.
        case group
        /// Who has an e-mail address or a telephone number.
        case claim
        /// A part of a user's or a group's data.
        case part
    }

    /// The longest text, in bytes and characters alike: a user name and the name of a part.
    public static let lengthMax = UserName.lengthMax + 1 + partLengthMax
    /// The longest name of a part.
    private static let partLengthMax = 16

    /// The address as written.
    public let text: String

    /// Takes `text` if it is an address; `nil` otherwise.
    public init?(_ text: String) {
        var text = text
        guard text.withUTF8(Address.isAddress) else { return nil }
        self.text = text
    }

    /// Takes bytes if they are an address; `nil` otherwise. One pass and, for most names, no allocation: every message between nodes
    /// and every record of the log has two of them.
    init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard Address.isAddress(bytes) else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    private static func isAddress(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else {
            return isGroup(bytes) || isClaim(bytes) || UserName.isName(bytes)
        }
        let whole = UnsafeBufferPointer(rebasing: bytes[..<slash])
        let part = bytes[(slash + 1)...]
        return (isGroup(whole) || UserName.isName(whole)) && !part.isEmpty && part.count <= partLengthMax
            && part.allSatisfy { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
    }

    /// The address of a user.
    public init(_ user: UserName) {
        text = user.text
    }

    /// The address of a group.
    public init(group: GroupID) {
        text = "~" + hexadecimal(group)
    }

    private init(checked text: String) {
        self.text = text
    }

    /// Where it is kept who has this e-mail address, in whatever letters it is written.
    public static func claim(email: String) -> Address {
        Address(checked: "@" + digest(of: email.lowercased()))
    }

    /// Where it is kept who has this telephone number.
    public static func claim(mobile: String) -> Address {
        Address(checked: "+" + digest(of: mobile))
    }

    private static func digest(of text: String) -> String {
        let hash = SHA256.hash(Array(text.utf8))
        func word(_ start: Int) -> UInt64 { hash[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return hexadecimal(word(0)) + hexadecimal(word(8))
    }

    /// What it names.
    public var kind: Kind {
        var text = text
        if text.withUTF8({ $0.contains(UInt8(ascii: "/")) }) { return .part }
        return switch text.utf8.first {
        case UInt8(ascii: "~"): .group
        case UInt8(ascii: "@"), UInt8(ascii: "+"): .claim
        default: .user
        }
    }

    /// Whose address it is; `nil` for anything but a user.
    public var user: UserName? { UserName(text) }

    /// Which group's address it is; `nil` for anything but a group.
    public var group: GroupID? {
        guard kind == .group else { return nil }
        return text.utf8.dropFirst().reduce(GroupID(0)) { $0 << 4 | GroupID(hexadecimalValue(of: $1) ?? 0) }
    }

    /// What decides on the place: the whole, for a part.
    public var placeText: Substring {
        text.prefix { $0 != "/" }
    }

    /// A part of what this address names; `part` is 1 to 16 of `a-z`.
    public func part(_ part: String) -> Address {
        guard kind == .user || kind == .group, let address = Address("\(text)/\(part)") else {
            preconditionFailure("\(text) has no part \(part)")
        }
        return address
    }

    private static func isGroup(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count == 17 && bytes.first == UInt8(ascii: "~") && bytes.dropFirst().allSatisfy(isDigit)
    }

    private static func isClaim(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count == 33 && (bytes.first == UInt8(ascii: "@") || bytes.first == UInt8(ascii: "+"))
            && bytes.dropFirst().allSatisfy(isDigit)
    }

    /// Lower case only: one thing has one address.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }

    /// By bytes.
    public static func < (left: Address, right: Address) -> Bool {
        left.text < right.text
    }

    /// The address as written.
    public var description: String {
        text
    }
}

/// Names a group: 64 random bits drawn by the server when it is created, never reused, and never 0.
public typealias GroupID = UInt64
