import Foundation
import RoostCore
import RoostLog
import RoostStorage
import Testing

/// A user of the log that keeps the newest value of each key, as a mailbox keeps its newest watermark: an older one is dead.
private struct KeyedValues {
    struct Value {
        var version: Int
        var location: LogLocation?
        var body: [UInt8]
    }

    private enum Purpose {
        case write([(key: Int, version: Int)], durability: LogDurability)
        case moved([(key: Int, version: Int)], segment: UInt32)
    }

    let log: OpenLog
    var values: [Int: Value] = [:]
    /// For each key, the newest version that was answered as durable.
    var durable: [Int: Int] = [:]
    var cleaned: [UInt32] = []
    private var purposes: [UInt64: Purpose] = [:]
    private var nextToken: UInt64 = 1

    init(log: OpenLog) {
        self.log = log
    }

    static func record(key: Int, version: Int, body: [UInt8]) -> LogRecord {
        LogRecord(slot: Slot(key % 1024), kind: 2, head: Array("\(key) \(version)".utf8), body: body)
    }

    static func parse(_ head: [UInt8]) -> (key: Int, version: Int)? {
        let parts = String(decoding: head, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    mutating func write(_ keys: [Int], durability: LogDurability, random: inout SeededRandom) {
        var records: [LogRecord] = []
        var written: [(key: Int, version: Int)] = []
        for key in keys {
            let body = (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let version = (values[key]?.version ?? 0) + 1
            if let old = values[key] { release(old) }
            values[key] = Value(version: version, location: nil, body: body)
            records.append(KeyedValues.record(key: key, version: version, body: body))
            written.append((key, version))
        }
        append(records, durability, .write(written, durability: durability), shard: 0)
    }

    private func release(_ value: Value) {
        guard let location = value.location else { return }
        let bytes = LogFormat.accountedBytes(bodyBytes: value.body.count)
        log.service.release(segment: location.segment, bytes: UInt32(bytes))
    }

    private mutating func append(_ records: [LogRecord], _ durability: LogDurability, _ purpose: Purpose, shard: Int) {
        purposes[nextToken] = purpose
        #expect(log.service.append(records, durability: durability, shard: shard, token: nextToken))
        nextToken += 1
    }

    /// Takes one thing that the log says; false when it says nothing for a while.
    mutating func step(within seconds: Double) -> Bool {
        guard let (shard, completion) = log.inbox.next(within: seconds) else { return false }
        switch completion {
        case .appended(let token, let locations):
            settle(purposes.removeValue(forKey: token), locations, shard: shard)
        case .clean(let segment, let records):
            clean(segment, records, shard: shard)
        case .read, .diskFull:
            break
        }
        return true
    }

    private mutating func settle(_ purpose: Purpose?, _ locations: [LogLocation], shard: Int) {
        switch purpose {
        case .write(let written, let durability):
            for ((key, version), location) in zip(written, locations) {
                place(key, version, location)
                if durability == .durable { durable[key] = max(durable[key] ?? 0, version) }
            }
        case .moved(let moved, let segment):
            for ((key, version), location) in zip(moved, locations) { place(key, version, location) }
            log.service.cleaned(segment: segment, shard: shard)
        case nil:
            Issue.record("an answer that nobody waits for")
        }
    }

    private mutating func place(_ key: Int, _ version: Int, _ location: LogLocation) {
        if values[key]?.version == version {
            values[key]?.location = location
        } else {
            // It was dead before it was known where it stands; its body's length is not kept.
            log.service.release(segment: location.segment, bytes: UInt32(LogFormat.accountedHeadBytes))
        }
    }

    private mutating func clean(_ segment: UInt32, _ records: [StoredRecord], shard: Int) {
        cleaned.append(segment)
        var copies: [LogRecord] = []
        var moved: [(key: Int, version: Int)] = []
        for stored in records {
            let record = stored.record
            guard let (key, version) = KeyedValues.parse(record.head) else { continue }
            #expect(key % 2 == shard, "a shard is offered only its own")
            guard values[key]?.location == stored.location else { continue }
            copies.append(record)
            moved.append((key, version))
        }
        if copies.isEmpty {
            log.service.cleaned(segment: segment, shard: shard)
        } else {
            append(copies, .durable, .moved(moved, segment: segment), shard: shard)
        }
    }

    /// Reads a log as a start would and expects every value that was answered as durable, or a newer one.
    static func expect(_ durable: [Int: Int], at path: String, note: String) throws {
        let log = try OpenLog(path, shards: 2)
        var newest: [Int: (version: Int, place: Int)] = [:]
        for (place, record) in log.replayed.enumerated() {
            guard let (key, version) = parse(record.head) else { continue }
            if version >= newest[key]?.version ?? 0 { newest[key] = (version, place) }
        }
        #expect(log.service.report.corruptions.isEmpty)
        let bodies = try log.replayedBodies()
        for (key, version) in durable {
            let found = try #require(newest[key], "\(note): key \(key) is lost")
            #expect(found.version >= version, "\(note): key \(key) fell back")
            #expect(bodies[found.place] != nil)
        }
        log.close()
    }
}

@Suite struct CleaningTests {
    /// Overwrites keys again and again: disk use stays bounded, nothing is lost, wherever a crash comes in between.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func spaceComesBackAndNothingIsLost(seed: UInt64) throws {
        let scratch = try ScratchDirectory()
        var random = SeededRandom(seed: seed)
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files, shards: 2, segmentBytesMax: 30_000) {
            $0.lazyWriteDelay = .milliseconds(2)
        }
        var user = KeyedValues(log: log)
        var crashes = 0
        for step in 0..<400 {
            let keys = (0...random.below(8)).map { _ in random.below(random.below(4) == 0 ? 400 : 60) }
            user.write(Array(Set(keys)).sorted(), durability: random.below(4) == 0 ? .lazy : .durable, random: &random)
            while user.step(within: 0) {}
            if step % 8 == 0 { _ = user.step(within: 0.02) }
            guard step % 50 == 49 else { continue }
            crashes += 1
            try crash(scratch, files, user, note: "step \(step)")
        }
        while user.step(within: 1.5) {}
        #expect(!user.cleaned.isEmpty)
        #expect(try Set(scratch.segments().compactMap(SegmentCheck.number)).isDisjoint(with: Set(user.cleaned)))
        let live = user.values.values.reduce(0) { $0 + $1.body.count + 64 }
        #expect(log.service.bytesOnDisk < live * 2 + 90_000, "\(live) bytes live")
        #expect(try scratch.segments().reduce(0) { try $0 + scratch.bytes($1).count } == log.service.bytesOnDisk)
        for (key, value) in user.values {
            let location = try #require(value.location)
            log.service.read([location], shard: 0, token: UInt64(key))
            #expect(try log.inbox.bodies(UInt64(key)) == [value.body])
        }
        log.close()
        try KeyedValues.expect(user.values.mapValues(\.version), at: scratch.data, note: "the end")
        #expect(crashes == 8)
    }

    /// At each deletion of a segment's file: what stays behind has everything.
    @Test func aSegmentIsDeletedOnlyWhenTheRestHasEverything() throws {
        let scratch = try ScratchDirectory()
        var random = SeededRandom(seed: 9)
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files, shards: 2, segmentBytesMax: 20_000)
        var user = KeyedValues(log: log)
        var deletions = 0
        for step in 0..<2000 where deletions < 12 {
            user.write(
                [random.below(50), 50 + random.below(50), 200 + step % 300], durability: .durable, random: &random)
            while user.step(within: step % 8 == 0 ? 0.01 : 0) {}
            let now = files.events.filter { if case .deleted = $0 { true } else { false } }.count
            guard now > deletions else { continue }
            deletions = now
            try crash(scratch, files, user, note: "deletion \(now)")
        }
        #expect(deletions >= 12)
        // Between the last write and the deletion there is always a sync.
        var isDirty = false
        for event in files.events {
            switch event {
            case .wrote: isDirty = true
            case .synced: isDirty = false
            case .deleted: #expect(!isDirty)
            case .syncedDirectory: break
            }
        }
        log.close()
    }

    private func crash(_ scratch: ScratchDirectory, _ files: WatchedFiles, _ user: KeyedValues, note: String) throws {
        let durable = user.durable
        try files.still { synced in
            try scratch.copy(to: "crash")
            guard let original = try scratch.segments().last, let last = try scratch.segments("crash/log").last else {
                return
            }
            try scratch.write(Array(try scratch.bytes(last)[..<(synced[original] ?? 0)]), to: last)
        }
        try KeyedValues.expect(durable, at: scratch.path + "/crash", note: note)
        try scratch.remove("crash")
    }

    /// A shard is offered a large segment part by part, the next when it has answered for the one before.
    @Test func aLargeSegmentIsOfferedInParts() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data, segmentBytesMax: 3 << 20)
        let records = (0..<80).map { LogRecord.numbered($0, bodyBytes: 50_000) }
        let locations = try log.append(records)
        let ofFirst = locations.filter { $0.segment == 1 }
        #expect(ofFirst.count < locations.count)
        for _ in ofFirst { log.service.release(segment: 1, bytes: UInt32(LogFormat.accountedBytes(bodyBytes: 50_000))) }
        var offered: [LogLocation] = []
        var parts = 0
        while let next = log.inbox.next(within: parts > 0 ? 0.5 : 10), case .clean(1, let part) = next.completion {
            #expect(part.map(\.record) == Array(records[offered.count..<offered.count + part.count]))
            offered += part.map(\.location)
            parts += 1
            #expect(log.inbox.next(within: 0.05) == nil, "one part at a time")
            log.service.cleaned(segment: 1, shard: 0)
        }
        #expect(offered == ofFirst)
        #expect((3...6).contains(parts), "\(parts) parts")
        log.close()
    }

    /// A newer state may be logged lazily; the record that it replaces goes only when it is on stable storage.
    @Test func whatReplacesARecordIsSyncedBeforeTheRecordGoes() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files, segmentBytesMax: 10_000) {
            $0.lazyWriteDelay = .seconds(100)
            $0.lazySyncDelay = .seconds(100)
        }
        var ofFirst = 0
        for number in 0..<60 where try log.append([.numbered(number)]).first?.segment == 1 { ofFirst += 1 }
        for _ in 0..<ofFirst {
            log.service.release(segment: 1, bytes: UInt32(LogFormat.accountedBytes(bodyBytes: 240)))
        }
        // The reports alone wake nobody for so long a while.
        _ = try log.append([.numbered(100)])
        let offer = try #require(log.inbox.next())
        guard case .clean(1, _) = offer.completion else {
            Issue.record("\(offer)")
            return
        }
        let before = files.events.count
        #expect(log.service.append([.numbered(101)], durability: .lazy, shard: 0, token: 8))
        log.service.cleaned(segment: 1, shard: 0)
        #expect(try log.inbox.appended(8).count == 1)
        for _ in 0..<200 where files.events.count < before + 4 { usleep(10_000) }
        let kinds = files.events[before...].map { event in
            switch event {
            case .wrote: "wrote"
            case .synced: "synced"
            case .deleted: "deleted"
            case .syncedDirectory: "synced directory"
            }
        }
        #expect(kinds == ["wrote", "synced", "deleted", "synced directory"])
        log.close()
    }

    @Test func aDamagedSegmentStaysUntilItIsRepaired() throws {
        let scratch = try ScratchDirectory()
        let told = Told()
        let log = try OpenLog(scratch.data, segmentBytesMax: 10_000) { $0.onCorruption = { told.take($0) } }
        var locations: [LogLocation] = []
        for number in 0..<100 { locations += try log.append([.numbered(number)]) }
        let first = try #require(scratch.segments().first)
        let ofFirst = locations.filter { $0.segment == locations[0].segment }
        var bytes = try scratch.bytes(first)
        bytes[Int(ofFirst[3].blockOffset) + 90] ^= 1
        try scratch.write(bytes, to: first)
        for location in ofFirst {
            log.service.release(segment: location.segment, bytes: UInt32(LogFormat.accountedBytes(bodyBytes: 240)))
        }
        #expect(log.inbox.next(within: 0.5) == nil, "nothing of it is offered")
        #expect(told.all.map(\.slots) == [.these([Slot(3)])], "it is looked at once and then left alone")
        #expect(FileManager.default.fileExists(atPath: first))
        log.service.repaired(segment: ofFirst[0].segment)
        let next = try #require(log.inbox.next())
        guard case .clean(ofFirst[0].segment, let records) = next.completion else {
            Issue.record("\(next)")
            return
        }
        #expect(records.map(\.location) == ofFirst.filter { $0 != ofFirst[3] })
        log.service.cleaned(segment: ofFirst[0].segment, shard: 0)
        for _ in 0..<200 where FileManager.default.fileExists(atPath: first) { usleep(10_000) }
        #expect(!FileManager.default.fileExists(atPath: first))
        log.close()
    }
}

/// Reads a segment's number off its path.
private enum SegmentCheck {
    static func number(_ path: String) -> UInt32? {
        SegmentName(fileName: URL(filePath: path).lastPathComponent)?.number
    }
}
