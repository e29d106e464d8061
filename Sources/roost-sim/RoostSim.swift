import ArgumentParser
import RoostSimulator

/// `roost-sim`: whole clusters in one process, from a seed.
@main
struct RoostSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost-sim",
        abstract: "Run whole clusters on virtual network, disk and clock, each from a seed.",
        discussion: """
            The machines are those of production. A seed decides everything: the same seed gives the same run, and the same \
            trace hash, in every process. A run that shows something that must not happen prints how to see it again.
            """,
        subcommands: [Run.self, Scenarios.self, Mutants.self, Gossip.self, Placement.self], defaultSubcommand: Run.self)
}
