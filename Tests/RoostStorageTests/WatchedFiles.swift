import Foundation
import RoostStorage

/// The real file system, watched: knows what is on stable storage, can hold calls up and let them fail.
final class WatchedFiles: FileSystem, @unchecked Sendable {
    // `@unchecked`: the members are touched under `condition` alone.

    enum Event: Equatable, Sendable {
        case wrote(String, Range<Int>)
        case synced(String)
        case syncedDirectory
        case deleted(String)
    }

    private let system = SystemFiles()
    private let condition = NSCondition()
    private var log: [Event] = []
    private var syncedBytes: [String: Int] = [:]
    private var lengths: [String: Int] = [:]
    private var isHoldingSyncs = false
    private var waitingSyncs = 0
    private var failingSync: StorageError?
    private var isOutOfSpace = false
    private var fakeSpace: DiskSpace?

    // MARK: What a test sees and does

    var events: [Event] { locked { log } }

    func note(_ event: Event) { locked { log.append(event) } }

    /// Syncs wait from now on, until ``letSyncsGo()``.
    func holdSyncs() { locked { isHoldingSyncs = true } }

    func letSyncsGo() {
        locked {
            isHoldingSyncs = false
            condition.broadcast()
        }
    }

    /// Returns when a sync is being held up.
    func waitForHeldSync() {
        locked { while waitingSyncs == 0 { condition.wait() } }
    }

    func failSyncs(_ error: StorageError) { locked { failingSync = error } }

    func setOutOfSpace(_ isOut: Bool) { locked { isOutOfSpace = isOut } }

    func setSpace(_ space: DiskSpace?) { locked { fakeSpace = space } }

    /// Runs while no file changes: what it copies is what a crash would leave. `synced` says what of a file a crash leaves at least.
    func still<Result>(_ body: (_ synced: [String: Int]) throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body(syncedBytes)
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    private func changing<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    // MARK: FileSystem

    func names(in directory: String) throws(StorageError) -> [String] { try system.names(in: directory) }
    func exists(_ path: String) -> Bool { system.exists(path) }
    func makeDirectory(_ path: String) throws(StorageError) { try system.makeDirectory(path) }
    func close(_ file: OpenFile) { system.close(file) }
    func size(of file: OpenFile) throws(StorageError) -> Int { try system.size(of: file) }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> OpenFile {
        try changing { () throws(StorageError) in try system.open(path, mode) }
    }

    func read(_ file: OpenFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int
    {
        try system.read(file, at: offset, into: buffer)
    }

    func write(_ file: OpenFile, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        try changing { () throws(StorageError) in
            if isOutOfSpace, file.path.hasSuffix(".segment") {
                // A full disk takes a part.
                try system.write(file, at: offset, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]))
                throw .noSpace(path: file.path)
            }
            try system.write(file, at: offset, bytes)
            lengths[file.path] = max(lengths[file.path] ?? 0, offset + bytes.count)
            log.append(.wrote(file.path, offset..<offset + bytes.count))
        }
    }

    func syncData(_ file: OpenFile) throws(StorageError) {
        try changing { () throws(StorageError) in
            let length = lengths[file.path] ?? 0
            waitingSyncs += 1
            condition.broadcast()
            while isHoldingSyncs { condition.wait() }
            waitingSyncs -= 1
            if let failingSync { throw failingSync }
            try system.syncData(file)
            syncedBytes[file.path] = length
            log.append(.synced(file.path))
        }
    }

    func syncDirectory(_ path: String) throws(StorageError) {
        try changing { () throws(StorageError) in
            try system.syncDirectory(path)
            log.append(.syncedDirectory)
        }
    }

    func truncate(_ file: OpenFile, to bytes: Int) throws(StorageError) { try system.truncate(file, to: bytes) }

    func delete(_ path: String) throws(StorageError) {
        try changing { () throws(StorageError) in
            try system.delete(path)
            log.append(.deleted(path))
        }
    }

    func rename(_ path: String, to target: String) throws(StorageError) { try system.rename(path, to: target) }

    func reserve(_ file: OpenFile, bytes: Int) throws(StorageError) { try system.reserve(file, bytes: bytes) }

    func space(at path: String) throws(StorageError) -> DiskSpace {
        if let space = locked({ fakeSpace }) { return space }
        return try system.space(at: path)
    }
}
