import ArgumentParser
import RoostNode
import RoostStorage

/// `roost log`
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Look into a node's log.", subcommands: [Inspect.self])

    /// `roost log inspect`
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect",
            abstract: "Show segments, blocks, live and dead bytes and compression, and verify every byte.",
            discussion: """
                Reads only; the node may be running. Ends with 1 when something cannot be read that should be.
                """)

        @Argument(help: "The node's data directory.")
        var directory: String
        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let inspection = try LogInspection(of: directory)
            if json {
                try printJSON(inspection)
            } else {
                print(inspection.table { ReplicaRecord.Kind(rawValue: $0).map { "\($0)" } ?? "kind \($0)" })
            }
            guard inspection.isWhole else { throw ExitCode.failure }
        }
    }
}
