/// The name of a user: 1 to 64 of `a-z 0-9 . _ -`. It is the key that places the user on the ring.
public struct UserName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name, in bytes and characters alike.
    public static let lengthMax = 64

    /// The name as written.
    public let text: String

    /// Takes `text` if it keeps the rule; `nil` otherwise.
    public init?(_ text: String) {
        var text = text
        guard text.withUTF8(UserName.isName) else { return nil }
        self.text = text
    }

    /// Whether bytes are a name.
    static func isName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.count <= lengthMax && bytes.allSatisfy(allows)
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// By bytes.
    public static func < (left: UserName, right: UserName) -> Bool {
        left.text < right.text
    }

    /// The name as written.
    public var description: String {
        text
    }
}
