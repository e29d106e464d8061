/// What a person can be found by besides the name, and nobody else can have at the same time: an e-mail address or a
/// telephone number.
///
/// Nobody checks here that the person really has it: that is for whoever sends the e-mail or the text message.
public struct Handle: Hashable, Sendable, CustomStringConvertible {
    /// The two sorts. A person has at most one of each.
    public enum Kind: UInt8, CaseIterable, Comparable, Sendable {
        /// An e-mail address.
        case email = 1
        /// A telephone number.
        case mobile = 2

        /// E-mail first.
        public static func < (left: Kind, right: Kind) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// Which sort.
    public let kind: Kind
    /// The e-mail address in lower case, or the number with its `+`.
    public let text: String

    /// Takes an e-mail address: printable ASCII, something on each side of one `@`, at most ``Limits/emailBytesMax`` bytes. `nil`
    /// otherwise. Letters beyond ASCII are refused because many of them look alike.
    public init?(email: String) {
        let bytes = Array(email.utf8)
        guard bytes.count <= Limits.emailBytesMax, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let at = bytes.firstIndex(of: UInt8(ascii: "@")), bytes.lastIndex(of: UInt8(ascii: "@")) == at, at > 0,
            at < bytes.count - 1
        else { return nil }
        kind = .email
        text = email.lowercased()
    }

    /// Takes a telephone number as ITU-T E.164 writes it: `+`, then 7 to 15 digits of which the first is not 0. `nil` otherwise.
    public init?(mobile: String) {
        let bytes = Array(mobile.utf8)
        guard bytes.first == UInt8(ascii: "+"), (8...16).contains(bytes.count), bytes[1] != UInt8(ascii: "0"),
            bytes.dropFirst().allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        kind = .mobile
        text = mobile
    }

    /// Takes `text` as a handle of this sort.
    public init?(_ kind: Kind, _ text: String) {
        switch kind {
        case .email: self.init(email: text)
        case .mobile: self.init(mobile: text)
        }
    }

    /// Where it is kept who has it.
    public var address: Address {
        switch kind {
        case .email: .claim(email: text)
        case .mobile: .claim(mobile: text)
        }
    }

    /// The handle as text.
    public var description: String {
        text
    }
}
