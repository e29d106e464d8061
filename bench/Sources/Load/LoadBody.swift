import RoostCore

/// The body of a load message: which pair and which number, so that the receiver can check it, then random bytes, others
/// in each message: what repeats itself the log would compress away.
struct LoadBody {
    /// What a protocol carries.
    enum Form: Sendable {
        /// Any bytes.
        case bytes
        /// Characters that need no escape in XML; pair and number are eight hexadecimal digits each.
        case text
    }

    static let headerBytes = 16

    private let form: Form
    private let seed: UInt64
    private var bytes: [UInt8]

    init(pair: Int, count: Int, seed: UInt64, form: Form) {
        self.form = form
        self.seed = seed
        bytes = [UInt8](repeating: 0, count: count)
        write(UInt64(pair), at: 0)
    }

    /// The body of message `number`: for one pair and number always the same, as a retry has to have it.
    mutating func body(number: StreamNumber) -> [UInt8] {
        write(number, at: LoadBody.headerBytes / 2)
        var random = SeededRandom(seed: seed &+ number &* 0xD129_0D3B_8B5C_6D6F)
        var offset = LoadBody.headerBytes
        while offset < bytes.count {
            var word = random.next()
            let end = min(offset + 8, bytes.count)
            while offset < end {
                let byte = UInt8(truncatingIfNeeded: word)
                bytes[offset] = form == .bytes ? byte : LoadBody.characters[Int(byte % 64)]
                word >>= 8
                offset += 1
            }
        }
        return bytes
    }

    /// Whether a body is the one of this pair and number.
    static func matches(_ body: [UInt8], pair: Int, number: StreamNumber, form: Form) -> Bool {
        read(body, at: 0, form) == UInt64(pair) && self.number(of: body, form: form) == number
    }

    /// The number that a body carries; `nil` when it is none of ours.
    static func number(of body: [UInt8], form: Form) -> StreamNumber? {
        read(body, at: headerBytes / 2, form)
    }

    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let digits = Array("0123456789abcdef".utf8)

    private mutating func write(_ value: UInt64, at offset: Int) {
        for index in 0..<8 {
            bytes[offset + index] =
                form == .bytes
                ? UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
                : LoadBody.digits[Int(value >> UInt64(4 * (7 - index)) & 15)]
        }
    }

    private static func read(_ body: [UInt8], at offset: Int, _ form: Form) -> UInt64? {
        guard body.count >= headerBytes else { return nil }
        var value: UInt64 = 0
        for index in 0..<8 {
            let byte = body[offset + index]
            switch form {
            case .bytes: value |= UInt64(byte) << UInt64(8 * index)
            case .text:
                guard let digit = digits.firstIndex(of: byte) else { return nil }
                value = value << 4 | UInt64(digit)
            }
        }
        return value
    }
}
