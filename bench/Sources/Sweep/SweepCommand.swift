import ArgumentParser
import RoostClient

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Messages that come at a rate of their own, up to saturation and beyond.",
        discussion: """
            Other scenarios wait for the servers; people do not. Here messages come at times drawn from one seed, and a \
            latency counts from the time at which its message was meant to be sent: what a slow server delays counts.

            The rate is doubled from --start until less than --kept of what comes is delivered in the same time, then \
            the maximum is narrowed down, and at the end --overload times the maximum is asked for. A client keeps \
            what the protocol does not let it send, sends again what was refused, and forgets at the end of each rate \
            what it has not sent.

            ./bench/run sweep --nodes http://127.0.0.1:7400 --pairs 200
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var sweep: SweepOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let load = try sweep.load()
        let nodes = try cluster.addresses()
        try OpenFiles.require(load.pairs * 2)
        try await cluster.checkNodes()
        let servers = try cluster.servers()
        try OpenFiles.warn(about: servers, sockets: load.pairs * 2, nodes: nodes.count)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentials).devices(load.pairs * 2)
        let report = try await SweepRun(
            options: sweep, load: load, plans: PairPlan.across(nodes, devices: devices), nodes: nodes, servers: servers
        ).run()
        try output.show(report)
        guard report.isFaultless else {
            throw BenchFailure("messages were lost, came twice, out of order or damaged: see above")
        }
    }
}
