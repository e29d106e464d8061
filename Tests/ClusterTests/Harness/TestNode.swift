import Foundation
import RoostClient

/// A node of a test's cluster: its ports and its directory outlive its processes.
actor TestNode {
    nonisolated let name: String
    nonisolated let address: NodeAddress
    nonisolated let peerAddress: String
    nonisolated let peerPort: Int
    nonisolated let dataDirectory: URL
    nonisolated let log: URL
    private let seeds: String
    private var process: RoostProcess?

    init(name: String, clientPort: Int, peerPort: Int, seeds: String, directory: URL, data: URL? = nil) {
        self.name = name
        self.seeds = seeds
        self.peerPort = peerPort
        address = NodeAddress(host: "127.0.0.1", port: clientPort)
        peerAddress = "127.0.0.1:\(peerPort)"
        dataDirectory = data ?? directory.appending(path: name)
        log = directory.appending(path: "\(name).log")
    }

    nonisolated var arguments: [String] {
        [
            "node", "--name", name, "--data", dataDirectory.path, "--listen", address.authority, "--peer-listen",
            peerAddress, "--seeds", seeds, "--free-bytes-min", "1048576",
        ]
    }

    /// Starts a process, and returns when clients can connect.
    func start() async throws {
        let process = try RoostProcess(arguments, output: log)
        self.process = process
        let resources = NodeResources(address)
        try await wait(for: "\(name) to listen") {
            guard await process.isRunning else { throw Ended(node: name, said: try await process.said()) }
            do {
                _ = try await resources.get("/livez")
                return true
            } catch {
                return false
            }
        }
    }

    /// The process ended by itself.
    struct Ended: Error {
        let node: String
        let said: String
    }

    func signal(_ number: Int32) async {
        await process?.signal(number)
    }

    /// `kill -9`: nothing is said, nothing is flushed.
    func kill() async throws {
        guard let process else { return }
        await process.signal(SIGKILL)
        _ = try await process.exitCode()
        self.process = nil
    }

    /// SIGTERM; the exit code.
    func stop() async throws -> Int32 {
        guard let process else { return -1 }
        await process.signal(SIGTERM)
        return try await process.exitCode()
    }

    /// Waits until the process has ended by itself; the exit code.
    func end(seconds: Double = 20) async throws -> Int32 {
        guard let process else { return -1 }
        return try await process.exitCode(seconds: seconds)
    }

    /// Shows what the node has logged, for whoever looks into a test that failed.
    nonisolated func printLog() {
        print("--- \(name), \(address.authority), peers at \(peerAddress)")
        do {
            print(String(decoding: try Data(contentsOf: log), as: UTF8.self).suffix(8000))
        } catch {
            print("has no log: \(error)")
        }
    }

    var isRunning: Bool {
        get async { await process?.isRunning ?? false }
    }

    func residentBytes() async throws -> Int {
        try await process?.residentBytes() ?? 0
    }

    /// Whether the node says that it can serve.
    func isReady() async -> Bool {
        do {
            _ = try await NodeResources(address).get("/readyz")
            return true
        } catch {
            return false
        }
    }
}
