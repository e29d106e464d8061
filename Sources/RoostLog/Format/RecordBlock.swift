import RoostCore

/// The decoded records of one block.
///
/// A record is `slot 2 | kind 1 | head length varint | body length varint | head | body`.
public struct RecordBlock: Sendable {
    /// Where it is.
    public let header: BlockHeader
    private let payload: [UInt8]
    private let records: [Extent]

    /// Where in the payload a record's parts are.
    private struct Extent {
        let slot: Slot
        let kind: UInt8
        let head: Range<Int>
        let body: Range<Int>
    }

    /// Number of records.
    public var count: Int { records.count }

    /// Bytes it takes in memory, about.
    public var memoryBytes: Int { payload.count + records.count * MemoryLayout<Extent>.stride + 96 }

    /// Takes apart a decoded payload.
    init(header: BlockHeader, payload: [UInt8]) throws(LogError) {
        self.header = header
        self.payload = payload
        guard let records = payload.withUnsafeBytes({ RecordBlock.extents(of: $0, count: header.records) }) else {
            throw .payloadMalformed
        }
        self.records = records
    }

    private static func extents(of payload: UnsafeRawBufferPointer, count: Int) -> [Extent]? {
        // The smallest record takes five bytes: a larger count is not believed.
        guard count <= payload.count / 5 else { return nil }
        var records: [Extent] = []
        records.reserveCapacity(count)
        var reader = RawReader(payload)
        for _ in 0..<count {
            guard let slot = reader.slot(), let kind = reader.byte(),
                let headBytes = reader.varint(limit: LogFormat.headBytesMax),
                let bodyBytes = reader.varint(limit: MessageContent.bytesMax),
                let head = reader.skip(headBytes), let body = reader.skip(bodyBytes)
            else { return nil }
            records.append(
                Extent(slot: slot, kind: kind, head: head..<head + headBytes, body: body..<body + bodyBytes))
        }
        return reader.left == 0 ? records : nil
    }

    /// The location of a record.
    public func location(of index: Int, in segment: UInt32) -> LogLocation {
        LogLocation(segment: segment, blockOffset: UInt32(header.offset), index: UInt32(index))
    }

    /// A record without its body.
    public func entry(at index: Int) -> LogEntry {
        let extent = records[index]
        return LogEntry(
            slot: extent.slot, kind: extent.kind, head: Array(payload[extent.head]), bodyBytes: extent.body.count)
    }

    /// A whole record.
    public func record(at index: Int) -> LogRecord {
        let extent = records[index]
        return LogRecord(
            slot: extent.slot, kind: extent.kind, head: Array(payload[extent.head]), body: Array(payload[extent.body]))
    }

    /// A record in the bytes of this block.
    public func stored(at index: Int, in segment: UInt32) -> StoredRecord {
        let extent = records[index]
        return StoredRecord(
            at: location(of: index, in: segment), slot: extent.slot, kind: extent.kind, in: payload, head: extent.head,
            body: extent.body)
    }

    /// The length of a record's body.
    public func bodyBytes(at index: Int) -> Int {
        records[index].body.count
    }

    /// The body of a record.
    public func body(at index: UInt32) throws(LogError) -> [UInt8] {
        guard index < records.count else { throw .noSuchRecord(index: index, records: records.count) }
        return Array(payload[records[Int(index)].body])
    }

    /// The slots it touches, each once, in order.
    public var slots: [Slot] {
        Set(records.map(\.slot)).sorted()
    }

    static func append(_ record: LogRecord, to payload: inout RawBytes) {
        payload.appendFixed(record.slot.index)
        payload.append(record.kind)
        payload.appendVarint(record.head.count)
        payload.appendVarint(record.body.count)
        payload.append(record.head)
        payload.append(record.body)
    }
}

/// What an index keeps of a record: all but its body.
public struct LogEntry: Equatable, Sendable {
    /// The slot.
    public let slot: Slot
    /// The kind.
    public let kind: UInt8
    /// The head.
    public let head: [UInt8]
    /// Length of the body.
    public let bodyBytes: Int

    /// Makes an entry.
    public init(slot: Slot, kind: UInt8, head: [UInt8], bodyBytes: Int) {
        self.slot = slot
        self.kind = kind
        self.head = head
        self.bodyBytes = bodyBytes
    }
}
