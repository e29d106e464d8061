import ArgumentParser
import RoostClient

struct MixedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mixed", abstract: "A day of a chat product in seconds, every message checked.",
        discussion: """
            People write at random times: 80 % of the messages to one person, 15 % to a group of ten, 5 % to a group of a \
            hundred; some type before, most read what they get, all watch a few of their contacts, and they come and \
            go. In the evening everybody is back, and everything must have come to everybody it is for: once, in order, \
            as it was written.

            ./bench/run mixed --nodes http://127.0.0.1:7400 --people 200 --rate 500 --seconds 30
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var mixed: MixedOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await mixed.run("mixed", cluster: cluster, incidents: [], output: output)
    }
}

extension MixedOptions {
    /// Makes the people and lets the day pass.
    func run(
        _ scenario: String, cluster: ClusterOptions, incidents: [Incident], output: OutputOptions
    ) async throws {
        let nodes = try cluster.addresses()
        try OpenFiles.require(people)
        try await cluster.checkNodes()
        let servers = try cluster.servers()
        try OpenFiles.warn(about: servers, sockets: people, nodes: nodes.count)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentials).devices(people)
        let report = try await MixedRun(
            scenario: scenario, options: self, nodes: nodes, servers: servers, people: devices, incidents: incidents
        ).run()
        try output.show(report)
        guard report.isFaultless else {
            throw BenchFailure("not every message came to everybody once and in order: see above")
        }
    }
}
