import RoostCore
import RoostLog
import Synchronization

/// A node's directory: whose it is, how often it was opened, its control files and its log. One process at a time has it open.
public final class DataDirectory: Sendable {
    /// Where it is.
    public let path: String
    /// The node whose data it holds.
    public let nodeID: NodeID
    /// How often it has been opened, this time included.
    public let boot: BootCounter
    let files: any FileSystem
    private let lock: Mutex<DirectoryLock?>

    private static let identityName = "identity"
    private static let lockName = "lock"

    /// Where the log's segments are.
    var logPath: String { DataDirectory.logPath(in: path) }

    static func logPath(in path: String) -> String { path + "/log" }

    /// Opens a directory, making it if it is not there, and raises its boot counter durably.
    ///
    /// An identity is minted only where there is nothing else: a directory with data and no readable identity is refused.
    /// - Throws: ``StorageError/directoryInUse(path:process:)``, ``StorageError/identityMissing(path:)``,
    ///   ``StorageError/identityDamaged(path:)``, or what the system says.
    /// - Returns: the open directory.
    public static func open(
        _ path: String, files: any FileSystem = SystemFiles()
    ) throws(StorageError) -> DataDirectory {
        let isNew = !files.exists(path)
        try files.makeDirectory(path)
        if isNew { try files.syncDirectory(parentDirectory(of: path) ?? ".") }
        let lock = try DirectoryLock.take(path: path + "/" + lockName, directory: path)
        let file = ControlFile(directory: path, name: identityName, files: files)
        let (id, boots) = try identity(file)
        var writer = ByteWriter()
        writer.write(id)
        writer.writeFixed(boots + 1)
        try file.write(writer.bytes)
        return DataDirectory(path: path, nodeID: id, boot: boots + 1, files: files, lock: lock)
    }

    private init(
        path: String, nodeID: NodeID, boot: BootCounter, files: any FileSystem, lock: DirectoryLock
    ) {
        self.path = path
        self.nodeID = nodeID
        self.boot = boot
        self.files = files
        self.lock = Mutex(lock)
    }

    private static func identity(_ file: ControlFile) throws(StorageError) -> (NodeID, boots: BootCounter) {
        let content: [UInt8]?
        do throws(StorageError) {
            content = try file.read()
        } catch .controlFileDamaged(_), .controlFileTooLong {
            throw .identityDamaged(path: file.path)
        }
        guard let content else {
            // A temporary of the identity is what a crash during the very first open leaves.
            let others = try file.files.names(in: file.directory).filter { $0 != lockName && $0 != "identity.new" }
            guard others.isEmpty else { throw .identityMissing(path: file.path) }
            var random = SystemRandomNumberGenerator()
            return (NodeID.random(using: &random), 0)
        }
        do throws(ByteReaderError) {
            var reader = ByteReader(content)
            let id = try reader.readUniqueID()
            let boots = try reader.readUInt64()
            try reader.finish()
            return (id, boots)
        } catch {
            throw .identityDamaged(path: file.path)
        }
    }

    /// What a control file holds; `nil` when it was never written.
    /// - Throws: ``StorageError/controlFileDamaged(path:)``, or what the system says.
    /// - Parameter name: the file's name, without a slash.
    /// - Returns: the bytes last written.
    public func read(_ name: String) throws(StorageError) -> [UInt8]? {
        try controlFile(name).read()
    }

    /// Replaces what a control file holds; returns when that is on stable storage. A crash leaves the old or the new bytes.
    public func write(_ name: String, _ content: [UInt8]) throws(StorageError) {
        try controlFile(name).write(content)
    }

    /// Lets another process have the directory.
    public func close() {
        lock.withLock { $0 = nil }
    }

    private func controlFile(_ name: String) -> ControlFile {
        precondition(
            !name.contains("/") && name != DataDirectory.identityName && name != DataDirectory.lockName,
            "'\(name)' is no name for a control file")
        return ControlFile(directory: path, name: name, files: files)
    }
}
