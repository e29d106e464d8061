import Logging
import RoostCore
import RoostLog
import Synchronization

/// A node's log: takes records from the shards, answers when they are on stable storage, reads bodies back, and empties segments
/// whose records are mostly dead.
///
/// Calls may come from any thread and return at once; a shard's records stand in the log in the order of its calls. Answers are
/// handed to `completions` by the log's own threads, many at a time. What is asked of a shard unasked, `clean` and `diskFull`,
/// follows from what was asked or replayed before, so none comes before the first call.
public final class LogService: Sendable {
    /// What the start found.
    public let report: LogReplayReport
    /// ``durablePosition`` as the start found it.
    public let recoveredPosition: UInt64
    private let options: LogOptions
    private let status: LogStatus
    private let writing: CommandQueue<LogCommand>
    private let reading: CommandQueue<ReadCommand>
    private let completions: @Sendable (Int, [LogCompletion]) -> Void
    private let logger: Logger
    private let threads: Mutex<[SystemThread]>

    /// Reads the log of `directory` and begins a new segment.
    /// - Parameters:
    ///   - directory: whose log.
    ///   - options: how it works.
    ///   - logger: for what operators should know.
    ///   - replay: is given every record, in the log's order, before this returns.
    ///   - completions: is given what the log tells a shard; called by the log's threads, must not block.
    /// - Throws: what keeps the log from being used; damage does not, see ``LogReplayReport/quarantined``.
    /// - Returns: the log, at work.
    public static func open(
        _ directory: DataDirectory, options: LogOptions, logger: Logger,
        replay: (ReplayedRecord) throws -> Void,
        completions: @escaping @Sendable (_ shard: Int, [LogCompletion]) -> Void
    ) throws(StorageError) -> LogService {
        let files = directory.files
        let path = directory.logPath
        if !files.exists(path) {
            try files.makeDirectory(path)
            try files.syncDirectory(directory.path)
        }
        let recovered = try recover(path, directory, replay)
        return try LogService(
            path: path, directory: directory, recovered: recovered, options: options, logger: logger,
            completions: completions)
    }

    private static func recover(
        _ path: String, _ directory: DataDirectory, _ replay: (ReplayedRecord) throws -> Void
    ) throws(StorageError) -> RecoveredLog {
        let outcome: Result<RecoveredLog, StorageError> = withoutActuallyEscaping(replay) { replay in
            do throws(StorageError) {
                let recovery = try LogRecovery(
                    directory: path, node: directory.nodeID, files: directory.files, replay: replay)
                return .success(recovery.log)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private init(
        path: String, directory: DataDirectory, recovered: RecoveredLog, options: LogOptions, logger: Logger,
        completions: @escaping @Sendable (Int, [LogCompletion]) -> Void
    ) throws(StorageError) {
        let writing = CommandQueue<LogCommand>(patience: options.lazyWriteDelay, bytesMax: Limits.logQueueBytesMax)
        let reading = CommandQueue<ReadCommand>(patience: .milliseconds(0), bytesMax: Limits.logReadsQueuedMax)
        let status = LogStatus()
        let writer = try LogWriterThread(
            directory: path, node: directory.nodeID, recovered: recovered, files: directory.files, options: options,
            logger: logger, status: status, queue: writing, reading: reading, deliver: completions)
        let reader = LogReaderThread(
            queue: reading, log: writing,
            reader: LogReader(directory: path, names: recovered.segments.map(\.name), files: directory.files),
            options: options, logger: logger, deliver: completions)
        self.options = options
        self.logger = logger
        self.status = status
        self.writing = writing
        self.reading = reading
        self.completions = completions
        report = recovered.report
        recoveredPosition = recovered.nextLSN
        threads = Mutex([try SystemThread { writer.run() }, try SystemThread { reader.run() }])
    }

    // MARK: Writing

    /// Takes records for the log; answered by ``LogCompletion/appended(token:locations:)``. False when they were not taken, which is
    /// when too much waits already, when one is longer than the format allows, or when the log has stopped.
    public func append(_ records: [LogRecord], durability: LogDurability, shard: Int, token: UInt64) -> Bool {
        precondition(shard >= 0 && shard < options.shardCount, "shard \(shard) of \(options.shardCount)")
        var bytes = 0
        for record in records {
            guard SegmentWriter.accepts(record) else {
                logger.error(
                    "a record is too long for the log",
                    metadata: ["head": "\(record.head.count)", "body": "\(record.body.count)"])
                return false
            }
            bytes += record.head.count + record.body.count + LogService.recordBytesExtra
        }
        guard !status.hasFailed.load(ordering: .relaxed) else { return false }
        // What is appended again from a segment that is being emptied must find room: without it the segment stays.
        let extra = status.isCleaning.load(ordering: .relaxed) ? Limits.logQueueBytesMax / 4 : 0
        return writing.push(
            .append(records, durability, shard: shard, token: token, bytes: bytes), isUrgent: durability == .durable,
            bytes: bytes, extraBytesMax: extra)
    }

    /// Memory that a record takes beside its bytes, about.
    private static let recordBytesExtra = 96

    // MARK: Reading

    /// Reads bodies; answered by ``LogCompletion/read(token:bodies:)``, in the order of the locations. Only what was answered as appended
    /// may be asked for.
    public func read(_ locations: [LogLocation], shard: Int, token: UInt64) {
        precondition(shard >= 0 && shard < options.shardCount, "shard \(shard) of \(options.shardCount)")
        let isTaken = reading.push(
            .read(locations, shard: shard, token: token), isUrgent: true, bytes: locations.count)
        if !isTaken {
            completions(shard, [.read(token: token, bodies: Array(repeating: nil, count: locations.count))])
        }
    }

    // MARK: Space

    /// Bytes of a segment are dead: those of ``LogFormat/accountedBytes(bodyBytes:)`` for each record. A hint, which decides when a segment
    /// is emptied and never what is kept.
    public func release(segment: UInt32, bytes: UInt32) {
        writing.push(.release(segment: segment, bytes: Int(bytes)), isUrgent: false)
    }

    /// A shard's answer to ``LogCompletion/clean(segment:records:)``: what it needs of that part is durable elsewhere, or appended before
    /// this call. Exactly one for each.
    public func cleaned(segment: UInt32, shard: Int) {
        writing.push(.cleaned(segment: segment, shard: shard), isUrgent: true)
    }

    /// Every slot that lost something in a damaged segment has been merged again: what is readable of it is moved and the file
    /// deleted, so that the next start finds nothing amiss.
    public func repaired(segment: UInt32) {
        writing.push(.repaired(segment: segment), isUrgent: true)
    }

    /// Whether there is too little room for new messages.
    public var isDiskFull: Bool { status.isDiskFull.load(ordering: .relaxed) }

    /// Bytes of the log's segments.
    public var bytesOnDisk: Int { status.bytesOnDisk.load(ordering: .relaxed) }

    /// Bytes written to segments since the start, those that are gone again among them.
    public var bytesWritten: UInt64 { status.bytesWritten.load(ordering: .relaxed) }

    /// How far the log has got on stable storage: rises with each record, and never falls, whatever is cleaned, cut off as torn,
    /// or started anew.
    public var durablePosition: UInt64 { status.durableLSN.load(ordering: .relaxed) }

    // MARK: The end

    /// Writes and syncs what was appended, seals the segment and ends the threads. Blocks; a second call does nothing.
    public func close() {
        let threads = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        guard let writer = threads.first, let reader = threads.last else { return }
        writing.close()
        writer.join()
        reading.close()
        reader.join()
    }
}
