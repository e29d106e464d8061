import Foundation
import RoostCore
import RoostLog
import RoostStorage
import Synchronization
import Testing

@Suite struct GroupCommitTests {
    @Test func whatIsAppendedIsReadBackNowAndAfterAStart() throws {
        let scratch = try ScratchDirectory()
        let records = (0..<500).map { LogRecord.numbered($0, bodyBytes: $0 * 7 % 3000) }
        let log = try OpenLog(scratch.data)
        var locations: [LogLocation] = []
        for start in stride(from: 0, to: records.count, by: 10) {
            locations += try log.append(Array(records[start..<start + 10]), token: UInt64(start))
        }
        #expect(locations == locations.sorted() && Set(locations).count == records.count)
        log.service.read(locations, shard: 0, token: 5)
        #expect(try log.inbox.bodies(5) == records.map(\.body))
        let bytesOnDisk = log.service.bytesOnDisk
        log.close()
        #expect(bytesOnDisk > 500_000)

        let again = try OpenLog(scratch.data)
        #expect(again.replayed.map(\.location) == locations)
        #expect(again.replayed.map(\.head) == records.map(\.head))
        #expect(again.replayed.map(\.bodyBytes) == records.map(\.body.count))
        #expect(again.replayed.map(\.slot) == records.map(\.slot))
        #expect(try again.replayedBodies() == records.map(\.body))
        #expect(again.service.report.segmentsScanned == 0, "a log that was closed is read by its footers")
        again.close()
    }

    @Test func noDurableAnswerComesBeforeTheSync() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files)
        files.holdSyncs()
        #expect(log.service.append([.numbered(1)], durability: .durable, shard: 0, token: 1))
        files.waitForHeldSync()
        #expect(log.inbox.next(within: 0.05) == nil)
        files.letSyncsGo()
        #expect(try log.inbox.appended(1).count == 1)
        log.close()
    }

    @Test func whatCameDuringASyncIsOneGroupAndOneHandOver() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files)
        files.holdSyncs()
        #expect(log.service.append([.numbered(0)], durability: .durable, shard: 0, token: 0))
        files.waitForHeldSync()
        for token in 1...50 as ClosedRange<UInt64> {
            #expect(log.service.append([.numbered(Int(token))], durability: .durable, shard: 0, token: token))
        }
        let before = files.events.count
        files.letSyncsGo()
        for token in 0...50 as ClosedRange<UInt64> { #expect(try log.inbox.appended(token).count == 1) }
        #expect(log.inbox.handOverCount == 2)
        let after = files.events[before...]
        #expect(after.count == 3, "the first group's sync, then one write and one sync: \(after)")
        log.close()
    }

    @Test func lazyRecordsAreAnsweredAfterTheWriteAndSyncedSoonAfter() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files) { $0.lazySyncDelay = .seconds(1) }
        let before = files.events.count
        let start = ContinuousClock.now
        #expect(log.service.append([.numbered(1)], durability: .lazy, shard: 0, token: 1))
        #expect(log.service.append([.numbered(2)], durability: .lazy, shard: 0, token: 2))
        #expect(try log.inbox.appended(1).count == 1)
        #expect(try log.inbox.appended(2).count == 1)
        #expect(files.events.count == before + 1, "one write for both, no sync yet")
        while files.events.count == before + 1, start.duration(to: .now) < .seconds(10) { usleep(5_000) }
        guard case .synced = files.events.last else {
            Issue.record("\(files.events) does not end with a sync")
            return
        }
        #expect(start.duration(to: .now) >= .milliseconds(900))
        log.close()
    }

    @Test func aLazyRecordRidesWithADurableOne() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files) { $0.lazyWriteDelay = .seconds(100) }
        #expect(log.service.append([.numbered(1)], durability: .lazy, shard: 0, token: 1))
        #expect(log.inbox.next(within: 0.05) == nil)
        #expect(log.service.append([.numbered(2)], durability: .durable, shard: 0, token: 2))
        let first = try log.inbox.appended(1)
        let second = try log.inbox.appended(2)
        #expect(first.first.map(\.blockOffset) == second.first.map(\.blockOffset), "they share a block")
        log.close()
    }

    @Test func theRecordsOfEachShardStandInItsOrder() throws {
        let scratch = try ScratchDirectory()
        let shards = 4
        let log = try OpenLog(scratch.data, shards: shards, segmentBytesMax: 60_000)
        let threads = (0..<shards).map { shard in
            let service = log.service
            let thread = Thread {
                for number in 0..<300 {
                    let durability: LogDurability = number % 3 == 0 ? .lazy : .durable
                    _ = service.append(
                        [.numbered(shard * 1000 + number, bodyBytes: 50)], durability: durability, shard: shard,
                        token: UInt64(number))
                }
            }
            thread.start()
            return thread
        }
        var next = Array(repeating: UInt64(0), count: shards)
        for _ in 0..<shards * 300 {
            let (shard, completion) = try #require(log.inbox.next())
            guard case .appended(let token, _) = completion else { continue }
            #expect(token == next[shard])
            next[shard] += 1
        }
        #expect(threads.count == shards)
        log.close()
        let again = try OpenLog(scratch.data, shards: shards)
        for shard in 0..<shards {
            let numbers = again.replayed.compactMap { LogRecord.number(ofHead: $0.head) }.filter { $0 / 1000 == shard }
            #expect(numbers == Array(shard * 1000..<shard * 1000 + 300))
        }
        again.close()
    }

    @Test func aFullQueueRefuses() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let log = try OpenLog(scratch.data, files: files, segmentBytesMax: 1 << 30)
        files.holdSyncs()
        let batch = Array(repeating: LogRecord.numbered(1, bodyBytes: Limits.bodyBytesMax), count: 16)
        var taken = 0
        while log.service.append(batch, durability: .durable, shard: 0, token: UInt64(taken)), taken < 200 {
            taken += 1
        }
        #expect((60...64).contains(taken), "\(taken) MiB")
        files.letSyncsGo()
        for token in 0..<taken { _ = try log.inbox.appended(UInt64(token)) }
        // The bytes are given back after the answers have been handed over.
        var isTakenAgain = false
        for _ in 0..<100 where !isTakenAgain {
            isTakenAgain = log.service.append(batch, durability: .durable, shard: 0, token: 999)
            if !isTakenAgain { usleep(10_000) }
        }
        #expect(isTakenAgain)
        log.close()
    }

    @Test func aRecordBeyondTheFormatIsRefused() throws {
        let scratch = try ScratchDirectory()
        let log = try OpenLog(scratch.data)
        let long = LogRecord.numbered(1, bodyBytes: MessageContent.bytesMax + 1)
        #expect(!log.service.append([long], durability: .durable, shard: 0, token: 1))
        log.close()
    }

    @Test func aFailedSyncIsNeverRetried() throws {
        let scratch = try ScratchDirectory()
        let files = WatchedFiles()
        let failures = Mutex<[StorageError]>([])
        let failed = DispatchSemaphore(value: 0)
        let box = FailureBox(failures: { error in failures.withLock { $0.append(error) } }, done: failed)
        let log = try OpenLog(scratch.data, files: files) { $0.onFailure = { box.take($0) } }
        let error = StorageError.system(call: "fdatasync", path: "x", code: EIO)
        files.failSyncs(error)
        #expect(log.service.append([.numbered(1)], durability: .durable, shard: 0, token: 1))
        #expect(failed.wait(timeout: .now() + 10) == .success)
        #expect(!log.service.append([.numbered(2)], durability: .durable, shard: 0, token: 2))
        log.close()
        #expect(log.inbox.nextNow() == nil, "nothing is answered")
        #expect(failures.withLock { $0 } == [error])
    }
}

/// Hands a failure on and says that it came.
private struct FailureBox: @unchecked Sendable {
    // `@unchecked`: called once, before the test goes on.
    let failures: (StorageError) -> Void
    let done: DispatchSemaphore

    func take(_ error: StorageError) {
        failures(error)
        done.signal()
    }
}
