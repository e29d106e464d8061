import Foundation
import RoostCore
import RoostLog
import RoostStorage
import Testing

@Suite struct LogInspectionTests {
    @Test func aRunningNodesLogCanBeLookedAt() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data, segmentBytesMax: 10_000)
        for number in 0..<100 { _ = try log.append([.numbered(number)]) }
        _ = try log.append([LogRecord(slot: Slot(3), kind: 9, head: [1], body: Array(repeating: 5, count: 4000))])
        var seen = 0
        var inspection = try LogInspection(of: scratch.data) { _ in seen += 1 }
        #expect(seen == 101)
        #expect(inspection.isWhole)
        #expect(inspection.segments.count == (try scratch.segments().count))
        #expect(inspection.segments.reduce(0) { $0 + $1.records } == 101)
        #expect(inspection.segments.dropLast().allSatisfy(\.isSealed) && inspection.segments.last?.isSealed == false)
        #expect(inspection.recordsByKind.map(\.kind) == [1, 9])
        #expect(inspection.recordsByKind.map(\.records) == [100, 1])
        #expect(inspection.compressionRatio > 1)
        inspection.release(segment: 1, bytes: 304)
        let table = inspection.table { $0 == 9 ? "nine" : "message" }
        #expect(table.contains("every block is whole"))
        #expect(table.contains("nine"))
        #expect(inspection.segments.first?.deadBytes == 304)
        let decoded = try JSONDecoder().decode(LogInspection.self, from: JSONEncoder().encode(inspection))
        #expect(decoded == inspection)
        // It took nothing and changed nothing.
        _ = try log.append([.numbered(200)])
        log.close()
        #expect(try LogInspection(of: scratch.data).segments.reduce(0) { $0 + $1.records } == 102)
    }

    @Test func damageIsShownWithWhatItHit() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data)
        let locations = try (0..<3).flatMap { try log.append([.numbered($0)]) }
        log.close()
        let path = try #require(scratch.segments().first)
        var bytes = try scratch.bytes(path)
        bytes[Int(locations[1].blockOffset) + 60] ^= 1
        try scratch.write(bytes, to: path)
        let inspection = try LogInspection(of: scratch.data)
        #expect(!inspection.isWhole)
        #expect(inspection.segments.first?.damage.map(\.slots) == [[1]])
        #expect(inspection.table { "\($0)" }.contains("(1 slots)"))
    }

    @Test func aPlaceWithoutALogIsSaidToBeOne() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.data + "/log"
        #expect(throws: StorageError.system(call: "open", path: path, code: ENOENT)) {
            try LogInspection(of: scratch.data)
        }
    }
}
