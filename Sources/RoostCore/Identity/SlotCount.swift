/// How many slots a ring has: a power of two, fixed when the cluster is made.
///
/// The load of members differs by one replica at most, so the more slots there are, the more even it is: the largest share is at
/// most `1 + members / (3 × slots)` times the mean. What a ring costs grows with its slots: about 6.5 bytes of its record each.
public struct SlotCount: Hashable, Sendable, CustomStringConvertible {
    /// Binary digits of a slot's index.
    private let bits: UInt8

    private static let bitsRange: ClosedRange<UInt8> = 3...16

    /// Fewest slots.
    public static let least = SlotCount(bits: bitsRange.lowerBound)
    /// Most slots: enough for a thousand members.
    public static let most = SlotCount(bits: bitsRange.upperBound)
    /// What a cluster has when nobody says anything: even to one in a hundred up to a hundred members.
    public static let standard = SlotCount(bits: 12)

    private init(bits: UInt8) {
        self.bits = bits
    }

    /// Takes a power of two from ``least`` to ``most``; `nil` for any other number.
    public init?(_ count: Int) {
        guard count > 0, count.nonzeroBitCount == 1,
            SlotCount.bitsRange.contains(UInt8(count.trailingZeroBitCount))
        else { return nil }
        bits = UInt8(count.trailingZeroBitCount)
    }

    /// The count.
    public var value: Int { 1 << Int(bits) }

    /// All slots, ascending.
    public var slots: some RandomAccessCollection<Slot> { (0..<value).lazy.map { Slot($0) } }

    /// The slot of a key: the top binary digits of SHA-256 of its UTF-8 bytes.
    public func slot(of key: String) -> Slot {
        let digest = SHA256.hash(of: key)
        let top = UInt16(digest[0]) << 8 | UInt16(digest[1])
        return Slot(Int(top >> (16 - UInt16(bits))))
    }

    /// The count in decimal.
    public var description: String {
        String(value)
    }
}
