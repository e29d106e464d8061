import Foundation

/// The files of this repository as they lie on disk.
enum Repository {
    /// The directory that holds `Package.swift`.
    static let root: URL = {
        var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url
    }()

    /// A Swift file of ours; generated ones are left out.
    struct SwiftFile {
        /// From the root, with slashes.
        let path: String
        let text: String
        let code: SourceCode
    }

    static let sources = swiftFiles(under: ["Sources", "bench/Sources"])
    static let tests = swiftFiles(under: ["Tests"])

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func entries(_ path: String) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path).sorted()
        } catch {
            preconditionFailure("\(path) cannot be read: \(error)")
        }
    }

    /// Every directory below `path`, from the root.
    static func directories(under path: String) -> [String] {
        paths(under: path).filter { path in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(
                atPath: root.appending(path: path).path, isDirectory: &isDirectory) && isDirectory.boolValue
        }
    }

    private static func paths(under path: String) -> [String] {
        guard let found = FileManager.default.enumerator(atPath: root.appending(path: path).path) else {
            preconditionFailure("\(path) cannot be read")
        }
        return found.compactMap { ($0 as? String).map { "\(path)/\($0)" } }.sorted()
    }

    private static func swiftFiles(under directories: [String]) -> [SwiftFile] {
        directories.flatMap(paths(under:))
            .filter { $0.hasSuffix(".swift") && !$0.hasSuffix(".pb.swift") }
            .compactMap { path in
                // A file that vanishes between listing and reading is being edited; the next run sees it.
                (try? text(path)).map { SwiftFile(path: path, text: $0, code: SourceCode($0)) }
            }
    }
}
