import ArgumentParser
import RoostClient
import RoostCore

struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "A node dies, and all its clients come to the others at once.",
        discussion: """
            All sockets are on the last of the nodes, which is killed with ./cluster/kill and started again at the end. \
            Reported is how long it takes until each is welcomed on another node and has what was pending, and what it costs \
            the servers. Every user has \(Limits.devicesMax) devices, kept with those of `idle`. More sockets than one \
            process may open are spread over several. With one node, its own restart is measured.

            ./bench/run storm --nodes http://127.0.0.1:7400,http://127.0.0.1:7410,http://127.0.0.1:7420 --sockets 2000
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var storm: StormOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let nodes = try cluster.addresses()
        try await cluster.checkNodes()
        // When the node is dead the others share its sockets.
        try OpenFiles.warn(about: try cluster.servers(), sockets: storm.sockets, nodes: 1)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentialsOfManyDevices)
            .devices(storm.sockets, perUser: Limits.devicesMax)
        let writers =
            storm.messages == 0
            ? [] : try await AccountPool(nodes: nodes, path: cluster.credentials).devices(StormOptions.writers)
        guard let victim = nodes.last else { throw BenchFailure("--nodes names no node") }
        let report = try await StormRun(
            options: storm, nodes: nodes, victim: victim, devices: devices, writers: writers
        ).run()
        try output.show(report)
        guard report.isFaultless else { throw BenchFailure("not every message that waited came: see above") }
    }
}
