import RoostCore
import RoostLog

/// A segment in memory and what was put into it.
struct SegmentFixture {
    let name: SegmentName
    var bytes: [UInt8] = []
    var records: [(location: LogLocation, record: LogRecord)] = []
    /// Where each block of records begins and ends.
    var blockEnds: [Int] = []

    static let node = NodeID(high: 7, low: 8)

    /// A segment of random batches, written until it has `bytesMin`.
    init(seed: UInt64, bytesMin: Int, isSealed: Bool, number: UInt32 = 3, bodyBytesMax: Int = 300) {
        var random = SeededRandom(seed: seed)
        let id = UniqueID.random(using: &random)
        let header = SegmentHeader(number: number, id: id, node: SegmentFixture.node, firstLSN: 100)
        name = header.name
        var writer = SegmentWriter(header: header)
        while writer.length < bytesMin {
            for _ in 0...random.below(5) {
                let record = LogRecord.random(using: &random, bodyBytesMax: bodyBytesMax)
                records.append((writer.append(record), record))
            }
            writer.finishBlock()
            blockEnds.append(writer.length)
            take(&writer)
        }
        if isSealed { writer.seal() }
        take(&writer)
    }

    private mutating func take(_ writer: inout SegmentWriter) {
        writer.withPendingBytes { bytes += Array($0) }
        writer.pendingWritten()
    }

    /// Reads a segment of these bytes and returns what it holds, by location.
    static func scan(
        _ bytes: [UInt8], of name: SegmentName, isLast: Bool
    ) throws(LogError) -> (scan: SegmentScan, records: [LogLocation: LogRecord]) {
        var found: [LogLocation: LogRecord] = [:]
        let read: (UnsafeRawBufferPointer) throws(LogError) -> SegmentScan = { buffer throws(LogError) in
            try SegmentScan(buffer, of: name, isLast: isLast) { block in
                for index in 0..<block.count {
                    found[block.location(of: index, in: name.number)] = block.record(at: index)
                }
            }
        }
        let outcome = bytes.withUnsafeBytes { buffer -> Result<SegmentScan, LogError> in
            do throws(LogError) { return .success(try read(buffer)) } catch { return .failure(error) }
        }
        return (try outcome.get(), found)
    }
}

extension LogRecord {
    /// A record with a head that compresses and a body that may not.
    static func random(using random: inout SeededRandom, bodyBytesMax: Int) -> LogRecord {
        let head = Array("recipient-\(random.below(50)) sender-\(random.below(50)) \(random.next())".utf8)
        let body: [UInt8] = (0..<random.below(bodyBytesMax + 1)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return LogRecord(
            slot: Slot(random.below(SlotCount.standard.value)), kind: UInt8(random.below(5)), head: head,
            body: random.below(3) == 0 ? Array(repeating: 65, count: body.count) : body)
    }
}
