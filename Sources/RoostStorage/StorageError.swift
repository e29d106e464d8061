import Glibc
import RoostCore
import RoostLog

/// Why the disk could not be used.
public enum StorageError: Error, Equatable, Sendable {
    /// The system refused a call.
    case system(call: String, path: String, code: Int32)
    /// The file system has no room left.
    case noSpace(path: String)
    /// Another process has the data directory open; its id, if it said so.
    case directoryInUse(path: String, process: Int32?)
    /// The directory holds a node's data, but the file that says whose is not there.
    case identityMissing(path: String)
    /// The file that says whose data this is does not match its checksum.
    case identityDamaged(path: String)
    /// A control file does not match its checksum.
    case controlFileDamaged(path: String)
    /// A control file may not be this long.
    case controlFileTooLong(path: String, bytes: Int, limit: Int)
    /// Bytes of the log cannot be used.
    case log(SegmentName, LogError)
    /// A segment was written by another node.
    case foreignSegment(SegmentName, node: NodeID)
    /// Two files claim to be the same segment.
    case segmentTwice(number: UInt32)
    /// The log has no such segment.
    case noSuchSegment(number: UInt32)
    /// The caller could not take a record that the log gave back.
    case replayRefused(at: LogLocation, reason: String)

    /// The failure of a system call, by what `errno` says right after it.
    static func last(_ call: String, _ path: String) -> StorageError {
        let code = errno
        return code == ENOSPC || code == EDQUOT ? .noSpace(path: path) : .system(call: call, path: path, code: code)
    }
}

extension StorageError: CustomStringConvertible {
    /// What happened, for people.
    public var description: String {
        switch self {
        case .system(let call, let path, let code): "\(call) \(path): \(String(cString: strerror(code)))"
        case .noSpace(let path): "no space left for \(path)"
        case .directoryInUse(let path, let process):
            "\(path) is in use by \(process.map { "process \($0)" } ?? "another process")"
        case .identityMissing(let path):
            "\(path) is missing, yet there is data beside it: restore it, or use an empty data directory"
        case .identityDamaged(let path):
            "\(path) is damaged: restore it, or replace this node by one with an empty data directory"
        case .controlFileDamaged(let path): "\(path) is damaged"
        case .controlFileTooLong(let path, let bytes, let limit): "\(path) has \(bytes) bytes, more than \(limit)"
        case .log(let name, let error): "\(name): \(error)"
        case .foreignSegment(let name, let node): "\(name) belongs to node \(node)"
        case .segmentTwice(let number): "there are two files of segment \(number)"
        case .noSuchSegment(let number): "there is no segment \(number)"
        case .replayRefused(let location, let reason):
            "the record at \(location.segment)/\(location.blockOffset)/\(location.index) cannot be used: \(reason)"
        }
    }
}
