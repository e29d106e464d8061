import Foundation

/// One run of the `roost` program, its output in a file.
actor RoostProcess {
    private let process = Process()
    private let output: URL

    /// Starts it. `output` is appended to, and gets everything that the program says on either stream.
    init(_ arguments: [String], output: URL) throws {
        self.output = output
        if !FileManager.default.fileExists(atPath: output.path) {
            try Data().write(to: output)
        }
        let handle = try FileHandle(forWritingTo: output)
        try handle.seekToEnd()
        process.executableURL = URL(filePath: try RoostBinary.path())
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        // Nothing of the surroundings may configure it.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ROOST_") }
        try process.run()
        try handle.close()
    }

    var isRunning: Bool { process.isRunning }

    func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// Waits for the end; the exit code, negative for a signal.
    func exitCode(seconds: Double = 10) async throws -> Int32 {
        try await wait(for: "the end of roost \(process.arguments ?? [])", seconds: seconds) { !process.isRunning }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// What it has said so far, with what earlier runs wrote to the same file.
    func said() throws -> String {
        String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }

    /// What it holds of the machine's memory, in bytes, as `/proc` tells.
    func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
