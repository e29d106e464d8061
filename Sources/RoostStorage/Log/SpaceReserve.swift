import Logging
import RoostLog

/// Room kept back on the disk in a file of its own, given up when the disk turns out to be full, so that what was accepted
/// can still be written and cleaning can go on.
struct SpaceReserve {
    private let path: String
    private let bytes: Int
    private let files: any FileSystem
    private var isHeld: Bool

    init(directory: String, bytes: Int, files: any FileSystem) {
        path = directory + "/reserve"
        self.bytes = bytes
        self.files = files
        isHeld = files.exists(path)
    }

    /// Takes the room where there is plenty of it. Without it the log works as well, but for a disk that fills up.
    mutating func take(_ space: DiskSpace, _ logger: Logger) {
        guard !isHeld, space.freeBytes / 4 > bytes else { return }
        do throws(StorageError) {
            try files.withFile(path, .replace) { file throws(StorageError) in
                try files.reserve(file, bytes: bytes)
            }
            isHeld = true
        } catch {
            logger.debug("no room is kept back", metadata: ["error": "\(error)"])
        }
    }

    /// Gives the room up; false when there is none to give.
    mutating func release() throws(StorageError) -> Bool {
        guard isHeld else { return false }
        isHeld = false
        try files.delete(path)
        return true
    }
}
