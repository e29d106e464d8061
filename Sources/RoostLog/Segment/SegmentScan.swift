import RoostCore

/// Reads a whole segment block by block: what a start does with the tail of the log, and with any segment whose footer
/// cannot be used.
///
/// Bad bytes at the very end of the last segment, with nothing valid behind them, were never answered for: torn. Any others
/// are corruption.
public struct SegmentScan: Equatable, Sendable {
    /// The segment's header; `nil` when it is damaged.
    public private(set) var header: SegmentHeader?
    /// The footer, of a sealed segment.
    public private(set) var footer: SegmentFooter?
    /// Where the bytes end that are worth keeping: the file's length, unless the end is torn.
    public private(set) var validBytes = 0
    /// Bytes behind ``validBytes``.
    public private(set) var tornBytes = 0
    /// What cannot be read, in order.
    public private(set) var corruptions: [LogCorruption] = []
    /// Blocks of records that were read.
    public private(set) var blocks = 0
    /// Records that were read.
    public private(set) var records = 0
    /// What they count for, see ``LogFormat/accountedBytes(bodyBytes:)``.
    public private(set) var accountedBytes = 0
    /// Bytes of those blocks' payloads when decoded.
    public private(set) var decodedBytes = 0
    /// Bytes of those blocks' payloads in the file.
    public private(set) var storedBytes = 0
    /// The sequence number behind the last record that was read; 0 when there is none and no header.
    public private(set) var nextLSN: UInt64 = 0
    /// Whether the file ends as a sealed segment does.
    public private(set) var isSealed = false

    private var bad: [BadRange] = []
    private var indexOffsets: [Int] = []
    private var indexedSlots: [(offset: Int, slots: [Slot], isOfMany: Bool)] = []

    /// Bytes that are no block.
    private struct BadRange {
        var range: Range<Int>
        /// The block behind them goes on with the very next sequence number: they held no record.
        var isWithoutRecords = false
    }

    /// Reads `bytes`.
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the segment, by the file's name.
    ///   - isLast: whether it is the newest segment, whose end may be torn.
    ///   - visit: called with each block of records, in order.
    /// - Throws: ``LogError/versionUnknown(_:)`` and ``LogError/segmentMisnamed(header:file:)``; damage is no error.
    public init(
        _ bytes: UnsafeRawBufferPointer, of name: SegmentName, isLast: Bool, visit: (RecordBlock) -> Void
    ) throws(LogError) {
        let headerEnd = min(bytes.count, LogFormat.segmentHeaderBytes)
        do throws(LogError) {
            header = try SegmentHeader(decoding: bytes, name: name)
            nextLSN = header?.firstLSN ?? 0
        } catch .segmentHeaderDamaged, .segmentHeaderTruncated(_) {
            bad.append(BadRange(range: 0..<headerEnd))
        } catch {
            throw error
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes[headerEnd...])
        var walk = BlockWalk(body, at: headerEnd, of: name, isLastPiece: true)
        walkBlocks(&walk, visit)
        settleEnd(fileBytes: bytes.count, name: name, isLast: isLast)
    }

    private mutating func walkBlocks(_ walk: inout BlockWalk, _ visit: (RecordBlock) -> Void) {
        while true {
            switch walk.next() {
            case .records(let block):
                judgeBad(before: block.header)
                blocks += 1
                records += block.count
                accountedBytes += block.accountedBytes
                decodedBytes += block.header.decodedBytes
                storedBytes += block.header.storedBytes
                nextLSN = block.header.lsn + UInt64(block.count)
                isSealed = false
                visit(block)
            case .index(let index, let header):
                judgeBad(before: header)
                indexOffsets.append(header.offset)
                indexedSlots += index.blocks.map { block in
                    let isOfMany = block.entries.contains { LogFormat.kindsOfManySlots.contains($0.kind) }
                    return (block.offset, Set(block.entries.map(\.slot)).sorted(), isOfMany)
                }
                isSealed = false
            case .footer(let footer, let header):
                judgeBad(before: header)
                self.footer = footer
                isSealed = false
            case .end(let header):
                judgeBad(before: header)
                isSealed = footer != nil
            case .bad(let range):
                isSealed = false
                if let last = bad.last?.range, last.upperBound == range.lowerBound {
                    bad[bad.count - 1].range = last.lowerBound..<range.upperBound
                } else {
                    bad.append(BadRange(range: range))
                }
            case .exhausted:
                return
            }
        }
    }

    /// Every block says which record comes next: a good one behind bad bytes shows whether records stood there.
    private mutating func judgeBad(before header: BlockHeader) {
        guard let last = bad.last, last.range.upperBound == header.offset else { return }
        let isNextKnown = self.header != nil || records > 0
        bad[bad.count - 1].isWithoutRecords = isNextKnown && header.lsn == nextLSN
    }

    private mutating func settleEnd(fileBytes: Int, name: SegmentName, isLast: Bool) {
        validBytes = fileBytes
        if isLast, let last = bad.last?.range, last.upperBound == fileBytes {
            bad.removeLast()
            validBytes = last.lowerBound
            tornBytes = last.count
        }
        corruptions = bad.map { LogCorruption(segment: name.number, range: $0.range, slots: slots(of: $0)) }
    }

    /// Whose data stood in a bad range: by the indexes if all are there, else by the footer, else anybody's.
    private func slots(of bad: BadRange) -> LogCorruption.Slots {
        let range = bad.range
        if bad.isWithoutRecords || range.upperBound <= LogFormat.segmentHeaderBytes { return .these([]) }
        guard let footer else { return .all }
        guard Set(footer.indexOffsets).isSubset(of: indexOffsets) else {
            return footer.isOfManySlots ? .all : .these(footer.slots.map(\.slot))
        }
        let touched = indexedSlots.filter { range.contains($0.offset) }
        guard !touched.contains(where: \.isOfMany) else { return .all }
        return .these(Set(touched.flatMap(\.slots)).sorted())
    }

    /// Whether two scans found the same.
    public static func == (left: SegmentScan, right: SegmentScan) -> Bool {
        left.header == right.header && left.footer == right.footer && left.validBytes == right.validBytes
            && left.tornBytes == right.tornBytes && left.corruptions == right.corruptions
            && left.records == right.records && left.nextLSN == right.nextLSN && left.isSealed == right.isSealed
    }
}

extension RecordBlock {
    /// What its records count for, see ``LogFormat/accountedBytes(bodyBytes:)``.
    public var accountedBytes: Int {
        (0..<count).reduce(0) { $0 + LogFormat.accountedBytes(bodyBytes: bodyBytes(at: $1)) }
    }
}
