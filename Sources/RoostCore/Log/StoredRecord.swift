/// A record as it stands in the log, in the bytes of its block: most of what a cleaner looks at is dead, and nothing of that is copied.
public struct StoredRecord: Sendable {
    /// Where it stands.
    public let location: LogLocation
    /// The slot whose data it is.
    public let slot: Slot
    /// What the head means.
    public let kind: UInt8
    private let block: [UInt8]
    private let headRange: Range<Int>
    private let bodyRange: Range<Int>

    /// A record of a block.
    /// - Parameters:
    ///   - location: where it stands.
    ///   - slot: whose data it is.
    ///   - kind: what the head means.
    ///   - block: bytes that it shares with other records.
    ///   - head: where in them the head is.
    ///   - body: where in them the body is.
    public init(
        at location: LogLocation, slot: Slot, kind: UInt8, in block: [UInt8], head: Range<Int>, body: Range<Int>
    ) {
        self.location = location
        self.slot = slot
        self.kind = kind
        self.block = block
        headRange = head
        bodyRange = body
    }

    /// A record that has bytes of its own.
    public init(_ record: LogRecord, at location: LogLocation) {
        let headBytes = record.head.count
        self.init(
            at: location, slot: record.slot, kind: record.kind, in: record.head + record.body, head: 0..<headBytes,
            body: headBytes..<headBytes + record.body.count)
    }

    /// Its head, to be read.
    public var head: ByteReader { ByteReader(block, in: headRange) }

    /// A copy of it.
    public var record: LogRecord {
        LogRecord(slot: slot, kind: kind, head: Array(block[headRange]), body: body)
    }

    /// A copy of its body.
    public var body: [UInt8] { Array(block[bodyRange]) }
}
