import RoostCore
import RoostLog
import Testing

/// Damage of every kind: nothing crashes, nothing wrong is read, nothing is missing without being reported.
@Suite struct DamageTests {
    @Test func everyTruncationOfTheTailKeepsExactlyTheWholeBlocks() throws {
        let fixture = SegmentFixture(seed: 21, bytesMin: 64 * 1024, isSealed: false, bodyBytesMax: 4_000)
        let whole = fixture.records.map(\.location)
        for length in 0..<fixture.bytes.count {
            let (scan, found) = try SegmentFixture.scan(
                Array(fixture.bytes[..<length]), of: fixture.name, isLast: true)
            let end = fixture.blockEnds.last { $0 <= length } ?? min(length, LogFormat.segmentHeaderBytes)
            let isHeaderWhole = length >= LogFormat.segmentHeaderBytes
            guard scan.validBytes == (isHeaderWhole ? end : 0), scan.tornBytes == length - scan.validBytes,
                scan.corruptions.isEmpty, (scan.header != nil) == isHeaderWhole
            else {
                Issue.record("\(length) bytes: \(scan)")
                return
            }
            let kept = whole.prefix { Int($0.blockOffset) < scan.validBytes }
            guard found.count == kept.count, kept.last.map({ found[$0] != nil }) ?? true else {
                Issue.record("\(length) bytes: \(found.count) records, not \(kept.count)")
                return
            }
        }
    }

    @Test(arguments: [true, false], [true, false])
    func everyFlippedBitIsNoticed(isSealed: Bool, isLast: Bool) throws {
        let fixture = SegmentFixture(seed: 33, bytesMin: 3_000, isSealed: isSealed)
        var bytes = fixture.bytes
        for bit in 0..<bytes.count * 8 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try check(fixture, bytes, isLast: isLast, note: "bit \(bit)")
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        #expect(bytes == fixture.bytes)
    }

    /// 64 KiB in eight segments, every byte of each.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func everyDamagedByteIsNoticed(seed: UInt64) throws {
        let fixture = SegmentFixture(seed: 100 + seed, bytesMin: 8 * 1024, isSealed: seed % 2 == 0, bodyBytesMax: 2_000)
        var bytes = fixture.bytes
        var random = SeededRandom(seed: seed)
        for place in bytes.indices {
            let change = UInt8(1 + random.below(255))
            bytes[place] ^= change
            try check(fixture, bytes, isLast: false, note: "byte \(place)")
            bytes[place] ^= change
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func stretchesOfRubbishAreNoticed(seed: UInt64) throws {
        let fixture = SegmentFixture(seed: seed, bytesMin: 8_000, isSealed: seed % 2 == 0)
        var random = SeededRandom(seed: seed)
        var bytes = fixture.bytes
        for _ in 0...random.below(3) {
            let start = random.below(bytes.count)
            let end = min(bytes.count, start + 1 + random.below(600))
            switch random.below(4) {
            case 0: for place in start..<end { bytes[place] = 0 }
            case 1: for place in start..<end { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
            case 2: bytes.removeSubrange(start..<end)
            default: bytes.replaceSubrange(start..<start, with: bytes[start..<end])
            }
            if bytes.isEmpty { break }
        }
        try check(fixture, bytes, isLast: seed % 3 == 0, note: "seed \(seed)")
    }

    @Test func aBlockOfAnotherPlaceOrSegmentIsNotTaken() throws {
        let fixture = SegmentFixture(seed: 50, bytesMin: 4_000, isSealed: false)
        let other = SegmentFixture(seed: 51, bytesMin: 4_000, isSealed: false)
        // What a user wrote may hold the very bytes of a block: of another segment, or of this one at another place.
        let forged =
            Array(other.bytes[LogFormat.segmentHeaderBytes...]) + Array(fixture.bytes[LogFormat.segmentHeaderBytes...])
        let bytes = fixture.bytes + [0] + forged
        let (scan, found) = try SegmentFixture.scan(bytes, of: fixture.name, isLast: true)
        #expect(scan.validBytes == fixture.bytes.count)
        #expect(scan.tornBytes == forged.count + 1)
        #expect(found.count == fixture.records.count)

        // Another segment's blocks at the very places they were written for.
        let foreign = Array(
            fixture.bytes[..<LogFormat.segmentHeaderBytes] + other.bytes[LogFormat.segmentHeaderBytes...])
        let mixed = try SegmentFixture.scan(foreign, of: fixture.name, isLast: true)
        #expect(mixed.records.isEmpty)
        #expect(mixed.scan.validBytes == LogFormat.segmentHeaderBytes)
    }

    @Test func corruptionNamesTheSlotsThatTheIndexTells() throws {
        let fixture = SegmentFixture(seed: 60, bytesMin: 20_000, isSealed: true)
        let hit = fixture.records[fixture.records.count / 2].location
        let lost = fixture.records.filter { $0.location.blockOffset == hit.blockOffset }
        var bytes = fixture.bytes
        bytes[Int(hit.blockOffset) + LogFormat.blockHeaderBytes] ^= 0x40
        let scan = try SegmentFixture.scan(bytes, of: fixture.name, isLast: true).scan
        #expect(scan.corruptions.count == 1)
        #expect(scan.corruptions.first?.slots == .these(Set(lost.map(\.record.slot)).sorted()))
        #expect(scan.corruptions.first?.range.lowerBound == Int(hit.blockOffset))

        // Without the index the footer tells; without the footer nobody does.
        let footer = try #require(scan.footer)
        bytes[footer.indexOffsets[0] + LogFormat.blockHeaderBytes + 1] ^= 1
        let footerOnly = try SegmentFixture.scan(bytes, of: fixture.name, isLast: true).scan
        #expect(footerOnly.corruptions.first?.slots == .these(footer.slots.map(\.slot)))
        let cut = Array(bytes[..<footer.indexOffsets[0]])
        let neither = try SegmentFixture.scan(cut, of: fixture.name, isLast: true).scan
        #expect(neither.corruptions.first?.slots == .all)
    }

    @Test func damageOfTheLogsOwnBookkeepingTouchesNoSlot() throws {
        let fixture = SegmentFixture(seed: 63, bytesMin: 900_000, isSealed: true)
        let whole = try SegmentFixture.scan(fixture.bytes, of: fixture.name, isLast: false).scan
        let footer = try #require(whole.footer)
        for place in footer.indexOffsets + [fixture.bytes.count - 1] {
            var bytes = fixture.bytes
            bytes[place] ^= 4
            let (scan, found) = try SegmentFixture.scan(bytes, of: fixture.name, isLast: false)
            #expect(found.count == fixture.records.count)
            #expect(scan.corruptions.map(\.slots) == [.these([])])
        }
    }

    @Test func aDamagedHeaderCostsNoRecord() throws {
        let fixture = SegmentFixture(seed: 61, bytesMin: 4_000, isSealed: false)
        var bytes = fixture.bytes
        bytes[20] ^= 1
        let (scan, found) = try SegmentFixture.scan(bytes, of: fixture.name, isLast: true)
        #expect(found.count == fixture.records.count)
        #expect(
            scan.corruptions == [
                LogCorruption(segment: 3, range: 0..<LogFormat.segmentHeaderBytes, slots: .these([]))
            ])
    }

    @Test func anotherVersionAndAnotherFilesHeaderAreRefused() throws {
        let fixture = SegmentFixture(seed: 62, bytesMin: 1_000, isSealed: false)
        let other = SegmentName(number: 4, tag: fixture.name.tag)
        #expect(throws: LogError.segmentMisnamed(header: fixture.name, file: other)) {
            try SegmentFixture.scan(fixture.bytes, of: other, isLast: true)
        }
        var bytes = fixture.bytes
        bytes[8] = 2
        let checksum = CRC32C.checksum(bytes[..<60])
        for place in 0..<4 { bytes[60 + place] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * place)) }
        #expect(throws: LogError.versionUnknown(2)) {
            try SegmentFixture.scan(bytes, of: fixture.name, isLast: true)
        }
    }

    /// Damaged bytes of a segment: whatever is read is what was written, and whatever is missing is reported: its bytes lie in a
    /// bad range or behind the torn end.
    private func check(_ fixture: SegmentFixture, _ bytes: [UInt8], isLast: Bool, note: String) throws {
        let (scan, found) = try SegmentFixture.scan(bytes, of: fixture.name, isLast: isLast)
        var missing: [(location: LogLocation, record: LogRecord)] = []
        var right = 0
        for (location, record) in fixture.records {
            guard let read = found[location] else {
                missing.append((location, record))
                continue
            }
            right += 1
            if read != record { Issue.record("\(note): \(location) reads wrong") }
        }
        if right != found.count { Issue.record("\(note): \(found.count - right) records were never written") }
        if scan.corruptions.isEmpty, scan.tornBytes == 0, bytes != fixture.bytes, bytes.count >= fixture.bytes.count {
            Issue.record("\(note): the damage went unnoticed")
        }
        if !isLast, scan.tornBytes > 0 { Issue.record("\(note): only the newest segment may be torn") }
        for (location, record) in missing where Int(location.blockOffset) < min(scan.validBytes, bytes.count) {
            let isReported = scan.corruptions.contains { corruption in
                guard corruption.range.contains(Int(location.blockOffset)) else { return false }
                switch corruption.slots {
                case .all: return true
                case .these(let slots): return slots.contains(record.slot)
                }
            }
            if !isReported { Issue.record("\(note): \(location) is missing and not reported") }
        }
    }
}
