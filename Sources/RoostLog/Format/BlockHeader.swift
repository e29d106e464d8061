import RoostCore

/// What a block holds.
public enum BlockType: UInt8, Sendable {
    /// A batch of records.
    case records = 1
    /// Heads and places of the records before it, back to the previous index.
    case index = 2
    /// Where the indexes are, and what each slot has in the segment.
    case footer = 3
    /// Where the footer is; the last block of a sealed segment.
    case end = 4
}

/// The 48 bytes before a block's payload.
///
/// `magic 4 | type 1 | encoding 1 | zero 2 | stored length 4 | decoded length 4 | segment tag 8 | LSN 8 | records 4 | own offset 4 |
/// CRC-32C of the payload as stored 4 | CRC-32C of the header's rest 4`, little end first.
public struct BlockHeader: Equatable, Sendable {
    /// How the payload is stored.
    public enum Encoding: UInt8, Sendable {
        /// As it is.
        case raw = 0
        /// LZ4 block format.
        case lz4 = 1
    }

    /// What the block holds.
    public let type: BlockType
    /// How the payload is stored.
    public let encoding: Encoding
    /// Length of the payload in the file.
    public let storedBytes: Int
    /// Length of the payload when decoded.
    public let decodedBytes: Int
    /// First half of the segment's UUID.
    public let tag: UInt64
    /// Sequence number of the block's first record, or of the next record where it holds none.
    public let lsn: UInt64
    /// Number of records it holds or, in an index, tells of.
    public let records: Int
    /// Where in the segment it begins.
    public let offset: Int
    /// CRC-32C of the payload as stored.
    public let payloadChecksum: UInt32

    /// Where in the segment the next block begins.
    public var end: Int { offset + LogFormat.blockHeaderBytes + storedBytes }

    /// Reads the header that begins `bytes` and checks that it belongs at this place of this segment.
    public init(decoding bytes: UnsafeRawBufferPointer, name: SegmentName, offset: Int) throws(LogError) {
        let length = LogFormat.blockHeaderBytes
        guard bytes.count >= length else { throw .blockTruncated(needed: length, left: bytes.count) }
        var reader = RawReader(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        guard reader.fixed(UInt32.self) == LogFormat.blockMagic, let type = reader.byte().flatMap(BlockType.init),
            let encoding = reader.byte().flatMap(Encoding.init), reader.fixed(UInt16.self) == 0,
            let storedBytes = reader.fixed(UInt32.self), let decodedBytes = reader.fixed(UInt32.self),
            let tag = reader.fixed(UInt64.self), let lsn = reader.fixed(UInt64.self),
            let records = reader.fixed(UInt32.self), let ownOffset = reader.fixed(UInt32.self),
            let payloadChecksum = reader.fixed(UInt32.self), let headerChecksum = reader.fixed(UInt32.self),
            headerChecksum == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<(length - 4)])),
            decodedBytes <= LogFormat.decodedBytesMax, storedBytes <= decodedBytes,
            encoding == .lz4 || storedBytes == decodedBytes
        else { throw .blockHeaderDamaged }
        guard tag == name.tag, ownOffset == offset else { throw .blockMisplaced }
        self.init(
            type: type, encoding: encoding, storedBytes: Int(storedBytes), decodedBytes: Int(decodedBytes), tag: tag,
            lsn: lsn, records: Int(records), offset: offset, payloadChecksum: payloadChecksum)
    }

    init(
        type: BlockType, encoding: Encoding, storedBytes: Int, decodedBytes: Int, tag: UInt64, lsn: UInt64,
        records: Int, offset: Int, payloadChecksum: UInt32
    ) {
        self.type = type
        self.encoding = encoding
        self.storedBytes = storedBytes
        self.decodedBytes = decodedBytes
        self.tag = tag
        self.lsn = lsn
        self.records = records
        self.offset = offset
        self.payloadChecksum = payloadChecksum
    }

    /// Writes the header into its 48 bytes.
    func encode(into target: UnsafeMutableRawBufferPointer) {
        var position = 0
        func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) {
                UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: $0)
                position += $0.count
            }
        }
        put(LogFormat.blockMagic)
        put(type.rawValue)
        put(encoding.rawValue)
        put(UInt16(0))
        put(UInt32(storedBytes))
        put(UInt32(decodedBytes))
        put(tag)
        put(lsn)
        put(UInt32(records))
        put(UInt32(offset))
        put(payloadChecksum)
        put(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: target[..<position])))
    }
}
