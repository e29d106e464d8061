import ArgumentParser
import Foundation
import RoostClient

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "The load of `pairs` on clusters of several sizes: what a message costs in each.",
        discussion: """
            Each cluster is made with ./cluster/up in a directory of its own and taken away again. All nodes share this \
            machine, so the rate falls as they grow in number; what a message costs the servers together should not, \
            once there are three owners for it.

            ./bench/run scale --sizes 1,3,5,7 --pairs 50 --seconds 5
            """)

    @OptionGroup var scale: ScaleOptions
    @OptionGroup var load: LoadOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try OpenFiles.require(load.pairs * 2)
        let scripts = try ClusterScripts()
        let directory = URL(fileURLWithPath: scale.directory).path
        let environment = ["ROOST_CLUSTER_DIR": directory, "ROOST_CLUSTER_PORT": "\(scale.port)"]
        var report = try ScaleReport(facts: RunFacts("scale", nodes: []), options: load)
        for count in try scale.nodeCounts() {
            print("\(count) node(s): ./cluster/up")
            do {
                try await scripts.run("up", "\(count)", environment: environment)
                report.sizes.append(try await measure(count, credentials: "\(directory)/credentials.json"))
            } catch {
                try await scripts.run("down", "--wipe", environment: environment)
                throw error
            }
            try await scripts.run("down", "--wipe", environment: environment)
        }
        try FileManager.default.removeItem(atPath: directory)
        report.facts.finish()
        try output.show(report)
        guard report.isFaultless else {
            throw BenchFailure("messages were lost, came twice, out of order or damaged: see the JSON")
        }
    }

    private func measure(_ count: Int, credentials: String) async throws -> ScaleReport.Size {
        let nodes = (0..<count).map { NodeAddress(host: "127.0.0.1", port: scale.port + 10 * $0) }
        let devices = try await AccountPool(nodes: nodes, path: credentials).devices(load.pairs * 2)
        let servers = try ServerProcess.listening(on: nodes)
        let gauge = GeneratorGauge(servers: servers)
        let outcome = try await LoadRun(
            options: load, target: RoostTarget(encoding: load.encoding),
            plans: PairPlan.across(nodes, devices: devices), servers: servers
        ).run()
        return ScaleReport.Size(
            nodes: count, generator: gauge.use,
            load: try LoadReport(kind: "pairs", nodes: nodes.map(\.description), options: load, outcome: outcome))
    }
}
