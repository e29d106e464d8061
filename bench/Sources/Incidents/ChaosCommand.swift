import ArgumentParser
import RoostClient

struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos", abstract: "The day of `mixed`, while nodes are killed and come back.",
        discussion: """
            The nodes are those of ./cluster/up, killed with kill -9 one after the other. Who was on a dead node goes on \
            on another one. Every message must come all the same. What is real work at this, with partitions, full \
            disks and damage, is the business of roost-nemesis; here it is what people notice.

            ./bench/run chaos --nodes http://127.0.0.1:7400,http://127.0.0.1:7410,http://127.0.0.1:7420 --kills 3
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var mixed: MixedOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How often a node is killed.")
    var kills = 3

    @Option(help: "Seconds until it is started again.")
    var down = 2.0

    func validate() throws {
        guard (1...100).contains(kills), down >= 0 else {
            throw ValidationError("--kills is 1 to 100, --down at least 0")
        }
    }

    func run() async throws {
        let incidents = try Incident.kills(kills, of: cluster.addresses(), downSeconds: down, seed: mixed.seed)
        try await mixed.run("chaos", cluster: cluster, incidents: incidents, output: output)
    }
}
