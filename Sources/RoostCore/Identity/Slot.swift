/// One of the equal arcs of the consistent-hash ring, counted from 0.
@frozen
public struct Slot: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of slots of a cluster made by this version.
    public static let count = 1024

    /// The position on the ring, `0 ..< Slot.count`.
    public let index: UInt16

    /// Makes the slot at `index`, which must be below ``count``.
    @inlinable
    public init(_ index: Int) {
        precondition(index >= 0 && index < Slot.count, "slot \(index) is outside 0..<\(Slot.count)")
        self.index = UInt16(truncatingIfNeeded: index)
    }

    /// The slot of a key: the top ten bits of SHA-256 of its UTF-8 bytes.
    public init(of key: String) {
        let digest = SHA256.hash(of: key)
        index = UInt16(digest[0]) << 2 | UInt16(digest[1]) >> 6
    }

    /// By position on the ring.
    @inlinable
    public static func < (left: Slot, right: Slot) -> Bool {
        left.index < right.index
    }

    /// The index in decimal.
    public var description: String {
        String(index)
    }
}
