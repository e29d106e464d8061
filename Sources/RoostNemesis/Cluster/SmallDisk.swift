import Foundation

/// A disk in memory of a known size, as a node's data directory, which can be filled to the last byte.
final class SmallDisk {
    let path: String
    private let mebibytes: Int
    private var isMounted = false

    init(path: String, mebibytes: Int) {
        self.path = path
        self.mebibytes = mebibytes
    }

    /// Throws where nothing can be mounted.
    func open() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try await Program.run(["mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m,mode=700", "roost-nemesis", path])
        isMounted = true
    }

    /// Takes all the space there is, but for `spare` bytes.
    func fill(spare: Int) async throws {
        let free = try freeBytes()
        guard free > spare else { return }
        // `fallocate` says that it failed when it has taken what there was, which is as well.
        _ = try await Program.finish(["fallocate", "-l", "\(free - spare)", ballast])
    }

    func free() throws {
        if FileManager.default.fileExists(atPath: ballast) { try FileManager.default.removeItem(atPath: ballast) }
    }

    func close() async {
        guard isMounted else { return }
        do {
            try await Program.run(["umount", path])
        } catch {
            print("left behind: \(error)")
        }
    }

    private var ballast: String { "\(path)/ballast" }

    private func freeBytes() throws -> Int {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
        guard let free = attributes[.systemFreeSize] as? NSNumber else {
            throw NemesisError.unreadable(what: "the free space of \(path)")
        }
        return free.intValue
    }
}
