import RoostCore

/// The first 64 bytes of a segment's file.
///
/// `magic 8 | version 4 | number 4 | segment UUID 16 | node UUID 16 | first LSN 8 | zero 4 | CRC-32C of the rest 4`, little end
/// first.
public struct SegmentHeader: Equatable, Sendable {
    /// The segment's number.
    public let number: UInt32
    /// Minted for this file.
    public let id: UniqueID
    /// The node whose log it is part of.
    public let node: NodeID
    /// The sequence number of its first record.
    public let firstLSN: UInt64

    /// Makes a header.
    public init(number: UInt32, id: UniqueID, node: NodeID, firstLSN: UInt64) {
        self.number = number
        self.id = id
        self.node = node
        self.firstLSN = firstLSN
    }

    /// The file's name.
    public var name: SegmentName { SegmentName(number: number, id: id) }

    /// Reads a header, and checks that it is the one the file's name announces.
    public init(decoding bytes: UnsafeRawBufferPointer, name: SegmentName) throws(LogError) {
        guard bytes.count >= LogFormat.segmentHeaderBytes else { throw .segmentHeaderTruncated(bytes: bytes.count) }
        let checked = UnsafeRawBufferPointer(rebasing: bytes[..<(LogFormat.segmentHeaderBytes - 4)])
        var reader = RawReader(UnsafeRawBufferPointer(rebasing: bytes[..<LogFormat.segmentHeaderBytes]))
        guard reader.fixed(UInt64.self) == LogFormat.segmentMagic, let version = reader.fixed(UInt32.self),
            let number = reader.fixed(UInt32.self), let idHigh = reader.fixed(UInt64.self),
            let idLow = reader.fixed(UInt64.self), let nodeHigh = reader.fixed(UInt64.self),
            let nodeLow = reader.fixed(UInt64.self), let firstLSN = reader.fixed(UInt64.self),
            reader.fixed(UInt32.self) == 0, reader.fixed(UInt32.self) == CRC32C.checksum(checked)
        else { throw .segmentHeaderDamaged }
        guard version == LogFormat.version else { throw .versionUnknown(version) }
        self.init(
            number: number, id: UniqueID(high: idHigh, low: idLow), node: NodeID(high: nodeHigh, low: nodeLow),
            firstLSN: firstLSN)
        guard self.name == name else { throw .segmentMisnamed(header: self.name, file: name) }
    }

    func encode(into output: inout RawBytes) {
        let start = output.count
        output.appendFixed(LogFormat.segmentMagic)
        output.appendFixed(LogFormat.version)
        output.appendFixed(number)
        output.appendFixed(id.high)
        output.appendFixed(id.low)
        output.appendFixed(node.high)
        output.appendFixed(node.low)
        output.appendFixed(firstLSN)
        output.appendFixed(UInt32(0))
        output.appendFixed(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: output.bytes[start...])))
    }
}
