import Glibc
import Logging
import RoostCore
import RoostLog
import Synchronization

/// The thread that writes: whatever came while the last sync ran becomes one group of blocks, one sync, and one hand-over of
/// answers to each shard.
final class LogWriterThread {
    let files: any FileSystem
    let options: LogOptions
    let logger: Logger
    let status: LogStatus
    let reading: CommandQueue<ReadCommand>
    private let directory: String
    private let node: NodeID
    private let queue: CommandQueue<LogCommand>
    private let deliver: @Sendable (Int, [LogCompletion]) -> Void
    private var completions: [[LogCompletion]]
    private var segment: SegmentWriter
    private var file: OpenFile
    var table: SegmentTable
    var cleaner = LogCleaner()
    var isCleanerDue = false
    var nextCleanerLook = Instant.zero
    /// Emptied segments that go when everything written so far is synced.
    var deletions: [UInt32] = []
    private var reserve: SpaceReserve
    private var nextSpaceLook = Instant.zero
    private var toldDiskFull = false
    /// Nothing is said unasked before something was asked: those who would hear it may not be there yet.
    private var hasBegun = false
    /// When the oldest bytes that are written and not synced were written.
    private var unsyncedSince: Instant?

    /// Pending bytes are written when there are this many, so that a large group takes no more memory than that.
    private static let writeBytes = 1024 * 1024
    private static let spaceLookInterval = TimeSpan.seconds(1)
    private static let noSpacePauseMicroseconds: UInt32 = 100_000

    init(
        directory: String, node: NodeID, recovered: RecoveredLog, files: any FileSystem, options: LogOptions,
        logger: Logger, status: LogStatus, queue: CommandQueue<LogCommand>, reading: CommandQueue<ReadCommand>,
        deliver: @escaping @Sendable (Int, [LogCompletion]) -> Void
    ) throws(StorageError) {
        self.directory = directory
        self.node = node
        self.files = files
        self.options = options
        self.logger = logger
        self.status = status
        self.queue = queue
        self.reading = reading
        self.deliver = deliver
        completions = Array(repeating: [], count: options.shardCount)
        table = SegmentTable(recovered.segments)
        reserve = SpaceReserve(directory: directory, bytes: options.reservedBytes, files: files)
        segment = SegmentWriter(
            header: LogWriterThread.newHeader(number: recovered.nextNumber, firstLSN: recovered.nextLSN, node: node))
        file = try files.open(directory + "/" + segment.header.name.fileName, .create)
        status.bytesOnDisk.store(table.fileBytes, ordering: .relaxed)
        try beginSegment()
        try delete(recovered.leftovers)
        lookAtSpace(now: MonotonicClock.now)
    }

    private func delete(_ paths: [String]) throws(StorageError) {
        guard !paths.isEmpty else { return }
        for path in paths { try files.delete(path) }
        try files.syncDirectory(directory)
    }

    // MARK: The loop

    func run() {
        var commands: [LogCommand] = []
        do throws(StorageError) {
            while queue.take(into: &commands, until: nextDeadline) {
                try turn(commands)
                commands.removeAll(keepingCapacity: true)
            }
            try finish()
        } catch {
            fail(error)
        }
    }

    private var nextDeadline: Instant {
        guard hasBegun else { return .distantFuture }
        var deadline = cleaner.nextDeadline
        if let unsyncedSince { deadline = min(deadline, unsyncedSince + options.lazySyncDelay) }
        if status.isDiskFull.load(ordering: .relaxed) { deadline = min(deadline, nextSpaceLook) }
        if isCleanerDue, cleaner.isIdle { deadline = min(deadline, nextCleanerLook) }
        return deadline
    }

    private func turn(_ commands: [LogCommand]) throws(StorageError) {
        hasBegun = true
        let now = MonotonicClock.now
        var needsSync = false
        var settledBytes = 0
        for command in commands {
            if case .append(let records, let durability, let shard, let token, let bytes) = command {
                try append(records, shard: shard, token: token)
                settledBytes += bytes
                if durability == .durable { needsSync = true }
            } else {
                carryOut(command, now: now)
            }
        }
        segment.finishBlock()
        try write(now: now)
        if let unsyncedSince, now >= unsyncedSince + options.lazySyncDelay { needsSync = true }
        if needsSync || !deletions.isEmpty { try sync() }
        answer()
        if settledBytes > 0 { queue.settle(bytes: settledBytes) }
        try deleteEmptied()
        if now >= nextSpaceLook { lookAtSpace(now: now) }
        tellDiskFull()
        clean(now: now)
    }

    private func append(_ records: [LogRecord], shard: Int, token: UInt64) throws(StorageError) {
        var locations: [LogLocation] = []
        locations.reserveCapacity(records.count)
        for record in records {
            if segment.length + segment.openBlockBytes >= options.segmentBytesMax { try roll() }
            locations.append(segment.append(record))
            if segment.pendingBytes >= LogWriterThread.writeBytes { try write(now: MonotonicClock.now) }
        }
        completions[shard].append(.appended(token: token, locations: locations))
    }

    private func answer() {
        for shard in completions.indices where !completions[shard].isEmpty {
            let answers = completions[shard]
            completions[shard] = []
            completions[shard].reserveCapacity(answers.count)
            deliver(shard, answers)
        }
    }

    // MARK: Bytes to the disk

    private func write(now: Instant) throws(StorageError) {
        guard segment.pendingBytes > 0 else { return }
        try waitingForSpace { () throws(StorageError) in
            try segment.withPendingBytes { bytes throws(StorageError) in
                try files.write(file, at: segment.writtenBytes, bytes)
            }
        }
        status.bytesOnDisk.add(segment.pendingBytes, ordering: .relaxed)
        status.bytesWritten.add(UInt64(segment.pendingBytes), ordering: .relaxed)
        segment.pendingWritten()
        if unsyncedSince == nil { unsyncedSince = now }
    }

    /// Repeats what finds no room on the disk. What was taken over must be written, and nothing of it is answered until then.
    private func waitingForSpace<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        while true {
            do throws(StorageError) {
                return try body()
            } catch .noSpace(let path) {
                setDiskFull(true)
                if try reserve.release() { continue }
                guard hasBegun, !queue.hasClosed else { throw .noSpace(path: path) }
                tellDiskFull()
                logger.error("the disk is full: writing waits", metadata: ["path": "\(path)"])
                usleep(LogWriterThread.noSpacePauseMicroseconds)
            }
        }
    }

    private func sync() throws(StorageError) {
        guard unsyncedSince != nil else { return }
        try files.syncData(file)
        unsyncedSince = nil
        // Whatever was appended has been written by now.
        status.durableLSN.store(segment.nextLSN, ordering: .relaxed)
    }

    // MARK: Segments

    private static func newHeader(number: UInt32, firstLSN: UInt64, node: NodeID) -> SegmentHeader {
        var random = SystemRandomNumberGenerator()
        return SegmentHeader(number: number, id: .random(using: &random), node: node, firstLSN: firstLSN)
    }

    /// Takes the header of a new segment's file to the disk, and its name.
    private func beginSegment() throws(StorageError) {
        try write(now: MonotonicClock.now)
        try sync()
        try files.syncDirectory(directory)
        table.append(SegmentState(name: segment.header.name, isOpen: true))
        reading.push(.added(segment.header.name), isUrgent: false)
    }

    private func roll() throws(StorageError) {
        try seal()
        segment = SegmentWriter(
            header: LogWriterThread.newHeader(
                number: segment.header.number + 1, firstLSN: segment.nextLSN, node: node))
        let path = directory + "/" + segment.header.name.fileName
        file = try waitingForSpace { () throws(StorageError) in try files.open(path, .create) }
        try beginSegment()
        isCleanerDue = true
    }

    private func seal() throws(StorageError) {
        segment.seal()
        try write(now: MonotonicClock.now)
        try sync()
        files.close(file)
        table.update(segment.header.number) {
            $0.isOpen = false
            $0.fileBytes = segment.length
            $0.accountedBytes = segment.accountedBytes
        }
    }

    /// Everything that was asked has been done: the next start reads only footers. An empty segment stays, for it may be the
    /// only one that says how far the log has got; one of a log that nothing was ever written to says nothing.
    private func finish() throws(StorageError) {
        if segment.nextLSN > SegmentWriter.firstLSN {
            try seal()
        } else {
            files.close(file)
            try delete([file.path])
        }
        _ = try reserve.release()
    }

    private func deleteEmptied() throws(StorageError) {
        guard !deletions.isEmpty else { return }
        for number in deletions {
            guard let state = table[number] else { continue }
            try files.delete(directory + "/" + state.name.fileName)
            status.bytesOnDisk.subtract(state.fileBytes, ordering: .relaxed)
            table.remove(number)
            reading.push(.removed(number), isUrgent: true)
            logger.debug("a segment was emptied", metadata: ["segment": "\(number)", "bytes": "\(state.fileBytes)"])
        }
        deletions.removeAll()
        try files.syncDirectory(directory)
    }

    /// The number of the segment being written.
    var newest: UInt32 { segment.header.number }

    // MARK: Space

    private func lookAtSpace(now: Instant) {
        nextSpaceLook = now + LogWriterThread.spaceLookInterval
        do throws(StorageError) {
            let space = try files.space(at: directory)
            let isFull = space.freeBytes < options.freeBytesMin(ofTotal: space.totalBytes)
            setDiskFull(isFull)
            if options.reservesSpace, !isFull { reserve.take(space, logger) }
        } catch {
            logger.warning("the room on the disk is not known", metadata: ["error": "\(error)"])
        }
    }

    private func setDiskFull(_ isFull: Bool) {
        guard status.isDiskFull.exchange(isFull, ordering: .relaxed) != isFull else { return }
        if isFull {
            logger.warning("the disk is nearly full: new messages are refused")
        } else {
            logger.notice("there is room on the disk again")
        }
        isCleanerDue = true
    }

    /// Lets the shards know when it has changed.
    private func tellDiskFull() {
        let isFull = status.isDiskFull.load(ordering: .relaxed)
        guard isFull != toldDiskFull else { return }
        toldDiskFull = isFull
        for shard in completions.indices { deliver(shard, [.diskFull(isFull)]) }
    }

    // MARK: Failure

    private func fail(_ error: StorageError) {
        status.hasFailed.store(true, ordering: .relaxed)
        logger.critical("the log cannot go on", metadata: ["error": "\(error)"])
        guard let onFailure = options.onFailure else { _exit(74) }
        onFailure(error)
    }
}
