import RoostCore

/// Turns records into the bytes of one segment. It does no output: whoever owns it takes ``withPendingBytes(_:)`` to the
/// file, in order, from the offset ``writtenBytes``.
///
/// Records gather in an open block; the place of each is known at once. The block is closed when it is full or when
/// ``finishBlock()`` says that the batch ends. Index blocks follow by themselves.
public struct SegmentWriter: ~Copyable {
    /// What the segment's first bytes say.
    public let header: SegmentHeader
    /// Bytes taken to the file so far.
    public private(set) var writtenBytes = 0
    /// Records in the segment, those of the open block included.
    public private(set) var records = 0
    /// What they count for, see ``LogFormat/accountedBytes(bodyBytes:)``.
    public private(set) var accountedBytes = 0
    /// Whether the end has been written.
    public private(set) var isSealed = false

    private var pending = RawBytes(capacity: 2 * Limits.blockBytesMax)
    private var block = RawBytes(capacity: Limits.blockBytesMax)
    private var blockRecords = 0
    /// The open block's part of the index.
    private var blockIndex = RawBytes(capacity: 16 * 1024)
    private var index = RawBytes(capacity: indexBytesTarget)
    private var indexRecords = 0
    private var indexOffsets: [Int] = []
    private var isOfManySlots = false
    /// What each slot has here, up to the highest that has anything.
    private var usage: [SegmentFooter.SlotUsage] = []
    private let compressor = LZ4Compressor()

    /// An index is written when it has grown to this: large enough to compress well, small enough to keep in memory.
    private static let indexBytesTarget = Limits.blockBytesMax / 2

    /// The sequence number of the first record of a log.
    public static var firstLSN: UInt64 { 1 }

    /// Begins a segment; its header is the first thing pending.
    public init(header: SegmentHeader) {
        self.header = header
        header.encode(into: &pending)
    }

    /// Goes on behind the last block of a segment that was not sealed, to seal it.
    /// - Parameters:
    ///   - header: what the segment begins with.
    ///   - length: where its last valid block ends.
    public init(resuming header: SegmentHeader, at length: Int) {
        self.header = header
        writtenBytes = length
    }

    /// Counts a block that the segment holds already; each must be given once, in order, before anything is appended.
    public mutating func adopt(_ held: RecordBlock) {
        precondition(blockRecords == 0, "\(header.name) has records that were not written yet")
        for place in 0..<held.count {
            let entry = held.entry(at: place)
            SegmentIndex.append(
                slot: entry.slot, kind: entry.kind, head: entry.head, bodyBytes: entry.bodyBytes, to: &blockIndex)
            count(entry.slot, kind: entry.kind, bodyBytes: entry.bodyBytes)
        }
        addToIndex(offset: held.header.offset, records: held.count)
    }

    /// Bytes of the segment as it stands, the open block excluded.
    public var length: Int { writtenBytes + pending.count }

    /// Bytes of the open block's records, as they are before compression.
    public var openBlockBytes: Int { block.count }

    /// The sequence number of the next record.
    public var nextLSN: UInt64 { header.firstLSN + UInt64(records) }

    /// Whether a record is within the limits of the format.
    public static func accepts(_ record: LogRecord) -> Bool {
        record.head.count <= LogFormat.headBytesMax && record.body.count <= MessageContent.bytesMax
    }

    /// Adds a record, which must be within the limits, and says where it will stand.
    public mutating func append(_ record: LogRecord) -> LogLocation {
        precondition(!isSealed, "\(header.name) is sealed")
        precondition(
            SegmentWriter.accepts(record), "a record of \(record.head.count) + \(record.body.count) bytes is too long")
        let recordBytesMax = record.head.count + record.body.count + 16
        if block.count + recordBytesMax > Limits.blockBytesMax { finishBlock() }
        let location = LogLocation(segment: header.number, blockOffset: UInt32(length), index: UInt32(blockRecords))
        RecordBlock.append(record, to: &block)
        SegmentIndex.append(
            slot: record.slot, kind: record.kind, head: record.head, bodyBytes: record.body.count, to: &blockIndex)
        count(record.slot, kind: record.kind, bodyBytes: record.body.count)
        blockRecords += 1
        return location
    }

    private mutating func count(_ slot: Slot, kind: UInt8, bodyBytes: Int) {
        if LogFormat.kindsOfManySlots.contains(kind) { isOfManySlots = true }
        let bytes = LogFormat.accountedBytes(bodyBytes: bodyBytes)
        let place = Int(slot.index)
        while usage.count <= place {
            usage.append(SegmentFooter.SlotUsage(slot: Slot(usage.count), records: 0, accountedBytes: 0))
        }
        usage[place].records += 1
        usage[place].accountedBytes += bytes
        accountedBytes += bytes
        records += 1
    }

    /// Closes the open block, if it holds anything.
    public mutating func finishBlock() {
        guard blockRecords > 0 else { return }
        let offset = length
        SegmentWriter.appendBlock(
            .records, payload: block.bytes, lsn: nextLSN - UInt64(blockRecords), records: blockRecords, offset: offset,
            tag: header.name.tag, compressor: compressor, to: &pending)
        block.clear()
        let records = blockRecords
        blockRecords = 0
        addToIndex(offset: offset, records: records)
    }

    private mutating func addToIndex(offset: Int, records: Int) {
        if index.count + blockIndex.count + 20 > Limits.blockBytesMax { finishIndex() }
        index.appendVarint(offset)
        index.appendVarint(records)
        index.append(blockIndex.bytes)
        indexRecords += records
        blockIndex.clear()
        if index.count >= SegmentWriter.indexBytesTarget { finishIndex() }
    }

    /// Ends the segment: nothing can be appended any more, and at the next start its footer is read in place of its blocks.
    public mutating func seal() {
        precondition(!isSealed, "\(header.name) is sealed")
        finishBlock()
        finishIndex()
        let slots = usage.filter { $0.records > 0 } + (isOfManySlots ? [SegmentFooter.manySlots] : [])
        let footer = SegmentFooter(indexOffsets: indexOffsets, slots: slots, nextLSN: nextLSN)
        let footerOffset = length
        block.clear()
        footer.encode(into: &block)
        SegmentWriter.appendBlock(
            .footer, payload: block.bytes, lsn: nextLSN, records: 0, offset: footerOffset, tag: header.name.tag,
            compressor: compressor, to: &pending)
        let endOffset = length
        block.clear()
        block.appendFixed(UInt32(footerOffset))
        block.appendFixed(UInt32(endOffset - footerOffset))
        SegmentWriter.appendBlock(
            .end, payload: block.bytes, lsn: nextLSN, records: 0, offset: endOffset, tag: header.name.tag,
            compressor: compressor, to: &pending)
        block.clear()
        isSealed = true
    }

    /// What is to be written at ``writtenBytes``.
    public func withPendingBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(pending.bytes)
    }

    /// Bytes that wait to be written.
    public var pendingBytes: Int { pending.count }

    /// Everything pending has been written.
    public mutating func pendingWritten() {
        writtenBytes += pending.count
        pending.clear()
    }

    private mutating func finishIndex() {
        guard indexRecords > 0 else { return }
        let offset = length
        SegmentWriter.appendBlock(
            .index, payload: index.bytes, lsn: nextLSN, records: indexRecords, offset: offset,
            tag: header.name.tag, compressor: compressor, to: &pending)
        indexOffsets.append(offset)
        index.clear()
        indexRecords = 0
    }

    private static func appendBlock(
        _ type: BlockType, payload: UnsafeRawBufferPointer, lsn: UInt64, records: Int, offset: Int, tag: UInt64,
        compressor: borrowing LZ4Compressor, to output: inout RawBytes
    ) {
        let room = output.room(LogFormat.blockHeaderBytes + payload.count)
        let target = UnsafeMutableRawBufferPointer(rebasing: room[LogFormat.blockHeaderBytes...])
        let usefulBytes = Int(Double(payload.count) * LogFormat.compressedShareMax)
        // Too little room makes LZ4 give up: that is the test of whether it is worth it.
        let useful = UnsafeMutableRawBufferPointer(rebasing: target[..<usefulBytes])
        let compressed = type == .end ? nil : compressor.compress(payload, into: useful)
        if compressed == nil { target.copyMemory(from: payload) }
        let storedBytes = compressed ?? payload.count
        let header = BlockHeader(
            type: type, encoding: compressed == nil ? .raw : .lz4, storedBytes: storedBytes,
            decodedBytes: payload.count, tag: tag, lsn: lsn, records: records, offset: offset,
            payloadChecksum: CRC32C.checksum(UnsafeRawBufferPointer(rebasing: target[..<storedBytes])))
        header.encode(into: UnsafeMutableRawBufferPointer(rebasing: room[..<LogFormat.blockHeaderBytes]))
        output.commit(LogFormat.blockHeaderBytes + storedBytes)
    }
}
