import RoostCore
import RoostLog
import Testing

@Suite struct SegmentFormatTests {
    @Test(arguments: [true, false], 0..<8 as Range<UInt64>)
    func whatIsWrittenIsReadBack(isSealed: Bool, seed: UInt64) throws {
        let fixture = SegmentFixture(seed: seed, bytesMin: 300_000, isSealed: isSealed, bodyBytesMax: 20_000)
        let (scan, found) = try SegmentFixture.scan(fixture.bytes, of: fixture.name, isLast: true)
        #expect(found.count == fixture.records.count)
        for (location, record) in fixture.records { #expect(found[location] == record) }
        #expect(scan.corruptions.isEmpty)
        #expect(scan.tornBytes == 0)
        #expect(scan.isSealed == isSealed)
        #expect(scan.nextLSN == 100 + UInt64(fixture.records.count))
        #expect(scan.header?.node == SegmentFixture.node)
        #expect(scan.accountedBytes == fixture.records.reduce(0) { $0 + $1.record.body.count + 64 })
    }

    @Test func theFooterTellsEverythingButTheBodies() throws {
        let fixture = SegmentFixture(seed: 4, bytesMin: 900_000, isSealed: true)
        let (footer, indexes) = try fixture.bytes.withUnsafeBytes { bytes in
            let end = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - LogFormat.endBlockBytes)...])
            let range = try SegmentFooter.range(endBlock: end, name: fixture.name, fileBytes: bytes.count)
            let footer = try SegmentFooter(
                block: UnsafeRawBufferPointer(rebasing: bytes[range]), name: fixture.name, offset: range.lowerBound)
            let indexes = try footer.indexOffsets.map {
                try SegmentIndex(
                    block: UnsafeRawBufferPointer(rebasing: bytes[$0...]), name: fixture.name, offset: $0)
            }
            return (footer, indexes)
        }
        #expect(footer.indexOffsets.count > 1, "the segment should be large enough for several indexes")
        var entries: [(LogLocation, LogEntry)] = []
        for block in indexes.flatMap(\.blocks) {
            for (index, entry) in block.entries.enumerated() {
                let location = LogLocation(
                    segment: fixture.name.number, blockOffset: UInt32(block.offset), index: UInt32(index))
                entries.append((location, entry))
            }
        }
        #expect(entries.map(\.0) == fixture.records.map(\.location))
        for (entry, record) in zip(entries.map(\.1), fixture.records.map(\.record)) {
            #expect(entry.head == record.head && entry.bodyBytes == record.body.count)
            #expect(entry.slot == record.slot && entry.kind == record.kind)
        }
        #expect(footer.records == fixture.records.count)
        #expect(footer.slots.map(\.slot) == Set(fixture.records.map(\.record.slot)).sorted())
        #expect(footer.nextLSN == 100 + UInt64(fixture.records.count))
    }

    @Test func aSegmentThatWasNotSealedCanBeSealedLater() throws {
        let fixture = SegmentFixture(seed: 5, bytesMin: 200_000, isSealed: false)
        let header = try fixture.bytes.withUnsafeBytes { try SegmentHeader(decoding: $0, name: fixture.name) }
        var writer = SegmentWriter(resuming: header, at: fixture.bytes.count)
        _ = try fixture.bytes.withUnsafeBytes { bytes in
            try SegmentScan(bytes, of: fixture.name, isLast: true) { writer.adopt($0) }
        }
        writer.seal()
        let sealed = fixture.bytes + writer.withPendingBytes { Array($0) }
        let (scan, found) = try SegmentFixture.scan(sealed, of: fixture.name, isLast: false)
        #expect(scan.isSealed)
        #expect(scan.footer?.records == fixture.records.count)
        #expect(found.count == fixture.records.count)
    }

    @Test func compressionIsKeptOnlyWhereItSaves() {
        var random = SeededRandom(seed: 1)
        let noise: [UInt8] = (0..<20_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let header = SegmentHeader(number: 1, id: .random(using: &random), node: SegmentFixture.node, firstLSN: 0)
        var writer = SegmentWriter(header: header)
        func bytesOf(_ body: [UInt8]) -> Int {
            let before = writer.length
            _ = writer.append(LogRecord(slot: Slot(1), kind: 1, head: [1, 2], body: body))
            writer.finishBlock()
            return writer.length - before
        }
        #expect(bytesOf(noise) == LogFormat.blockHeaderBytes + noise.count + 9)
        #expect(bytesOf(Array(repeating: 7, count: 20_000)) < 200)
    }

    @Test func theLargestRecordsFitAndLargerOnesAreRefused() throws {
        let largest = LogRecord(
            slot: Slot(1023), kind: 255, head: Array(repeating: 1, count: LogFormat.headBytesMax),
            body: Array(repeating: 2, count: MessageContent.bytesMax))
        #expect(SegmentWriter.accepts(largest))
        var tooLong = largest
        tooLong.body.append(0)
        #expect(!SegmentWriter.accepts(tooLong))
        tooLong = largest
        tooLong.head.append(0)
        #expect(!SegmentWriter.accepts(tooLong))
        var random = SeededRandom(seed: 1)
        let header = SegmentHeader(number: 1, id: .random(using: &random), node: SegmentFixture.node, firstLSN: 0)
        var writer = SegmentWriter(header: header)
        for _ in 0..<20 { _ = writer.append(largest) }
        writer.seal()
        let bytes = writer.withPendingBytes { Array($0) }
        let (scan, found) = try SegmentFixture.scan(bytes, of: header.name, isLast: false)
        #expect(scan.records == 20 && scan.corruptions.isEmpty)
        #expect(found.values.allSatisfy { $0 == largest })
    }

    @Test func fileNamesReadBack() {
        let name = SegmentName(number: 42, tag: 0xFEDC_BA98_0000_0001)
        #expect(name.fileName == "0000000042-fedcba9800000001.segment")
        #expect(SegmentName(fileName: name.fileName) == name)
        for other in [
            "", "lock", "0000000042-fedcba9800000001.segmen", "00000000x2-fedcba9800000001.segment",
            "0000000042-fedcba980000000g.segment", "9999999999-fedcba9800000001.segment",
            "+000000042-fedcba9800000001.segment",
        ] {
            #expect(SegmentName(fileName: other) == nil)
        }
    }
}
