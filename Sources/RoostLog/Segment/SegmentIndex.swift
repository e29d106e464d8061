import RoostCore

/// One index block of a segment: the entries of the record blocks written since the index before it.
///
/// For each block `offset varint | records varint`, then for each record `slot 2 | kind 1 | head length varint | body length varint
/// | head`.
public struct SegmentIndex: Equatable, Sendable {
    /// The entries of one record block.
    public struct Block: Equatable, Sendable {
        /// Where the block begins.
        public let offset: Int
        /// Its records, in order.
        public let entries: [LogEntry]
    }

    /// The blocks told of, in the order of the file.
    public let blocks: [Block]

    /// Reads an index block.
    /// - Parameters:
    ///   - bytes: the block, header and all.
    ///   - name: the segment.
    ///   - offset: where the block begins.
    /// - Throws: what is wrong with the block.
    public init(block bytes: UnsafeRawBufferPointer, name: SegmentName, offset: Int) throws(LogError) {
        let header = try BlockHeader(decoding: bytes, name: name, offset: offset)
        guard header.type == .index else { throw .blockMisplaced }
        try self.init(decoding: try header.payload(from: payload(of: bytes)), records: header.records)
    }

    init(decoding payload: [UInt8], records: Int) throws(LogError) {
        guard let blocks = payload.withUnsafeBytes(SegmentIndex.decode),
            blocks.reduce(0, { $0 + $1.entries.count }) == records
        else { throw .payloadMalformed }
        self.blocks = blocks
    }

    private static func decode(_ payload: UnsafeRawBufferPointer) -> [Block]? {
        var blocks: [Block] = []
        var reader = RawReader(payload)
        while reader.left > 0 {
            guard let offset = reader.varint(limit: Int(UInt32.max)), let count = reader.varint(limit: reader.left)
            else {
                return nil
            }
            var entries: [LogEntry] = []
            entries.reserveCapacity(count)
            for _ in 0..<count {
                guard let slot = reader.slot(), let kind = reader.byte(),
                    let headBytes = reader.varint(limit: LogFormat.headBytesMax),
                    let bodyBytes = reader.varint(limit: MessageContent.bytesMax), let start = reader.skip(headBytes)
                else { return nil }
                let head = Array(payload[start..<start + headBytes])
                entries.append(LogEntry(slot: slot, kind: kind, head: head, bodyBytes: bodyBytes))
            }
            blocks.append(Block(offset: offset, entries: entries))
        }
        return blocks
    }

    static func append(slot: Slot, kind: UInt8, head: [UInt8], bodyBytes: Int, to entries: inout RawBytes) {
        entries.appendFixed(slot.index)
        entries.append(kind)
        entries.appendVarint(head.count)
        entries.appendVarint(bodyBytes)
        entries.append(head)
    }
}
