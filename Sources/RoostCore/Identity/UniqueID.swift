/// 128 bits that name one thing for ever, written as an RFC 9562 UUID in lower case.
@frozen
public struct UniqueID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big end first.
    public let high: UInt64
    /// The last eight bytes, big end first.
    public let low: UInt64

    /// Makes the ID of these two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws a version 4 UUID.
    public static func random(using generator: inout some RandomNumberGenerator) -> UniqueID {
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x0000_0000_0000_4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return UniqueID(high: high, low: low)
    }

    /// Reads the 36 characters that ``description`` writes; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var digits = [UInt64]()
        digits.reserveCapacity(32)
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexadecimalValue(of: byte) else { return nil }
            digits.append(UInt64(digit))
        }
        high = digits[..<16].reduce(0) { $0 << 4 | $1 }
        low = digits[16...].reduce(0) { $0 << 4 | $1 }
    }

    /// The 36 characters of the UUID, in lower case.
    public var description: String {
        let digits = Array((hexadecimal(high) + hexadecimal(low)).utf8)
        var text = [UInt8]()
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// By the bytes, big end first.
    public static func < (left: UniqueID, right: UniqueID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// Sixteen lower-case hexadecimal digits.
public func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// The value of one hexadecimal digit of either case; `nil` for any other byte.
public func hexadecimalValue(of byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

extension UniqueID {
    /// Whether every bit is zero: the id of nothing.
    public var isZero: Bool { high == 0 && low == 0 }
}
