import ArgumentParser
import RoostServer

/// The one command of the product.
@main
struct Roost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "A messaging backend: identical nodes, each owning a slice of the users.",
        discussion: """
            Start a node with `roost node`. Start more with the same seed list, then make them one cluster with \
            `roost init` on any of them. `roost status` and `roost ring` show it; `roost chat` is a client.

            While it runs, `roost add` and `roost remove` let it grow and shrink, `roost replace` exchanges a machine, \
            `roost forget` gives up a dead one. Each says first what would move, and asks.
            """,
        version: RoostVersion.text,
        subcommands: [
            NodeCommand.self, InitCommand.self, StatusCommand.self, RingCommand.self, AddCommand.self,
            RemoveCommand.self, ReplaceCommand.self, ForgetCommand.self, RebalanceCommand.self, UserCommand.self,
            QueueCommand.self, GroupCommand.self, ChatCommand.self, LogCommand.self, DemoCommand.self,
        ])
}
