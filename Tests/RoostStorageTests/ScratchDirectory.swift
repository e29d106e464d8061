import Foundation
import Testing

/// A directory of one test, gone when the test is.
final class ScratchDirectory: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "roost-storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(path) stays behind: \(error)")
        }
    }

    /// A place in it for a data directory.
    var data: String { path + "/data" }

    func names(_ folder: String = "data/log") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted()
    }

    /// The log's segments.
    func segments(_ folder: String = "data/log") throws -> [String] {
        try names(folder).filter { $0.hasSuffix(".segment") }.map { path + "/" + folder + "/" + $0 }
    }

    func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// Copies the data directory as it stands.
    func copy(to name: String) throws {
        try FileManager.default.copyItem(atPath: data, toPath: path + "/" + name)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }
}
