import Logging
import RoostCore
import RoostLog
import RoostStorage
import Synchronization
import Testing

/// A log of a test, and what it said at start.
struct OpenLog {
    let directory: DataDirectory
    let service: LogService
    let inbox = Inbox()
    let replayed: [ReplayedRecord]

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(
        _ path: String, files: any FileSystem = SystemFiles(), shards: Int = 1, segmentBytesMax: Int = 1 << 20,
        _ change: (inout LogOptions) -> Void = { _ in }
    ) throws {
        directory = try DataDirectory.open(path, files: files)
        var options = LogOptions(shardCount: shards, freeBytesMin: 1)
        options.segmentBytesMax = segmentBytesMax
        options.reservesSpace = false
        change(&options)
        var replayed: [ReplayedRecord] = []
        service = try LogService.open(directory, options: options, logger: OpenLog.logger) { record in
            replayed.append(record)
        } completions: { [inbox] shard, completions in
            inbox.deliver(shard, completions)
        }
        self.replayed = replayed
    }

    func close() {
        service.close()
        directory.close()
    }

    /// Appends and waits for the answer.
    func append(_ records: [LogRecord], token: UInt64 = 1, durability: LogDurability = .durable) throws -> [LogLocation]
    {
        guard service.append(records, durability: durability, shard: 0, token: token) else { return [] }
        return try inbox.appended(token)
    }

    /// The bodies of everything that was replayed, read back.
    func replayedBodies() throws -> [[UInt8]?] {
        guard !replayed.isEmpty else { return [] }
        service.read(replayed.map(\.location), shard: 0, token: 77)
        return try inbox.bodies(77)
    }
}

extension LogRecord {
    /// A record that says who it is.
    static func numbered(_ number: Int, bodyBytes: Int = 240) -> LogRecord {
        var random = SeededRandom(seed: UInt64(number))
        let body = (0..<bodyBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return LogRecord(slot: Slot(number % 1024), kind: 1, head: Array("\(number)".utf8), body: body)
    }

    /// The number that its head says.
    static func number(ofHead head: [UInt8]) -> Int? { Int(String(decoding: head, as: UTF8.self)) }
}
