import ArgumentParser
import Foundation
import NIOHTTP1
import RoostClient

/// The cluster that is put under load.
struct ClusterOptions: ParsableArguments {
    @Option(help: "URLs of the nodes, with commas between them.")
    var nodes: String

    @Option(help: "Process ids of the nodes, with commas; otherwise found by their ports on this machine.")
    var pids: String?

    @Option(help: "File that keeps the accounts for the next run.")
    var credentials =
        ProcessInfo.processInfo.environment["ROOST_BENCH_CREDENTIALS"] ?? "bench/.run/credentials.json"

    /// The same for users of many devices, who are kept apart from those of one.
    var credentialsOfManyDevices: String {
        credentials.hasSuffix(".json") ? String(credentials.dropLast(5)) + "-idle.json" : credentials + "-idle"
    }

    func addresses() throws -> [NodeAddress] {
        let addresses = try nodes.split(separator: ",").map { try NodeAddress(String($0)) }
        guard !addresses.isEmpty else { throw ValidationError("--nodes names no node") }
        return addresses
    }

    func servers() throws -> [ServerProcess] {
        guard let pids else { return try ServerProcess.listening(on: addresses()) }
        return try pids.split(separator: ",").map { text in
            guard let pid = Int(text) else { throw ValidationError("--pids: “\(text)” is not a number") }
            return ServerProcess(pid: pid, name: "process \(pid)")
        }
    }

    /// Fails with the URL of the first node that does not answer.
    func checkNodes() async throws {
        for address in try addresses() {
            let answer = try await NodeResources(address).request(.GET, "/readyz")
            guard answer.isSuccess else {
                throw BenchFailure("\(address) is not ready: \(String(decoding: answer.body, as: UTF8.self))")
            }
        }
    }
}
