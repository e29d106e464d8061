import RoostCore

/// What a segment's file name says: its number, and the first half of its UUID, so that its blocks can be told from
/// stray bytes even when its header is damaged. `0000000001-0123456789abcdef.segment`.
public struct SegmentName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Rises by one with each new segment.
    public let number: UInt32
    /// The first half of the segment's UUID; each block repeats it.
    public let tag: UInt64

    /// Names segment `number` with this UUID.
    public init(number: UInt32, id: UniqueID) {
        self.init(number: number, tag: id.high)
    }

    /// Names segment `number` whose UUID begins so.
    public init(number: UInt32, tag: UInt64) {
        self.number = number
        self.tag = tag
    }

    /// Reads a file name; `nil` for the name of anything else.
    public init?(fileName: String) {
        let bytes = Array(fileName.utf8)
        guard bytes.count == 35, bytes[10] == UInt8(ascii: "-"), fileName.hasSuffix(SegmentName.suffix),
            let number = UInt32(fileName.prefix(10)), bytes[..<10].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        var tag: UInt64 = 0
        for byte in bytes[11..<27] {
            guard let digit = hexadecimalValue(of: byte) else { return nil }
            tag = tag << 4 | UInt64(digit)
        }
        self.init(number: number, tag: tag)
    }

    /// The name of its file.
    public var fileName: String {
        let digits = String(number)
        return String(repeating: "0", count: 10 - digits.count) + digits + "-" + hexadecimal(tag) + SegmentName.suffix
    }

    /// The number.
    public var description: String {
        "segment \(number)"
    }

    /// By number, the oldest first.
    public static func < (left: SegmentName, right: SegmentName) -> Bool {
        (left.number, left.tag) < (right.number, right.tag)
    }

    private static let suffix = ".segment"
}
