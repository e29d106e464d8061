import Foundation

/// Runs programs of this machine to their end.
enum Program {
    /// Longest run of a command here; a ring change under load takes minutes.
    static let secondsMax = 600.0

    /// The standard output; a status other than 0 is thrown with all that was said.
    @discardableResult static func run(_ arguments: [String]) async throws -> String {
        let (status, output) = try await finish(arguments)
        guard status == 0 else {
            throw NemesisError.commandFailed(
                command: arguments.joined(separator: " "), status: status,
                output: output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return output
    }

    /// Its status and output, whatever they are.
    static func finish(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let directory = FileManager.default.temporaryDirectory
        let file = directory.appending(path: "roost-nemesis-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { remove(file) }
        let handle = try FileHandle(forWritingTo: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        process.environment = environment
        try process.run()
        try handle.close()
        do {
            try await wait(for: "the end of \(arguments.joined(separator: " "))", seconds: secondsMax) {
                !process.isRunning
            }
        } catch {
            kill(process.processIdentifier, SIGKILL)
            throw error
        }
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return (status, String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }

    /// Ours, without what would configure a node, and with the places of the network tools.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ROOST_") }
        environment["PATH", default: "/usr/bin:/bin"] += ":/usr/sbin:/sbin"
        return environment
    }

    private static func remove(_ file: URL) {
        do {
            try FileManager.default.removeItem(at: file)
        } catch {
            print("\(file.path) stays: \(error.localizedDescription)")
        }
    }
}
