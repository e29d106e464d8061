import Foundation
import RoostClient

/// What every report says of its run: what, when, where, of which code.
struct RunFacts: Codable, Sendable {
    var scenario: String
    /// The command, without the path of the program.
    var commandLine: [String]
    var finishedAt: String
    var machine: Machine
    /// The commit of the load generator, with `-dirty` when something was not committed; `nil` when not run by `bench/run`.
    var commit: String?
    var nodes: [String]

    private static var commitHere: String? { ProcessInfo.processInfo.environment["ROOST_BENCH_COMMIT"] }

    /// Of a report that has them under names of its own.
    init(of report: LoadReport) {
        scenario = report.kind
        commandLine = Array(report.commandLine.dropFirst())
        finishedAt = report.finishedAt
        machine = report.machine
        commit = RunFacts.commitHere
        nodes = report.nodes
    }

    init(_ scenario: String, nodes: [NodeAddress]) throws {
        self.scenario = scenario
        commandLine = Array(CommandLine.arguments.dropFirst())
        finishedAt = Date.now.formatted(.iso8601)
        machine = try Machine.here()
        commit = RunFacts.commitHere
        self.nodes = nodes.map(\.description)
    }

    /// The run is over.
    mutating func finish() {
        finishedAt = Date.now.formatted(.iso8601)
    }

    var text: String {
        "machine: \(machine.cpu), \(machine.cores) cores, Linux \(machine.kernel); \(nodes.count) node(s)"
            + (commit.map { "; \($0)" } ?? "")
    }
}
