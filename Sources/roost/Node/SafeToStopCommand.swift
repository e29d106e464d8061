import ArgumentParser
import RoostClient
import RoostOperator

/// `roost node safe-to-stop`
struct SafeToStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "safe-to-stop", abstract: "Tell whether a node may be stopped for a while.",
        discussion: """
            Exit code 0: every slot of the node keeps a majority of its owners without it, and without the nodes that are \
            away now. Exit code 1 with the reason: users would notice. For scripts that restart one node after another.
            """)

    @Argument(help: "The node's name.")
    var name: String
    @OptionGroup var node: NodeOption
    @Flag(help: "The answer as JSON.")
    var json = false

    func run() async throws {
        let answer = try await node.get("/admin/v1/safe-to-stop?node=\(name)", as: SafeToStop.self)
        if json { Output.line(try JSONLine.text("safeToStop", answer)) } else { Output.line(answer.line) }
        guard answer.safe else { throw ExitCode.failure }
    }
}
