import RoostCore

/// Why bytes of the log were refused.
public enum LogError: Error, Equatable, Sendable {
    /// The file ends within the segment's header.
    case segmentHeaderTruncated(bytes: Int)
    /// The segment's header does not match its checksum.
    case segmentHeaderDamaged
    /// The segment was written by another version of the format.
    case versionUnknown(UInt32)
    /// The header belongs to another file.
    case segmentMisnamed(header: SegmentName, file: SegmentName)
    /// The file ends within the block.
    case blockTruncated(needed: Int, left: Int)
    /// No block begins here, or its header does not match its checksum.
    case blockHeaderDamaged
    /// The block belongs to another segment or another place.
    case blockMisplaced
    /// The payload does not match its checksum.
    case payloadDamaged
    /// A payload that matches its checksum does not decode to what its header says.
    case payloadMalformed
    /// The block has no record of this number.
    case noSuchRecord(index: UInt32, records: Int)
    /// The segment has no footer: it was not sealed, or its end is damaged.
    case notSealed
}
