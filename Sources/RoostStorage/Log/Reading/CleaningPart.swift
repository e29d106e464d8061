import RoostCore
import RoostLog

/// A part of a segment that is being emptied: as many whole blocks as fit into a piece.
struct CleaningPart {
    private(set) var records: [StoredRecord] = []
    /// Where the next part begins; `nil` behind the last.
    private(set) var next: Int?

    /// Holds any block, and keeps what is offered at once small.
    private static let pieceBytes = 1024 * 1024

    init(of segment: SegmentFile, from offset: Int, skipsDamage: Bool) throws(StorageError) {
        let fileBytes = try segment.files.size(of: segment.file)
        let start = max(offset, LogFormat.segmentHeaderBytes)
        let end = min(fileBytes, start + CleaningPart.pieceBytes)
        guard start < end else { return }
        let bytes = try segment.files.read(segment.file, in: start..<end)
        let damaged = bytes.withUnsafeBytes { bytes -> Bool in
            var walk = BlockWalk(bytes, at: start, of: segment.name, isLastPiece: end == fileBytes)
            while true {
                switch walk.next() {
                case .records(let block):
                    for place in 0..<block.count {
                        records.append(block.stored(at: place, in: segment.name.number))
                    }
                case .index, .footer, .end:
                    continue
                case .bad where skipsDamage:
                    continue
                case .bad:
                    return true
                case .exhausted(let offset):
                    next = offset < fileBytes ? offset : nil
                    return false
                }
            }
        }
        if damaged { throw .log(segment.name, .payloadDamaged) }
    }
}
