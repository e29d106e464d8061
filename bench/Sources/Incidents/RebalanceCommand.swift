import ArgumentParser

struct RebalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebalance", abstract: "The day of `mixed`, while a node joins the cluster and leaves it again.",
        discussion: """
            With ./cluster/add and ./cluster/remove, on the nodes of ./cluster/up. Reported is how long each took, and what \
            people noticed.

            ./bench/run rebalance --nodes http://127.0.0.1:7400,http://127.0.0.1:7410,http://127.0.0.1:7420 --seconds 60
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var mixed: MixedOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await mixed.run("rebalance", cluster: cluster, incidents: Incident.joinAndLeave(), output: output)
    }
}
