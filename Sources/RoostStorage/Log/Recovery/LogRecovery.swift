import RoostCore
import RoostLog

/// A log as a start found it.
struct RecoveredLog: Sendable {
    var report = LogReplayReport()
    var segments: [SegmentState] = []
    /// For the segment that is begun next.
    var nextNumber: UInt32 = 1
    var nextLSN = SegmentWriter.firstLSN
    /// Files of segments without records. They go when the next segment says how far the log has got: until then one of
    /// them may be the only one that does.
    var leftovers: [String] = []
}

/// Reads a log at start: the footers of sealed segments, the blocks of the others. Mends the end of the newest one: what is
/// torn is cut off, what was not sealed is sealed.
struct LogRecovery {
    private let directory: String
    private let node: NodeID
    private let files: any FileSystem
    private let replay: (ReplayedRecord) throws -> Void
    /// What was found.
    private(set) var log = RecoveredLog()

    /// Reads the log in `directory` and gives each record to `replay`, in the log's order.
    init(
        directory: String, node: NodeID, files: any FileSystem, replay: @escaping (ReplayedRecord) throws -> Void
    ) throws(StorageError) {
        self.directory = directory
        self.node = node
        self.files = files
        self.replay = replay
        let names = try LogRecovery.names(in: directory, files)
        for (name, next) in zip(names, names.dropFirst()) where name.number == next.number {
            throw .segmentTwice(number: name.number)
        }
        for name in names {
            log.nextNumber = name.number + 1
            let isLast = name == names.last
            let segment = try SegmentFile(name, in: directory, files, mode: isLast ? .update : .read)
            defer { segment.close() }
            if let sealed = try sealed(segment) {
                try replaySealed(segment, sealed.footer, sealed.indexes)
            } else {
                try replayScanned(segment, isLast: isLast)
            }
        }
    }

    /// The segments of a log, the oldest first.
    static func names(in directory: String, _ files: any FileSystem) throws(StorageError) -> [SegmentName] {
        guard files.exists(directory) else { return [] }
        return try files.names(in: directory).compactMap(SegmentName.init(fileName:)).sorted()
    }

    // MARK: Sealed segments

    /// What a sealed segment says of itself; `nil` when any of that is missing or damaged: then the blocks tell.
    private func sealed(
        _ segment: SegmentFile
    ) throws(StorageError) -> (footer: SegmentFooter, indexes: [SegmentIndex])? {
        do throws(StorageError) {
            try check(try segment.header())
            let footer = try segment.footer()
            var indexes: [SegmentIndex] = []
            for offset in footer.indexOffsets { indexes.append(try segment.index(at: offset)) }
            let entries = indexes.reduce(0) { $0 + $1.blocks.reduce(0) { $0 + $1.entries.count } }
            return entries == footer.records ? (footer, indexes) : nil
        } catch .log(_, .versionUnknown(let version)) {
            throw .log(segment.name, .versionUnknown(version))
        } catch .log {
            return nil
        }
    }

    private mutating func replaySealed(
        _ segment: SegmentFile, _ footer: SegmentFooter, _ indexes: [SegmentIndex]
    ) throws(StorageError) {
        log.nextLSN = max(log.nextLSN, footer.nextLSN)
        guard footer.records > 0 else { return log.leftovers.append(segment.file.path) }
        for block in indexes.lazy.flatMap(\.blocks) {
            for (place, entry) in block.entries.enumerated() {
                let location = LogLocation(
                    segment: segment.name.number, blockOffset: UInt32(block.offset), index: UInt32(place))
                try give(entry, at: location)
            }
        }
        log.report.segments += 1
        log.segments.append(
            SegmentState(
                name: segment.name, fileBytes: try files.size(of: segment.file), accountedBytes: footer.accountedBytes))
    }

    // MARK: Other segments

    private mutating func replayScanned(_ segment: SegmentFile, isLast: Bool) throws(StorageError) {
        var blocks: [RecordBlock] = []
        let scan = try segment.scan(isLast: isLast) { blocks.append($0) }
        if let header = scan.header { try check(header) }
        for block in blocks {
            for place in 0..<block.count {
                try give(block.entry(at: place), at: block.location(of: place, in: segment.name.number))
            }
        }
        log.nextLSN = max(log.nextLSN, scan.nextLSN, scan.footer?.nextLSN ?? 0)
        log.report.tornBytes += scan.tornBytes
        log.report.corruptions += scan.corruptions
        var fileBytes = scan.validBytes
        if isLast {
            guard scan.records > 0 || !scan.corruptions.isEmpty else {
                return log.leftovers.append(segment.file.path)
            }
            // What is gone by from now on is told to others as durable.
            try files.syncData(segment.file)
            if scan.tornBytes > 0 { try cut(segment, to: scan.validBytes) }
            if let header = scan.header, scan.corruptions.isEmpty {
                fileBytes = try seal(segment, header, at: scan.validBytes, blocks)
            }
        }
        log.report.segments += 1
        log.report.segmentsScanned += 1
        log.segments.append(
            SegmentState(
                name: segment.name, fileBytes: fileBytes, accountedBytes: scan.accountedBytes,
                isDamaged: !scan.corruptions.isEmpty))
    }

    private func cut(_ segment: SegmentFile, to bytes: Int) throws(StorageError) {
        try files.truncate(segment.file, to: bytes)
        try files.syncData(segment.file)
    }

    /// Gives the newest segment of the life before its footer; says how long it is then. Without room it stays as it is.
    private func seal(
        _ segment: SegmentFile, _ header: SegmentHeader, at length: Int, _ blocks: [RecordBlock]
    ) throws(StorageError) -> Int {
        var writer = SegmentWriter(resuming: header, at: length)
        for block in blocks { writer.adopt(block) }
        writer.seal()
        do throws(StorageError) {
            try writer.withPendingBytes { bytes throws(StorageError) in
                try files.write(segment.file, at: length, bytes)
            }
            try files.syncData(segment.file)
        } catch .noSpace {
            try cut(segment, to: length)
            return length
        }
        return writer.length
    }

    // MARK: Both

    private func check(_ header: SegmentHeader) throws(StorageError) {
        guard header.node == node else { throw .foreignSegment(header.name, node: header.node) }
    }

    private mutating func give(_ entry: LogEntry, at location: LogLocation) throws(StorageError) {
        log.report.records += 1
        do {
            try replay(ReplayedRecord(entry, at: location))
        } catch {
            throw .replayRefused(at: location, reason: "\(error)")
        }
    }
}
