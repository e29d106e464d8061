import RoostCore

/// Bytes of a segment that can no longer be read, and whose data they were.
public struct LogCorruption: Equatable, Sendable {
    /// Whose data was there.
    public enum Slots: Equatable, Sendable {
        /// These slots', in order; none when only the log's own bookkeeping was hit.
        case these([Slot])
        /// Any slot's: nothing readable tells.
        case all
    }

    /// The number of the segment.
    public let segment: UInt32
    /// Offsets of the bytes in the segment's file.
    public let range: Range<Int>
    /// Whose data was there.
    public let slots: Slots

    /// Makes an entry.
    public init(segment: UInt32, range: Range<Int>, slots: Slots) {
        self.segment = segment
        self.range = range
        self.slots = slots
    }
}
