import Foundation
import Glibc
import RoostClient
import RoostCore

/// The file that holds a session: credentials, numbers, watermarks, unsent messages and the last lines.
///
/// It is replaced whole, by a rename after an fsync, so that it is always one state or the next. A lock on a file beside
/// it keeps a second chat of the same device out.
final class ChatStore {
    struct Content: Codable {
        var credentials: Credentials?
        var session = ClientSession.State()
        var lines: [ChatLine] = []
        /// The names of groups, by address.
        var groups: [String: String]?
        /// How long messages of a conversation live, in seconds, by address.
        var lifetimes: [String: UInt32]?
    }

    var content: Content
    private let path: String
    private let lock: Int32

    /// Lines that are kept.
    static let linesMax = 500

    init(path: String) throws {
        self.path = path
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw ChatFailure("\(path) cannot be made: \(error.localizedDescription)")
        }
        lock = open("\(path).lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw ChatFailure("\(path).lock cannot be opened: \(String(cString: strerror(errno)))") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(lock)
            throw ChatFailure("another chat of this user is running here (\(path) is locked)")
        }
        guard files.fileExists(atPath: path) else {
            content = Content()
            return
        }
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            Glibc.close(lock)
            throw ChatFailure("\(path) is damaged: remove it to begin anew as a new device")
        }
    }

    deinit {
        Glibc.close(lock)
    }

    /// On disk when it returns.
    func save() throws {
        if content.lines.count > ChatStore.linesMax {
            content.lines.removeFirst(content.lines.count - ChatStore.linesMax)
        }
        let bytes: Data
        do {
            bytes = try JSONEncoder().encode(content)
        } catch {
            throw ChatFailure("the session cannot be written: \(error.localizedDescription)")
        }
        let temporary = "\(path).new"
        let file = open(temporary, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failed(temporary) }
        defer { Glibc.close(file) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress?.advanced(by: offset), $0.count - offset) }
            guard count > 0 else { throw failed(temporary) }
            offset += count
        }
        guard fsync(file) == 0, rename(temporary, path) == 0 else { throw failed(temporary) }
        let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failed(path) }
        defer { Glibc.close(directory) }
        guard fsync(directory) == 0 else { throw failed(path) }
    }

    private func failed(_ path: String) -> ChatFailure {
        ChatFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }

    /// `$XDG_STATE_HOME/roost`, or `~/.local/state/roost`.
    static func directory() -> String {
        let environment = ProcessInfo.processInfo.environment
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/roost" }
        return "\(environment["HOME"] ?? NSHomeDirectory())/.local/state/roost"
    }

    /// The stored sessions in `directory`.
    static func names(in directory: String) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json") }
        } catch {
            return []
        }
    }
}
