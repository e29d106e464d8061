import RoostCore
import RoostLog

/// What a look at a log finds: every block of every segment is read and verified. Nothing is changed, no lock is taken, so a
/// running node's log can be looked at; its newest segment may then seem torn where a write is under way.
public struct LogInspection: Codable, Equatable, Sendable {
    /// One segment.
    public struct Segment: Codable, Equatable, Sendable {
        /// Its number.
        public var number: UInt32
        /// Its file's name.
        public var file: String
        /// Length of the file.
        public var fileBytes: Int
        /// Whether it ends with a footer.
        public var isSealed: Bool
        /// Blocks of records.
        public var blocks: Int
        /// Records.
        public var records: Int
        /// Bytes of the blocks' payloads as they were before compression.
        public var decodedBytes: Int
        /// Bytes of the blocks' payloads in the file.
        public var storedBytes: Int
        /// What its records count for in the accounts of live and dead bytes.
        public var accountedBytes: Int
        /// What of that is dead; absent when nobody who knows has said, see ``LogInspection/release(segment:bytes:)``.
        public var deadBytes: Int?
        /// Slots that have records in it.
        public var slots: Int
        /// Bytes at the end that are no whole block.
        public var tornBytes: Int
        /// What cannot be read.
        public var damage: [Damage]
    }

    /// Bytes that cannot be read.
    public struct Damage: Codable, Equatable, Sendable {
        /// Where they begin.
        public var from: Int
        /// Where they end.
        public var to: Int
        /// The slots whose data was there; absent when that cannot be told.
        public var slots: [UInt16]?
    }

    /// The segments, the oldest first.
    public var segments: [Segment] = []
    /// Records by kind, in the order of the kinds.
    public var recordsByKind: [KindCount] = []

    /// Records of one kind.
    public struct KindCount: Codable, Equatable, Sendable {
        /// The kind's number.
        public var kind: UInt8
        /// How many.
        public var records: Int
        /// Bytes of their heads and bodies.
        public var bytes: Int
    }

    /// Whether everything could be read.
    public var isWhole: Bool { segments.allSatisfy { $0.damage.isEmpty } }

    /// Bytes before compression for each byte in the file; 1 for a log without records.
    public var compressionRatio: Double {
        let stored = segments.reduce(0) { $0 + $1.storedBytes }
        return stored > 0 ? Double(segments.reduce(0) { $0 + $1.decodedBytes }) / Double(stored) : 1
    }

    /// Looks at the log of a data directory.
    /// - Parameters:
    ///   - dataDirectory: a node's directory.
    ///   - files: the file system.
    ///   - visit: called with every record, in the log's order: whoever knows what records mean can tell which are dead.
    /// - Throws: ``StorageError/system(call:path:code:)`` where there is no log; damage is no error.
    public init(
        of dataDirectory: String, files: any FileSystem = SystemFiles(), visit: (ReplayedRecord) -> Void = { _ in }
    ) throws(StorageError) {
        let directory = DataDirectory.logPath(in: dataDirectory)
        guard files.exists(directory) else { throw .system(call: "open", path: directory, code: 2) }
        let names = try LogRecovery.names(in: directory, files)
        var kinds = [(records: Int, bytes: Int)](repeating: (0, 0), count: 256)
        for name in names {
            // A running node may empty a segment meanwhile.
            guard files.exists(directory + "/" + name.fileName) else { continue }
            let segment = try SegmentFile(name, in: directory, files)
            defer { segment.close() }
            var slots: Set<Slot> = []
            let scan = try segment.scan(isLast: name == names.last) { block in
                for place in 0..<block.count {
                    let entry = block.entry(at: place)
                    kinds[Int(entry.kind)].records += 1
                    kinds[Int(entry.kind)].bytes += entry.head.count + entry.bodyBytes
                    slots.insert(entry.slot)
                    visit(ReplayedRecord(entry, at: block.location(of: place, in: name.number)))
                }
            }
            segments.append(
                Segment(
                    number: name.number, file: name.fileName, fileBytes: try files.size(of: segment.file),
                    isSealed: scan.isSealed, blocks: scan.blocks, records: scan.records,
                    decodedBytes: scan.decodedBytes, storedBytes: scan.storedBytes, accountedBytes: scan.accountedBytes,
                    slots: slots.count,
                    tornBytes: scan.tornBytes, damage: scan.corruptions.map(Damage.init)))
        }
        recordsByKind = kinds.indices.filter { kinds[$0].records > 0 }.map {
            KindCount(kind: UInt8($0), records: kinds[$0].records, bytes: kinds[$0].bytes)
        }
    }

    /// Bytes of a segment are dead, as ``LogService/release(segment:bytes:)`` is told of a running log.
    public mutating func release(segment: UInt32, bytes: UInt32) {
        guard let place = segments.firstIndex(where: { $0.number == segment }) else { return }
        let dead = (segments[place].deadBytes ?? 0) + Int(bytes)
        segments[place].deadBytes = min(dead, segments[place].accountedBytes)
    }
}

extension LogInspection.Damage {
    init(_ corruption: LogCorruption) {
        from = corruption.range.lowerBound
        to = corruption.range.upperBound
        slots =
            switch corruption.slots {
            case .all: nil
            case .these(let slots): slots.map(\.index)
            }
    }
}
