import Foundation
import RoostCore
import RoostLog
import RoostStorage
import Testing

@Suite struct RecoveryTests {

    /// Random appends with crashes among them, against a list of what was answered: what a crash leaves is every durable record, in
    /// order, and nothing that was not written.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func aCrashKeepsWhatWasAnswered(seed: UInt64) throws {
        let scratch = try ScratchDirectory()
        var random = SeededRandom(seed: seed)
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files, segmentBytesMax: 20_000) {
            $0.lazyWriteDelay = .milliseconds(1)
            $0.lazySyncDelay = .milliseconds(5)
        }
        var appended: [LogRecord] = []
        var answered = 0
        for step in 0..<120 {
            let batch = (0...random.below(6)).map {
                LogRecord.numbered(appended.count + $0, bodyBytes: random.below(10) == 0 ? 8000 : random.below(400))
            }
            let durability: LogDurability = random.below(4) == 0 ? .lazy : .durable
            #expect(log.service.append(batch, durability: durability, shard: 0, token: UInt64(step)))
            appended += batch
            if random.below(3) > 0 {
                while let next = log.inbox.next(), case .appended(let token, _) = next.completion, token < step {}
                if durability == .durable { answered = appended.count }
            }
            if random.below(20) == 0 {
                try check(scratch, files, appended, answered: answered, random: &random)
            }
        }
        log.close()
        try check(scratch, files, appended, answered: appended.count, random: &random)
    }

    /// Opens what a crash would leave now: the newest segment cut anywhere behind what is on stable storage, rubbish behind that.
    private func check(
        _ scratch: ScratchDirectory, _ files: WatchedFiles, _ appended: [LogRecord], answered: Int,
        random: inout SeededRandom
    ) throws {
        let cut = try files.still { synced -> (from: Int, to: Int)? in
            try scratch.copy(to: "crash")
            guard let original = try scratch.segments().last, let last = try scratch.segments("crash/log").last else {
                return nil
            }
            var bytes = try scratch.bytes(last)
            let from = synced[original] ?? 0
            let kept = from + random.below(bytes.count - from + 1)
            bytes.removeSubrange(kept...)
            if random.below(2) == 0 {
                bytes += (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
            try scratch.write(bytes, to: last)
            return (from, kept)
        }
        let again = try OpenLog(scratch.path + "/crash")
        #expect(again.service.report.corruptions.isEmpty)
        #expect(again.replayed.count >= answered, "cut at \(String(describing: cut))")
        #expect(again.replayed.map(\.head) == appended[..<again.replayed.count].map(\.head))
        #expect(try again.replayedBodies() == appended[..<again.replayed.count].map(\.body))
        // The log goes on where it was cut.
        _ = try again.append([.numbered(1_000_000)])
        again.close()
        let more = try OpenLog(scratch.path + "/crash")
        #expect(more.replayed.count == again.replayed.count + 1)
        more.close()
        try scratch.remove("crash")
    }

    @Test func aTailCutAnywhereIsMendedAndSealed() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data)
        var ends: [Int] = []
        for number in 0..<60 {
            _ = try log.append([.numbered(number, bodyBytes: 1000)])
            ends.append(try scratch.bytes(try #require(scratch.segments().last)).count)
        }
        let last = try #require(scratch.segments().last)
        let whole = try scratch.bytes(last)
        try scratch.copy(to: "crash")
        log.close()
        let segment = try #require(scratch.segments("crash/log").last)
        for length in stride(from: 0, through: whole.count, by: 1499) {
            try scratch.write(Array(whole[..<length]), to: segment)
            let again = try OpenLog(scratch.path + "/crash")
            let kept = ends.filter { $0 <= length }.count
            #expect(again.replayed.compactMap { LogRecord.number(ofHead: $0.head) } == Array(0..<kept))
            #expect(again.service.report.segmentsScanned == (kept > 0 ? 1 : 0))
            again.close()
            // What was mended is read by its footer from then on.
            let once = try OpenLog(scratch.path + "/crash")
            #expect(once.service.report.segmentsScanned == 0)
            #expect(once.service.report.tornBytes == 0)
            #expect(once.replayed.count == kept)
            #expect(try once.replayedBodies().allSatisfy { $0?.count == 1000 })
            once.close()
            for leftover in try scratch.segments("crash/log") where leftover != segment {
                try FileManager.default.removeItem(atPath: leftover)
            }
        }
    }

    @Test func damageInTheMiddleQuarantinesWhatItTouched() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data)
        var locations: [LogLocation] = []
        for number in 0..<20 { locations += try log.append([.numbered(number)]) }
        try scratch.copy(to: "crash")
        log.close()

        // Without a footer nobody can tell whose data it was.
        try damage(try #require(scratch.segments("crash/log").last), at: Int(locations[5].blockOffset) + 100, scratch)
        let open = try OpenLog(scratch.path + "/crash")
        #expect(open.service.report.quarantined == .all)
        #expect(open.replayed.compactMap { LogRecord.number(ofHead: $0.head) } == (0..<20).filter { $0 != 5 })
        open.close()
        let again = try OpenLog(scratch.path + "/crash")
        #expect(again.service.report.quarantined == .all, "it stays so until it is repaired")
        again.close()

        // A sealed segment is not read at start; the damage shows when it is asked for, and is told once.
        try damage(try #require(scratch.segments().last), at: Int(locations[5].blockOffset) + 100, scratch)
        let told = Told()
        let sealed = try OpenLog(scratch.data) { $0.onCorruption = { told.take($0) } }
        #expect(sealed.replayed.count == 20)
        for _ in 0..<2 {
            let bodies = try sealed.replayedBodies()
            #expect(bodies[5] == nil)
            #expect(bodies.filter { $0 != nil }.count == 19)
        }
        sealed.close()
        #expect(told.all.map(\.slots) == [.these([Slot(5)])])

        // With its footer gone it is read block by block, and is no longer the newest, so nothing of it is torn.
        let later = try OpenLog(scratch.data)
        _ = try later.append([.numbered(20)])
        later.close()
        let first = try #require(scratch.segments().first)
        try scratch.write(Array(try scratch.bytes(first).dropLast(10)), to: first)
        let scanned = try OpenLog(scratch.data)
        #expect(scanned.service.report.segmentsScanned == 1)
        #expect(scanned.service.report.tornBytes == 0)
        #expect(scanned.service.report.corruptions.count == 2)
        #expect(
            scanned.service.report.quarantined == .these([Slot(5)]), "the footer is still there, only the end is not")
        #expect(scanned.replayed.count == 20)
        scanned.close()
    }

    private func damage(_ path: String, at place: Int, _ scratch: ScratchDirectory) throws {
        var bytes = try scratch.bytes(path)
        bytes[place] ^= 0xFF
        try scratch.write(bytes, to: path)
    }

    @Test func aSegmentOfAnotherNodeIsRefused() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data)
        _ = try log.append([.numbered(1)])
        let owner = log.directory.nodeID
        log.close()
        let other = try OpenLog(scratch.path + "/other")
        other.close()
        let segment = try #require(scratch.segments().first)
        let name = try #require(SegmentName(fileName: URL(filePath: segment).lastPathComponent))
        try scratch.write(try scratch.bytes(segment), to: scratch.path + "/other/log/" + name.fileName)
        let path = scratch.path + "/other"
        #expect(throws: StorageError.foreignSegment(name, node: owner)) { try OpenLog(path) }
    }

    @Test func aRecordThatTheCallerCannotUseStopsTheStart() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data)
        let location = try #require(try log.append([.numbered(1)]).first)
        log.close()
        let directory = try DataDirectory.open(scratch.data)
        let error = StorageError.replayRefused(at: location, reason: "tooLong(3, limit: 2)")
        #expect(throws: error) {
            try LogService.open(directory, options: LogOptions(shardCount: 1), logger: OpenLog.logger) { _ in
                throw ByteReaderError.tooLong(3, limit: 2)
            } completions: { _, _ in
            }
        }
    }

    /// Peers remember how far a log was on stable storage. It must never seem to have got less.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func thePositionNeverFalls(seed: UInt64) throws {
        let scratch = try ScratchDirectory()
        var random = SeededRandom(seed: seed)
        var remembered: UInt64 = 0
        var written: UInt64 = 0
        for life in 0..<12 {
            let log = try OpenLog(scratch.data, segmentBytesMax: 4000)
            #expect(log.service.recoveredPosition >= remembered, "life \(life)")
            #expect(log.service.recoveredPosition == written + 1)
            for number in 0..<random.below(30) {
                _ = try log.append([.numbered(number)], token: UInt64(number) + 1)
                written += 1
                #expect(log.service.durablePosition == written + 1, "what is answered is counted")
            }
            remembered = max(remembered, log.service.durablePosition)
            if random.below(2) == 0 {
                try scratch.copy(to: "crash")
                log.close()
                try scratch.remove("data")
                try FileManager.default.moveItem(atPath: scratch.path + "/crash", toPath: scratch.data)
            } else {
                log.close()
            }
            // As the cleaner does, once all is dead that they hold.
            if random.below(2) == 0 {
                for segment in try scratch.segments().dropLast() { try FileManager.default.removeItem(atPath: segment) }
            }
        }
    }

    @Test func anEmptySegmentLeavesNoTrace() throws {
        let scratch = try ScratchDirectory()
        for _ in 0..<3 {
            let log = try OpenLog(scratch.data)
            #expect(try scratch.segments().count == 1)
            log.close()
            #expect(try scratch.segments().isEmpty)
        }
        let log = try OpenLog(scratch.data)
        try scratch.copy(to: "crash")
        log.close()
        let again = try OpenLog(scratch.path + "/crash")
        #expect(try scratch.segments("crash/log").count == 1)
        again.close()
    }
}

/// Damage as it was told.
final class Told: @unchecked Sendable {
    // `@unchecked`: `entries` is touched under `lock` alone.
    private let lock = NSLock()
    private var entries: [LogCorruption] = []

    var all: [LogCorruption] { lock.withLock { entries } }

    func take(_ corruptions: [LogCorruption]) {
        lock.withLock { entries += corruptions }
    }
}
