import RoostCore
import RoostLog
import RoostNode

/// A node's log on its virtual disk: segment files, byte for byte as the log's own format writes them. What was not synced
/// when the node dies is lost from some sector on, and the rest of that write may be zeros or junk.
///
/// A class, for the writer of a segment owns buffers and is not copied. Each simulation has its own.
final class VirtualLog {
    /// A place in the log: everything in lower segments and this many bytes of this one.
    struct Position: Comparable, Sendable {
        var segment: UInt32
        var bytes: Int

        static func < (left: Position, right: Position) -> Bool {
            (left.segment, left.bytes) < (right.segment, right.bytes)
        }
    }

    /// One record with its place and where its block ends.
    struct Stored: Sendable {
        let location: LogLocation
        let record: LogRecord
        let end: Int
        /// The sequence number behind it.
        let next: UInt64
    }

    /// One file.
    struct Segment: Sendable {
        let name: SegmentName
        var bytes: [UInt8] = []
        var records: [Stored] = []
        var isSealed = false
        var accountedBytes = 0
        var deadBytes = 0
        /// Records whose writer has not been answered: the cleaner waits for that, as in production.
        var unanswered = 0
        /// A part of it cannot be read, and what that held has not been copied anew: it stays.
        var isDamaged = false
    }

    /// What a start found.
    struct Recovery: Sendable {
        var tornBytes = 0
        var corruptions: [LogCorruption] = []
    }

    static let sectorBytes = 512

    private let node: NodeID
    private let segmentRecords: Int
    private(set) var segments: [Segment] = []
    private var writer: SegmentWriter?
    private var nextLSN: UInt64 = 1
    /// Everything up to here is on stable storage.
    private(set) var synced = Position(segment: 0, bytes: 0)
    /// The sequence number behind the last record that is on stable storage.
    private(set) var durablePosition: UInt64 = 1
    /// What the header of a segment says that production has begun and this has not: a full one is followed at once there.
    private var headerPosition: UInt64 = 1

    init(node: NodeID, segmentRecords: Int) {
        self.node = node
        self.segmentRecords = segmentRecords
    }

    /// A copy of its files as they stand, synced or not.
    func copied() -> VirtualLog {
        let copy = VirtualLog(node: node, segmentRecords: segmentRecords)
        copy.segments = segments
        copy.synced = synced
        copy.nextLSN = nextLSN
        copy.durablePosition = durablePosition
        copy.headerPosition = headerPosition
        return copy
    }

    /// Where the log ends, synced or not.
    var end: Position { Position(segment: segments.last?.name.number ?? 0, bytes: segments.last?.bytes.count ?? 0) }

    var recordCount: Int { segments.reduce(0) { $0 + $1.records.count } }

    // MARK: Writing

    /// Begins a segment: what a start does, and a full segment.
    private func roll() {
        // Never a number again that the cleaner has deleted.
        let number = max(segments.last?.name.number ?? 0, synced.segment) + 1
        // The tag only has to differ between files: no chance is needed.
        let id = UniqueID(high: node.high ^ UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: node.low)
        let header = SegmentHeader(number: number, id: id, node: node, firstLSN: nextLSN)
        writer = SegmentWriter(header: header)
        segments.append(Segment(name: header.name))
        take()
    }

    /// Writes a group of records into the cache, as one block.
    func write(_ records: [LogRecord]) -> [LogLocation] {
        if writer == nil { roll() }
        var locations: [LogLocation] = []
        let last = segments.count - 1
        for record in records {
            guard let location = writer?.append(record) else { preconditionFailure("a log without a segment") }
            locations.append(location)
        }
        writer?.finishBlock()
        take()
        let end = segments[last].bytes.count
        for (location, record) in zip(locations, records) {
            nextLSN += 1
            segments[last].records.append(Stored(location: location, record: record, end: end, next: nextLSN))
            segments[last].accountedBytes += LogFormat.accountedBytes(bodyBytes: record.body.count)
        }
        segments[last].unanswered += records.count
        if segments[last].records.count >= segmentRecords {
            writer?.seal()
            take()
            segments[last].isSealed = true
            writer = nil
        }
        return locations
    }

    /// Takes what the writer has ready into the file.
    private func take() {
        writer?.withPendingBytes { segments[segments.count - 1].bytes.append(contentsOf: $0) }
        writer?.pendingWritten()
    }

    /// Everything written up to `position` is on stable storage. Returns the records that have become so.
    func sync(_ position: Position) -> [Stored] {
        guard position > synced else { return [] }
        var new: [Stored] = []
        for segment in segments.reversed() {
            let number = segment.name.number
            guard number >= synced.segment else { break }
            guard number <= position.segment else { continue }
            for stored in segment.records.reversed() {
                guard number > synced.segment || stored.end > synced.bytes else { break }
                if number < position.segment || stored.end <= position.bytes { new.append(stored) }
            }
        }
        synced = position
        durablePosition = max(durablePosition, new.first?.next ?? 0)
        return new.reversed()
    }

    // MARK: Dying and starting

    /// The power goes, and the cache with it: what was not synced survives up to some sector.
    func crash(random: inout SeededRandom) {
        writer = nil
        while let last = segments.last, last.name.number > max(synced.segment, 1), random.below(3) > 0 {
            segments.removeLast()
        }
        // With all later ones deleted, the last may lie before what was synced.
        guard let last = segments.last, last.name.number >= synced.segment else { return }
        let kept = last.name.number == synced.segment ? synced.bytes : 0
        let loose = last.bytes.count - kept
        guard loose > 0 else { return }
        var cut = kept + random.below(loose + 1)
        if random.below(2) == 0 { cut = max(kept, cut / VirtualLog.sectorBytes * VirtualLog.sectorBytes) }
        let lost = last.bytes.count - cut
        segments[segments.count - 1].bytes.removeLast(lost)
        // The file may have grown before the data of its last sectors came.
        switch random.below(3) {
        case 0: break
        case 1: segments[segments.count - 1].bytes.append(contentsOf: [UInt8](repeating: 0, count: lost))
        default:
            for _ in 0..<lost { segments[segments.count - 1].bytes.append(UInt8(truncatingIfNeeded: random.next())) }
        }
    }

    /// Reads the log as a start does: every file is scanned, what is torn at the end is cut off. A new segment follows.
    func recover(_ visit: (Stored) -> Void) throws(LogError) -> Recovery {
        var recovery = Recovery()
        nextLSN = headerPosition
        for index in segments.indices {
            var records: [Stored] = []
            var accountedBytes = 0
            let isLast = index == segments.count - 1
            let name = segments[index].name
            let scan = try VirtualLog.scan(segments[index].bytes, name, isLast: isLast) { block in
                for place in 0..<block.count {
                    let stored = Stored(
                        location: block.location(of: place, in: name.number), record: block.record(at: place),
                        end: block.header.end, next: block.header.lsn + UInt64(place) + 1)
                    records.append(stored)
                    accountedBytes += LogFormat.accountedBytes(bodyBytes: stored.record.body.count)
                    visit(stored)
                }
            }
            segments[index].records = records
            segments[index].accountedBytes = accountedBytes
            segments[index].deadBytes = 0
            segments[index].unanswered = 0
            segments[index].isSealed = true
            segments[index].isDamaged = !scan.corruptions.isEmpty
            segments[index].bytes.removeLast(scan.tornBytes)
            recovery.tornBytes += scan.tornBytes
            recovery.corruptions += scan.corruptions
            nextLSN = max(nextLSN, scan.nextLSN)
        }
        segments.removeAll { $0.bytes.isEmpty }
        writer = nil
        // The last segments may have been deleted: their numbers are not used again.
        synced = max(synced, end)
        durablePosition = nextLSN
        return recovery
    }

    private static func scan(
        _ bytes: [UInt8], _ name: SegmentName, isLast: Bool, visit: (RecordBlock) -> Void
    ) throws(LogError) -> SegmentScan {
        // Typed throws do not go through `withUnsafeBytes` with a non-throwing visitor inside; a result does.
        let result: Result<SegmentScan, LogError> = bytes.withUnsafeBytes { buffer in
            do throws(LogError) {
                return .success(try SegmentScan(buffer, of: name, isLast: isLast, visit: visit))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: Reading and cleaning

    /// The body of a record; `nil` when its segment is gone.
    func body(at location: LogLocation) -> [UInt8]? {
        guard let segment = segments.first(where: { $0.name.number == location.segment }) else { return nil }
        return segment.records.first { $0.location == location }?.record.body
    }

    /// The node has been told where these stand. Returns whether their segment may be emptied from now on.
    func answered(_ locations: [LogLocation]) -> Bool {
        guard let number = locations.first?.segment,
            let index = segments.firstIndex(where: { $0.name.number == number })
        else { return false }
        segments[index].unanswered -= locations.count
        return segments[index].isSealed && segments[index].unanswered == 0
    }

    func release(segment: UInt32, bytes: UInt32) {
        guard let index = segments.firstIndex(where: { $0.name.number == segment }) else { return }
        segments[index].deadBytes += Int(bytes)
    }

    /// The segment to empty next, by the rule of production.
    func victim(policy: CleanerPolicy) -> Segment? {
        let usages = segments.filter { $0.isSealed && $0.unanswered == 0 && !$0.isDamaged }.map {
            CleanerPolicy.Usage(
                segment: $0.name.number, accountedBytes: $0.accountedBytes, deadBytes: $0.deadBytes)
        }
        guard let number = policy.victim(among: usages, newest: end.segment, isSpaceShort: false) else { return nil }
        return segments.first { $0.name.number == number }
    }

    func delete(segment: UInt32) {
        headerPosition = durablePosition
        segments.removeAll { $0.name.number == segment }
    }

    private static let messageKinds: [UInt8] = [
        ReplicaRecord.Kind.message, .expansion,
    ].map(\.rawValue)

    /// What the segments that are full count for, and how much of that is messages.
    var sealedBytes: (messages: Int, all: Int) {
        var messages = 0
        var all = 0
        for segment in segments where segment.isSealed && !segment.isDamaged {
            all += segment.accountedBytes
            for stored in segment.records where VirtualLog.messageKinds.contains(stored.record.kind) {
                messages += LogFormat.accountedBytes(bodyBytes: stored.record.body.count)
            }
        }
        return (messages, all)
    }

    // MARK: Damage

    /// Some of what was synced turns into something else: never in the newest segment, whose end could not be told from what
    /// was torn. Returns the segment that was hit, if there was one.
    func rot(random: inout SeededRandom) -> UInt32? {
        let newest = min(synced.segment, end.segment)
        let old = segments.indices.filter { segments[$0].name.number < newest && !segments[$0].bytes.isEmpty }
        guard !old.isEmpty else { return nil }
        let segment = old[random.below(old.count)]
        let first = random.below(segments[segment].bytes.count)
        let last = min(first + random.below(VirtualLog.sectorBytes), segments[segment].bytes.count - 1)
        for place in first...last { segments[segment].bytes[place] ^= UInt8(1 + random.below(255)) }
        return segments[segment].name.number
    }

    /// Everything that a damaged segment lost is held elsewhere in the log: what can be read of it is moved, and it goes.
    func repaired(segment: UInt32) {
        guard let index = segments.firstIndex(where: { $0.name.number == segment }) else { return }
        segments[index].isDamaged = false
        segments[index].deadBytes = segments[index].accountedBytes
    }
}
