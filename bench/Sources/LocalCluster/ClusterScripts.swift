import Foundation

/// The scripts that run the nodes of this machine, for scenarios that kill, start, add and remove nodes.
///
/// They act on the cluster that `ROOST_CLUSTER_DIR` and `ROOST_CLUSTER_PORT` name, as on the command line.
struct ClusterScripts: Sendable {
    private let directory: String

    /// The scripts of the repository that `bench/run` belongs to.
    init() throws {
        let directory = ProcessInfo.processInfo.environment["ROOST_BENCH_CLUSTER_SCRIPTS"] ?? "cluster"
        guard FileManager.default.isExecutableFile(atPath: "\(directory)/start") else {
            throw BenchFailure("there is no \(directory)/start: begin this scenario with ./bench/run")
        }
        self.directory = directory
    }

    /// Runs one to its end; what it said is in the error when it fails.
    @discardableResult
    func run(_ script: String, _ arguments: String..., environment: [String: String] = [:]) async throws -> String {
        let (status, text) = try await Command.run(
            ["\(directory)/\(script)"] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 })
        guard status == 0 else {
            throw BenchFailure("cluster/\(script) \(arguments.joined(separator: " ")) failed:\n\(text)")
        }
        return text
    }

    /// The name that the scripts have for a node.
    static func name(of server: ServerProcess) throws -> String {
        guard let name = server.nodeName else {
            throw BenchFailure("process \(server.pid) was not started by ./cluster/up: it has no --name")
        }
        return name
    }
}
