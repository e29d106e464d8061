import RoostCore

/// The fixed numbers of the log's format.
public enum LogFormat {
    /// The version that this code writes, and the only one it reads.
    public static let version: UInt32 = 1
    /// Bytes of a segment's header.
    public static let segmentHeaderBytes = 64
    /// Bytes of a block's header.
    public static let blockHeaderBytes = 48
    /// Bytes of the block that ends a sealed segment: always the same, so that it is found from the file's end.
    public static let endBlockBytes = blockHeaderBytes + endPayloadBytes
    /// Longest head of a record: a register's value with its address and ballots.
    public static let headBytesMax = 96 * 1024
    /// Longest payload of a block when decoded: a full block of records, or the index of one with its place.
    public static let decodedBytesMax = Limits.blockBytesMax + 1024
    /// What a record's head and framing count for in the accounts of live and dead bytes. A fixed figure, because those
    /// who report a record dead no longer have its head.
    public static let accountedHeadBytes = 64

    /// Kinds of records that belong to other slots besides the one that they name.
    public static let kindsOfManySlots: ClosedRange<UInt8> = 30...30

    static let endPayloadBytes = 8
    static let segmentMagic: UInt64 = 0x474F_4C54_534F_4F52
    static let blockMagic: UInt32 = 0x4B4C_4252
    /// LZ4 is kept when it saves at least a twentieth; below that the reader's work is not worth it.
    static let compressedShareMax = 0.95

    /// What a record with a body of this length counts for in the accounts of live and dead bytes.
    public static func accountedBytes(bodyBytes: Int) -> Int {
        bodyBytes + accountedHeadBytes
    }
}
