import ArgumentParser
import RoostClient

struct PairsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs", abstract: "Senders and receivers on a running cluster.",
        discussion: """
            Sender i connects to node i and its receiver to the node after it, so that with several nodes every message
            crosses between two. Accounts are made once and kept in the --credentials file.

            A node takes 2,000 messages a second of one device unless it is told otherwise: with few pairs start the nodes \
            with --sends-per-second 0 --account-sends-per-second 0.
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var load: LoadOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let nodes = try cluster.addresses()
        try OpenFiles.require(load.pairs * 2)
        try await cluster.checkNodes()
        let servers = try cluster.servers()
        try OpenFiles.warn(about: servers, sockets: load.pairs * 2, nodes: nodes.count)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentials).devices(load.pairs * 2)
        let plans = PairPlan.across(nodes, devices: devices)
        let outcome = try await LoadRun(
            options: load, target: RoostTarget(encoding: load.encoding), plans: plans, servers: servers
        ).run()
        try finish(
            LoadReport(kind: "pairs", nodes: nodes.map(\.description), options: load, outcome: outcome),
            output)
    }
}

/// Shows a report, writes it, and fails when a promise was broken.
func finish(_ report: LoadReport, _ output: OutputOptions) throws {
    try output.show(report)
    guard report.isFaultless else {
        throw BenchFailure("messages were lost, got no receipt, came twice, out of order or damaged: see above")
    }
}
