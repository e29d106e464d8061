import Logging
import RoostCore
import RoostLog

/// What is asked of the reading thread.
enum ReadCommand: Sendable {
    case read([LogLocation], shard: Int, token: UInt64)
    /// Offer the records of a part of a segment to the shards.
    case clean(SegmentName, from: Int, skipsDamage: Bool)
    case added(SegmentName)
    case removed(UInt32)
}

/// The thread that reads, so that neither the event loops nor group commit wait for the disk to find something.
final class LogReaderThread {
    private let queue: CommandQueue<ReadCommand>
    private let log: CommandQueue<LogCommand>
    private let reader: LogReader
    private let options: LogOptions
    private let logger: Logger
    private let deliver: @Sendable (Int, [LogCompletion]) -> Void
    private var completions: [[LogCompletion]]
    private var undeliveredBytes = 0
    private var reported: Set<BlockCache.Key> = []

    /// Bodies are handed over when this much has gathered: a shard need not wait for all of a long queue.
    private static let deliveryBytes = 1024 * 1024

    init(
        queue: CommandQueue<ReadCommand>, log: CommandQueue<LogCommand>, reader: LogReader, options: LogOptions,
        logger: Logger, deliver: @escaping @Sendable (Int, [LogCompletion]) -> Void
    ) {
        self.queue = queue
        self.log = log
        self.reader = reader
        self.options = options
        self.logger = logger
        self.deliver = deliver
        completions = Array(repeating: [], count: options.shardCount)
    }

    func run() {
        var commands: [ReadCommand] = []
        while queue.take(into: &commands, until: .distantFuture) {
            for command in commands {
                carryOut(command)
                if case .read(let locations, _, _) = command { queue.settle(bytes: locations.count) }
            }
            commands.removeAll(keepingCapacity: true)
            flush()
        }
    }

    private func carryOut(_ command: ReadCommand) {
        switch command {
        case .read(let locations, let shard, let token):
            let bodies = locations.map(body)
            completions[shard].append(.read(token: token, bodies: bodies))
            undeliveredBytes += bodies.reduce(0) { $0 + ($1?.count ?? 0) }
            if undeliveredBytes > LogReaderThread.deliveryBytes { flush() }
        case .clean(let name, let offset, let skipsDamage):
            flush()
            clean(name, from: offset, skipsDamage: skipsDamage)
        case .added(let name):
            reader.add(name)
        case .removed(let number):
            reader.remove(number)
        }
    }

    private func flush() {
        for shard in completions.indices where !completions[shard].isEmpty {
            deliver(shard, completions[shard])
            completions[shard].removeAll()
        }
        undeliveredBytes = 0
    }

    private func body(at location: LogLocation) -> [UInt8]? {
        do throws(StorageError) {
            return try reader.body(at: location)
        } catch {
            let key = BlockCache.Key(segment: location.segment, offset: location.blockOffset)
            if reported.insert(key).inserted {
                logger.error("a record cannot be read", metadata: ["location": "\(location)", "error": "\(error)"])
                report(error, segment: location.segment, offset: Int(location.blockOffset))
            }
            return nil
        }
    }

    // MARK: Emptying a segment

    /// Offers the next part of a segment to the shards. The log's thread hears of it first, so that it knows whom to wait for.
    private func clean(_ name: SegmentName, from offset: Int, skipsDamage: Bool) {
        do throws(StorageError) {
            let part = try CleaningPart(
                of: try reader.segment(name.number), from: offset, skipsDamage: skipsDamage)
            var shares = Array(repeating: [StoredRecord](), count: options.shardCount)
            for record in part.records {
                guard !LogFormat.kindsOfManySlots.contains(record.kind) else {
                    for shard in shares.indices { shares[shard].append(record) }
                    continue
                }
                shares[record.slot.shard(of: options.shardCount)].append(record)
            }
            let shards = shares.indices.filter { !shares[$0].isEmpty }
            log.push(.offered(segment: name.number, to: shards, next: part.next), isUrgent: true)
            for shard in shards {
                deliver(shard, [.clean(segment: name.number, records: shares[shard])])
            }
        } catch {
            logger.error("a segment cannot be emptied", metadata: ["segment": "\(name)", "error": "\(error)"])
            log.push(.damaged(segment: name.number), isUrgent: true)
            report(error, segment: name.number, offset: offset)
        }
    }

    // MARK: Damage

    /// Finds out whose data was hit by damage that came to light while the node runs.
    private func report(_ error: StorageError, segment number: UInt32, offset: Int) {
        guard case .log(let name, _) = error else { return }
        log.push(.damaged(segment: number), isUrgent: false)
        guard let onCorruption = options.onCorruption else { return }
        let anybodys = LogCorruption(
            segment: number, range: offset..<offset + LogFormat.blockHeaderBytes, slots: .all)
        do throws(StorageError) {
            let scan = try reader.segment(name.number).scan(isLast: false) { _ in }
            onCorruption(scan.isSealed ? scan.corruptions : [anybodys])
        } catch {
            onCorruption([anybodys])
        }
    }
}
