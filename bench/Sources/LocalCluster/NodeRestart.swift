import NIOHTTP1
import RoostClient

/// A node that was killed and started, and how long it took.
struct NodeRestart: Codable, Sendable {
    var name: String
    /// From the start of its process until `/readyz` said that it takes clients.
    var readySeconds: Double
    /// What it held in memory then.
    var residentBytes: Int

    /// Longest wait for a node to take clients.
    private static let secondsMax = 300.0

    /// Kills a node of `./cluster/up` and brings it back, at once or after some seconds.
    static func make(
        of server: ServerProcess, at address: NodeAddress, scripts: ClusterScripts, downSeconds: Double = 0
    ) async throws -> NodeRestart {
        let name = try ClusterScripts.name(of: server)
        try await scripts.run("kill", name)
        try await Task.sleep(for: .seconds(downSeconds))
        // The script waits as well, and looks less often.
        async let started = scripts.run("start", name)
        let readyAt = try await ready(address)
        _ = try await started
        guard let process = try ServerProcess.listening(on: [address]).first else {
            throw BenchFailure("\(name) is ready, and no process on this machine listens on \(address)")
        }
        return NodeRestart(
            name: name, readySeconds: readyAt - (try process.startedAtSeconds()),
            residentBytes: try process.sample().residentBytes)
    }

    /// When the node said that it is ready, in seconds since the boot of the machine.
    private static func ready(_ address: NodeAddress) async throws -> Double {
        let start = ServerProcess.uptimeSeconds
        while ServerProcess.uptimeSeconds < start + secondsMax {
            if await isReady(address) { return ServerProcess.uptimeSeconds }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw BenchFailure("\(address) was not ready within \(Int(secondsMax)) s")
    }

    private static func isReady(_ address: NodeAddress) async -> Bool {
        do {
            return try await NodeResources(address).request(.GET, "/readyz").isSuccess
        } catch {
            return false
        }
    }
}
