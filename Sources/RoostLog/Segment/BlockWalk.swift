import RoostCore

/// Steps through the blocks of a piece of a segment, checking each, and past bytes that are no block to the next one that is.
public struct BlockWalk {
    /// What the next bytes are.
    public enum Step: Sendable {
        /// A block of records.
        case records(RecordBlock)
        /// An index.
        case index(SegmentIndex, BlockHeader)
        /// The footer.
        case footer(SegmentFooter, BlockHeader)
        /// The end of a sealed segment.
        case end(BlockHeader)
        /// Bytes that are no block, up to where the next one may begin.
        case bad(Range<Int>)
        /// No more whole block in this piece: go on from this offset with a piece that begins there.
        case exhausted(at: Int)
    }

    /// Where the next step begins, in bytes from the segment's start.
    public private(set) var offset: Int
    private let piece: UnsafeRawBufferPointer
    private let pieceOffset: Int
    private let name: SegmentName
    private let isLastPiece: Bool

    /// Begins at the piece's first byte.
    /// - Parameters:
    ///   - piece: bytes of the segment, which must outlive the walk.
    ///   - pieceOffset: where in the segment they begin.
    ///   - name: the segment.
    ///   - isLastPiece: whether the file ends with them.
    public init(_ piece: UnsafeRawBufferPointer, at pieceOffset: Int, of name: SegmentName, isLastPiece: Bool) {
        self.piece = piece
        self.pieceOffset = pieceOffset
        self.name = name
        self.isLastPiece = isLastPiece
        offset = pieceOffset
    }

    private var pieceEnd: Int { pieceOffset + piece.count }

    private func bytes(from offset: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: piece[(offset - pieceOffset)...])
    }

    /// Takes the next step. At the end of the last piece it is ``Step/exhausted(at:)`` with the file's length.
    public mutating func next() -> Step {
        guard offset < pieceEnd else { return .exhausted(at: offset) }
        let start = offset
        let rest = bytes(from: start)
        if !isLastPiece, rest.count < LogFormat.blockHeaderBytes { return .exhausted(at: start) }
        let header: BlockHeader
        do throws(LogError) {
            header = try BlockHeader(decoding: rest, name: name, offset: start)
        } catch {
            offset = nextHeader(after: start)
            return .bad(start..<offset)
        }
        if header.end > pieceEnd {
            guard isLastPiece else { return .exhausted(at: start) }
            offset = pieceEnd
            return .bad(start..<offset)
        }
        offset = header.end
        do throws(LogError) {
            return try decode(header, payload(of: rest))
        } catch {
            return .bad(start..<offset)
        }
    }

    private func decode(_ header: BlockHeader, _ stored: UnsafeRawBufferPointer) throws(LogError) -> Step {
        switch header.type {
        case .records:
            return .records(try header.records(from: stored))
        case .index:
            let index = try SegmentIndex(decoding: try header.payload(from: stored), records: header.records)
            return .index(index, header)
        case .footer:
            return .footer(try SegmentFooter(decoding: try header.payload(from: stored)), header)
        case .end:
            let payload = try header.payload(from: stored)
            _ = try SegmentFooter.range(endPayload: payload, endOffset: header.offset)
            return .end(header)
        }
    }

    /// The first place behind `start` where a header stands that belongs there. The tag and the offset in it keep what users
    /// wrote, which may look like a block, from being taken for one.
    private func nextHeader(after start: Int) -> Int {
        let lastCandidate = pieceEnd - LogFormat.blockHeaderBytes
        let first = UInt8(truncatingIfNeeded: LogFormat.blockMagic)
        var candidate = start + 1
        while candidate <= lastCandidate {
            let position = candidate - pieceOffset
            if piece[position] == first,
                UInt32(littleEndian: piece.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                    == LogFormat.blockMagic,
                isHeader(at: candidate)
            {
                return candidate
            }
            candidate += 1
        }
        return isLastPiece ? pieceEnd : max(start + 1, lastCandidate + 1)
    }

    private func isHeader(at offset: Int) -> Bool {
        do throws(LogError) {
            _ = try BlockHeader(decoding: bytes(from: offset), name: name, offset: offset)
            return true
        } catch {
            return false
        }
    }
}
