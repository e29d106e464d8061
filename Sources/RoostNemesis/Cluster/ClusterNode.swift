import Foundation
import RoostClient

/// A node: its addresses and its directory outlive its processes.
final class ClusterNode {
    /// What a node is started with.
    struct Place: Sendable {
        let roost: String
        let host: String
        let clientPort: Int
        let peerPort: Int
        /// What is put before the command.
        let prefix: [String]
        let dataDirectory: URL
        let log: URL
    }

    /// Counted from 1.
    let number: Int
    let name: String
    let address: NodeAddress
    let place: Place
    let disk: SmallDisk?
    /// Whether it is in the ring; before that it waits, and takes no clients.
    var isMember = false
    private var process: Process?

    private static let stopSecondsMax = 20.0

    init(number: Int, place: Place, disk: SmallDisk?) {
        self.number = number
        name = "n\(number)"
        self.place = place
        self.disk = disk
        address = NodeAddress(host: place.host, port: place.clientPort)
    }

    var isRunning: Bool { process?.isRunning ?? false }
    var peerAddress: String { "\(place.host):\(place.peerPort)" }
    var logDirectory: URL { place.dataDirectory.appending(path: "log") }

    /// Starts a process; does not wait for anything.
    func start(seeds: String) throws {
        guard !isRunning else { return }
        if !FileManager.default.fileExists(atPath: place.log.path) { try Data().write(to: place.log) }
        let handle = try FileHandle(forWritingTo: place.log)
        try handle.seekToEnd()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // Operators' questions are answered on loopback only, which a namespace has of its own: hence 0.0.0.0.
        let listen = place.prefix.isEmpty ? address.authority : "0.0.0.0:\(place.clientPort)"
        process.arguments =
            place.prefix + [
                place.roost, "node", "--name", name, "--data", place.dataDirectory.path, "--listen", listen,
                "--client-advertise", address.authority, "--peer-listen", peerAddress, "--seeds", seeds,
                "--free-bytes-min", "\(ClusterNode.freeBytesMin)",
            ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        process.environment = Program.environment
        try process.run()
        try handle.close()
        self.process = process
    }

    /// Free space below which the node refuses new messages.
    static let freeBytesMin = 1024 * 1024

    func signal(_ number: Int32) {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, number)
    }

    /// `kill -9`: nothing is said, nothing is flushed.
    func kill() async throws {
        signal(SIGKILL)
        _ = try await ended()
    }

    /// SIGTERM; the exit code, negative for a signal.
    func stop() async throws -> Int32 {
        signal(SIGTERM)
        return try await ended()
    }

    /// Waits for the end of the process; its exit code.
    func ended(seconds: Double = ClusterNode.stopSecondsMax) async throws -> Int32 {
        guard let process else { return 0 }
        try await wait(for: "the end of \(name)", seconds: seconds) { !process.isRunning }
        self.process = nil
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Waits until it says that it serves.
    func ready(seconds: Double) async throws {
        try await wait(for: "\(name) to be ready", seconds: seconds) {
            guard isRunning else { throw NemesisError.nodeNotUp(name: name, log: try logTail()) }
            return await isReady()
        }
    }

    func isReady() async -> Bool {
        do {
            _ = try await NodeResources(address).get("/readyz")
            return true
        } catch {
            return false
        }
    }

    /// Waits until it answers at all.
    func alive(seconds: Double) async throws {
        try await wait(for: "\(name) to answer", seconds: seconds) {
            guard isRunning else { throw NemesisError.nodeNotUp(name: name, log: try logTail()) }
            do {
                _ = try await NodeResources(address).get("/livez")
                return true
            } catch {
                return false
            }
        }
    }

    /// Runs `roost` against this node, where it runs.
    func operate(_ arguments: [String]) async throws -> String {
        try await Program.run(operation(arguments))
    }

    /// The command of that.
    func operation(_ arguments: [String]) -> [String] {
        place.prefix + [place.roost] + arguments + ["--node", "http://\(operatorAuthority)"]
    }

    /// Operators' questions are answered to the node's own machine.
    private var operatorAuthority: String {
        place.prefix.isEmpty ? address.authority : "127.0.0.1:\(place.clientPort)"
    }

    func logTail() throws -> String {
        String(String(decoding: try Data(contentsOf: place.log), as: UTF8.self).suffix(3000))
    }
}
