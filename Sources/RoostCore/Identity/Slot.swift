/// One of the equal arcs of the consistent-hash ring, counted from 0. Which key falls on which says ``SlotCount/slot(of:)``.
@frozen
public struct Slot: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The position on the ring, below the ring's ``SlotCount``.
    public let index: UInt16

    /// Makes the slot at `index`, which must be below ``SlotCount/most``.
    @inlinable
    public init(_ index: Int) {
        precondition(index >= 0 && index <= UInt16.max, "slot \(index)")
        self.index = UInt16(truncatingIfNeeded: index)
    }

    /// By position on the ring.
    @inlinable
    public static func < (left: Slot, right: Slot) -> Bool {
        left.index < right.index
    }

    /// The part of a node's event loops that a slot falls to: the loop at this place of `count`.
    @inlinable
    public func shard(of count: Int) -> Int {
        Int(index) % count
    }

    /// The index in decimal.
    public var description: String {
        String(index)
    }
}
