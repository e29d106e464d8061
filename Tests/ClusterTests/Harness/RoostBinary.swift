import Foundation

/// The program under test.
enum RoostBinary {
    struct Missing: Error, CustomStringConvertible {
        let places: [String]

        var description: String {
            "there is no roost to test: build it (swift build --product roost), or name it with ROOST_BIN. "
                + "Looked at \(places.joined(separator: ", "))"
        }
    }

    /// `ROOST_BIN`, else what the package has built, the release first.
    static func path() throws -> String {
        var places: [String] = []
        if let named = ProcessInfo.processInfo.environment["ROOST_BIN"] {
            places = [named]
        } else {
            let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
            places = ["release", "debug"].map { root.appending(path: ".build/\($0)/roost").path }
        }
        guard let path = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw Missing(places: places)
        }
        return path
    }
}
