import Glibc

/// Keeps a second process off a data directory for as long as this one lives, however it ends. The file says which process.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Takes the lock of `directory`, whose file is `path`.
    static func take(path: String, directory: String) throws(StorageError) -> DirectoryLock {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .last("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error =
                isHeld
                ? StorageError.directoryInUse(path: directory, process: DirectoryLock.holder(descriptor))
                : StorageError.last("flock", path)
            _ = Glibc.close(descriptor)
            throw error
        }
        let lock = DirectoryLock(descriptor: descriptor)
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw .last("write", path)
        }
        return lock
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
