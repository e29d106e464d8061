/// Bytes of a segment that can no longer be read.
public struct DamagedBytes: Hashable, Sendable {
    /// The number of the segment; no later segment gets it again.
    public let segment: UInt32
    /// Where they begin, in bytes from the start of the segment.
    public let from: UInt32
    /// Where they end.
    public let upTo: UInt32

    /// Names bytes of a segment.
    public init(segment: UInt32, from: UInt32, upTo: UInt32) {
        self.segment = segment
        self.from = from
        self.upTo = upTo
    }
}

/// A slot and the parts of the log in which something of it cannot be read.
public struct SlotDamage: Equatable, Sendable {
    /// The slot.
    public let slot: Slot
    /// Where something of it was, or may have been.
    public let parts: [DamagedBytes]

    /// Makes an entry.
    public init(slot: Slot, parts: [DamagedBytes]) {
        self.slot = slot
        self.parts = parts
    }
}
