import Glibc
import RoostCore

/// The file system of the machine.
public struct SystemFiles: FileSystem {
    /// Makes the value; it holds nothing.
    public init() {}

    /// Names in a directory, sorted.
    public func names(in directory: String) throws(StorageError) -> [String] {
        guard let stream = opendir(directory) else { throw .last("opendir", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether anything has this name.
    public func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Makes a directory and those above it; one that is there is fine.
    public func makeDirectory(_ path: String) throws(StorageError) {
        if mkdir(path, 0o750) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let parent = parentDirectory(of: path), parent != path else {
            throw .last("mkdir", path)
        }
        try makeDirectory(parent)
        if mkdir(path, 0o750) != 0, errno != EEXIST { throw .last("mkdir", path) }
    }

    /// Opens a file.
    public func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> OpenFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .update: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL
            case .replace: O_RDWR | O_CREAT | O_TRUNC
            }
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .last("open", path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    /// Closes a file.
    public func close(_ file: OpenFile) {
        _ = Glibc.close(file.descriptor)
    }

    /// The length of a file in bytes.
    public func size(of file: OpenFile) throws(StorageError) -> Int {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw .last("fstat", file.path) }
        return Int(status.st_size)
    }

    /// Reads from `offset` until the buffer is full or the file ends; says how many bytes.
    public func read(
        _ file: OpenFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(file.descriptor, rest.baseAddress, rest.count, offset + done)
            if count == 0 { break }
            if count < 0 {
                guard errno == EINTR else { throw .last("pread", file.path) }
                continue
            }
            done += count
        }
        return done
    }

    /// Writes all of `bytes` at `offset`.
    public func write(_ file: OpenFile, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(file.descriptor, rest.baseAddress, rest.count, offset + done)
            if count < 0 {
                guard errno == EINTR else { throw .last("pwrite", file.path) }
                continue
            }
            done += count
        }
    }

    /// Returns when the file's bytes and length are on stable storage.
    public func syncData(_ file: OpenFile) throws(StorageError) {
        guard fdatasync(file.descriptor) == 0 else { throw .last("fdatasync", file.path) }
    }

    /// Returns when the directory's entries are on stable storage.
    public func syncDirectory(_ path: String) throws(StorageError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }

    /// Cuts a file.
    public func truncate(_ file: OpenFile, to bytes: Int) throws(StorageError) {
        guard ftruncate(file.descriptor, bytes) == 0 else { throw .last("ftruncate", file.path) }
    }

    /// Takes a name away.
    public func delete(_ path: String) throws(StorageError) {
        guard unlink(path) == 0 else { throw .last("unlink", path) }
    }

    /// Gives a file another name, replacing what has it.
    public func rename(_ path: String, to target: String) throws(StorageError) {
        guard Glibc.rename(path, target) == 0 else { throw .last("rename", path) }
    }

    /// Takes room on the disk for a file without writing it.
    public func reserve(_ file: OpenFile, bytes: Int) throws(StorageError) {
        let code = posix_fallocate(file.descriptor, 0, bytes)
        guard code == 0 else { throw .system(call: "posix_fallocate", path: file.path, code: code) }
    }

    /// The room of the file system that holds `path`.
    public func space(at path: String) throws(StorageError) -> DiskSpace {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw .last("statvfs", path) }
        let unit = Int(status.f_frsize)
        return DiskSpace(
            freeBytes: Int(clamping: status.f_bavail) * unit, totalBytes: Int(clamping: status.f_blocks) * unit)
    }
}

/// The directory that a path stands in; `nil` for a lone name.
func parentDirectory(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
