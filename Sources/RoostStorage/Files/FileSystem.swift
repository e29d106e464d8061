import RoostCore

/// The calls that the storage makes, so that tests can watch their order and let them fail.
public protocol FileSystem: Sendable {
    /// Names in a directory, sorted.
    func names(in directory: String) throws(StorageError) -> [String]
    /// Whether anything has this name.
    func exists(_ path: String) -> Bool
    /// Makes a directory and those above it; one that is there is fine.
    func makeDirectory(_ path: String) throws(StorageError)
    /// Opens a file.
    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> OpenFile
    /// Closes a file.
    func close(_ file: OpenFile)
    /// The length of a file in bytes.
    func size(of file: OpenFile) throws(StorageError) -> Int
    /// Reads from `offset` until the buffer is full or the file ends; says how many bytes.
    func read(_ file: OpenFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int
    /// Writes all of `bytes` at `offset`.
    func write(_ file: OpenFile, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError)
    /// Returns when the file's bytes and length are on stable storage.
    func syncData(_ file: OpenFile) throws(StorageError)
    /// Returns when the directory's entries are on stable storage.
    func syncDirectory(_ path: String) throws(StorageError)
    /// Cuts a file.
    func truncate(_ file: OpenFile, to bytes: Int) throws(StorageError)
    /// Takes a name away.
    func delete(_ path: String) throws(StorageError)
    /// Gives a file another name, replacing what has it.
    func rename(_ path: String, to target: String) throws(StorageError)
    /// Takes room on the disk for a file without writing it.
    func reserve(_ file: OpenFile, bytes: Int) throws(StorageError)
    /// The room of the file system that holds `path`.
    func space(at path: String) throws(StorageError) -> DiskSpace
}

/// How a file is opened.
public enum OpenMode: Sendable {
    /// For reading.
    case read
    /// For reading and writing; it must be there.
    case update
    /// For reading and writing; it must not be there.
    case create
    /// For reading and writing; emptied if it is there.
    case replace
}

/// An open file.
public struct OpenFile: Hashable, Sendable {
    /// The system's number for it.
    public let descriptor: Int32
    /// The name it was opened by.
    public let path: String

    /// Makes one of what the system gave.
    public init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }
}

/// The room of a file system.
public struct DiskSpace: Equatable, Sendable {
    /// Bytes that a process without privileges may still take.
    public var freeBytes: Int
    /// All bytes.
    public var totalBytes: Int

    /// Makes a value.
    public init(freeBytes: Int, totalBytes: Int) {
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }
}

extension FileSystem {
    /// All bytes of a file.
    func contents(of file: OpenFile) throws(StorageError) -> [UInt8] {
        try read(file, in: 0..<(try size(of: file)))
    }

    /// Bytes of a file, fewer than asked for where it ends.
    func read(_ file: OpenFile, in range: Range<Int>) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(StorageError) {
                let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
                count = try read(file, at: range.lowerBound, into: target)
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Does something with a file that is closed afterwards.
    func withFile<Result>(
        _ path: String, _ mode: OpenMode, _ body: (OpenFile) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        let file = try open(path, mode)
        defer { close(file) }
        return try body(file)
    }
}

extension [UInt8] {
    /// Reads the bytes in place, with a typed error.
    func reading<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outcome: Swift.Result<Result, Failure> = withUnsafeBytes { bytes in
            do throws(Failure) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
