import Foundation
import RoostCore
import RoostLog
import RoostStorage
import Testing

@Suite struct SpaceTests {
    private func space(_ free: Int) -> DiskSpace { DiskSpace(freeBytes: free, totalBytes: 1_000_000) }

    @Test func shardsAreToldWhenSpaceRunsShortAndWhenItIsBack() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        files.setSpace(space(5_000))
        let log = try OpenLog(scratch.data, files: files, shards: 2) { $0.freeBytesMin = 5_001 }
        #expect(log.service.isDiskFull)
        #expect(log.inbox.next(within: 0.1) == nil, "nothing is said before anything was asked")
        // What is taken is still written: acknowledgements go on.
        #expect(log.service.append([.numbered(1)], durability: .lazy, shard: 0, token: 1))
        #expect(try log.inbox.appended(1).count == 1)
        for shard in 0..<2 {
            let next = try #require(log.inbox.next())
            guard case (shard, .diskFull(true)) = next else {
                Issue.record("\(next)")
                return
            }
        }
        files.setSpace(space(5_001))
        for shard in 0..<2 {
            let next = try #require(log.inbox.next())
            guard case (shard, .diskFull(false)) = next else {
                Issue.record("\(next)")
                return
            }
        }
        #expect(!log.service.isDiskFull)
        log.close()
    }

    @Test func withoutRoomWritingWaitsAndNothingIsAnswered() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files)
        _ = try log.append([.numbered(0)])
        files.setOutOfSpace(true)
        #expect(log.service.append([.numbered(1)], durability: .durable, shard: 0, token: 1))
        let told = try #require(log.inbox.next())
        guard case .diskFull(true) = told.completion else {
            Issue.record("\(told)")
            return
        }
        #expect(log.inbox.next(within: 0.3) == nil)
        #expect(log.service.isDiskFull)
        files.setOutOfSpace(false)
        let location = try #require(try log.inbox.appended(1).first)
        log.service.read([location], shard: 0, token: 2)
        while let next = log.inbox.next() {
            guard case .read(2, let bodies) = next.completion else { continue }
            #expect(bodies == [LogRecord.numbered(1).body])
            break
        }
        log.close()
        let again = try OpenLog(scratch.data)
        #expect(try again.replayedBodies() == [LogRecord.numbered(0).body, LogRecord.numbered(1).body])
        again.close()
    }

    @Test func theRoomKeptBackIsGivenUpWhenTheDiskIsFull() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data, segmentBytesMax: 100_000) { $0.reservesSpace = true }
        let reserve = scratch.data + "/log/reserve"
        #expect(try scratch.bytes(reserve).count == 300_000)
        log.close()
        #expect(!FileManager.default.fileExists(atPath: reserve), "a node that stopped keeps none")

        let files = WatchedFiles()
        let full = try OpenLog(scratch.data, files: files) { $0.reservesSpace = true }
        #expect(FileManager.default.fileExists(atPath: reserve))
        files.setOutOfSpace(true)
        #expect(full.service.append([.numbered(1)], durability: .durable, shard: 0, token: 1))
        for _ in 0..<200 where FileManager.default.fileExists(atPath: reserve) { usleep(10_000) }
        #expect(!FileManager.default.fileExists(atPath: reserve))
        files.setOutOfSpace(false)
        while let next = full.inbox.next() {
            if case .appended(1, _) = next.completion { break }
        }
        full.close()
    }
}
