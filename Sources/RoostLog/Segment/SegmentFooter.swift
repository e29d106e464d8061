import RoostCore

/// The end of a sealed segment: where its indexes are, and what each slot has in it.
public struct SegmentFooter: Equatable, Sendable {
    /// What one slot has in the segment.
    public struct SlotUsage: Equatable, Sendable {
        /// The slot.
        public let slot: Slot
        /// Its records.
        public internal(set) var records: Int
        /// What they count for, see ``LogFormat/accountedBytes(bodyBytes:)``.
        public internal(set) var accountedBytes: Int
    }

    /// Where the index blocks begin.
    public let indexOffsets: [Int]
    /// The slots that have anything in the segment, in order.
    public let slots: [SlotUsage]
    /// The sequence number behind the segment's last record.
    public let nextLSN: UInt64

    /// Whether some records belong to slots that are not listed: an entry without records, of the last slot that there can be.
    public var isOfManySlots: Bool { slots.last.map { $0.records == 0 } ?? false }

    /// The entry that says so.
    static let manySlots = SlotUsage(slot: Slot(SlotCount.most.value - 1), records: 0, accountedBytes: 0)

    /// All records of the segment.
    public var records: Int { slots.reduce(0) { $0 + $1.records } }

    /// What all records of the segment count for.
    public var accountedBytes: Int { slots.reduce(0) { $0 + $1.accountedBytes } }

    init(indexOffsets: [Int], slots: [SlotUsage], nextLSN: UInt64) {
        self.indexOffsets = indexOffsets
        self.slots = slots
        self.nextLSN = nextLSN
    }

    func encode(into output: inout RawBytes) {
        output.appendFixed(nextLSN)
        output.appendVarint(indexOffsets.count)
        for offset in indexOffsets { output.appendFixed(UInt32(offset)) }
        output.appendVarint(slots.count)
        for usage in slots {
            output.appendFixed(usage.slot.index)
            output.appendVarint(usage.records)
            output.appendVarint(usage.accountedBytes)
        }
    }

    init(decoding payload: [UInt8]) throws(LogError) {
        guard let footer = payload.withUnsafeBytes(SegmentFooter.decode) else { throw .payloadMalformed }
        self = footer
    }

    private static func decode(_ payload: UnsafeRawBufferPointer) -> SegmentFooter? {
        var reader = RawReader(payload)
        guard let nextLSN = reader.fixed(UInt64.self), let indexes = reader.varint(limit: payload.count / 4) else {
            return nil
        }
        var offsets: [Int] = []
        for _ in 0..<indexes {
            guard let offset = reader.fixed(UInt32.self) else { return nil }
            offsets.append(Int(offset))
        }
        guard let count = reader.varint(limit: SlotCount.most.value) else { return nil }
        var slots: [SlotUsage] = []
        for _ in 0..<count {
            guard let slot = reader.slot(), let records = reader.varint(limit: Int(UInt32.max)),
                let bytes = reader.varint(limit: Int(UInt32.max) * 2)
            else { return nil }
            slots.append(SlotUsage(slot: slot, records: records, accountedBytes: bytes))
        }
        return reader.left == 0 ? SegmentFooter(indexOffsets: offsets, slots: slots, nextLSN: nextLSN) : nil
    }

    /// Where the footer block is, by the block that ends a sealed segment.
    /// - Parameters:
    ///   - bytes: the last ``LogFormat/endBlockBytes`` of the file.
    ///   - name: the segment.
    ///   - fileBytes: length of the file.
    /// - Returns: the offsets of the footer block.
    /// - Throws: ``LogError/notSealed`` where no such block is, another error where it is damaged.
    public static func range(
        endBlock bytes: UnsafeRawBufferPointer, name: SegmentName, fileBytes: Int
    ) throws(LogError) -> Range<Int> {
        let offset = fileBytes - LogFormat.endBlockBytes
        guard offset >= LogFormat.segmentHeaderBytes, bytes.count == LogFormat.endBlockBytes else { throw .notSealed }
        let header: BlockHeader
        do throws(LogError) {
            header = try BlockHeader(decoding: bytes, name: name, offset: offset)
        } catch {
            throw .notSealed
        }
        guard header.type == .end, header.storedBytes == LogFormat.endPayloadBytes else { throw .notSealed }
        return try range(endPayload: try header.payload(from: payload(of: bytes)), endOffset: offset)
    }

    static func range(endPayload payload: [UInt8], endOffset: Int) throws(LogError) -> Range<Int> {
        let parts = payload.withUnsafeBytes { bytes -> (UInt32, UInt32)? in
            var reader = RawReader(bytes)
            guard let offset = reader.fixed(UInt32.self), let length = reader.fixed(UInt32.self) else { return nil }
            return reader.left == 0 ? (offset, length) : nil
        }
        guard let (footerOffset, footerBytes) = parts, Int(footerOffset) >= LogFormat.segmentHeaderBytes,
            Int(footerBytes) <= LogFormat.decodedBytesMax + LogFormat.blockHeaderBytes,
            Int(footerOffset) + Int(footerBytes) == endOffset
        else { throw .payloadMalformed }
        return Int(footerOffset)..<endOffset
    }

    /// Reads the footer block.
    /// - Parameters:
    ///   - bytes: the block, header and all.
    ///   - name: the segment.
    ///   - offset: where the block begins.
    /// - Throws: what is wrong with the block.
    public init(block bytes: UnsafeRawBufferPointer, name: SegmentName, offset: Int) throws(LogError) {
        let header = try BlockHeader(decoding: bytes, name: name, offset: offset)
        guard header.type == .footer else { throw .blockMisplaced }
        try self.init(decoding: try header.payload(from: payload(of: bytes)))
    }
}

/// What follows a block's header.
func payload(of block: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: block[min(block.count, LogFormat.blockHeaderBytes)...])
}
