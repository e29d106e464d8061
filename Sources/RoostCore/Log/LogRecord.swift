/// One entry of the node's log as its users see it: a small head from which state is rebuilt at start, and a body that
/// is read only when it is asked for. The log itself gives no meaning to either.
public struct LogRecord: Equatable, Sendable {
    /// The slot whose data this is; it decides what a corruption touches.
    public var slot: Slot
    /// What the head means. The log stores it and gives it back.
    public var kind: UInt8
    /// Kept in the segment's footer as well, and so read back without the body. At most 96 KiB.
    public var head: [UInt8]
    /// Fetched by location. At most ``MessageContent/bytesMax``; may be empty.
    public var body: [UInt8]

    /// Makes a record.
    public init(slot: Slot, kind: UInt8, head: [UInt8], body: [UInt8] = []) {
        self.slot = slot
        self.kind = kind
        self.head = head
        self.body = body
    }
}

/// Where a record stands: a block of a segment, and the record's place in that block.
@frozen
public struct LogLocation: Hashable, Comparable, Sendable {
    /// The number of the segment, rising by one with each new one.
    public let segment: UInt32
    /// Where the block's header begins, in bytes from the start of the segment.
    public let blockOffset: UInt32
    /// The record's place in the block, from 0.
    public let index: UInt32

    /// Makes a location.
    @inlinable
    public init(segment: UInt32, blockOffset: UInt32, index: UInt32) {
        self.segment = segment
        self.blockOffset = blockOffset
        self.index = index
    }

    /// By place in the log, the oldest segment first.
    @inlinable
    public static func < (left: LogLocation, right: LogLocation) -> Bool {
        (left.segment, left.blockOffset, left.index) < (right.segment, right.blockOffset, right.index)
    }
}
