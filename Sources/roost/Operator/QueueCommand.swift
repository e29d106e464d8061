import ArgumentParser
import Foundation
import RoostCore
import RoostOperator
import RoostServer

/// `roost queue`
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Look at what waits for somebody.", subcommands: [Show.self])

    /// `roost queue show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show how much waits for a user and since when, never what.",
            discussion: "A node shows its own copy. One that holds none says which nodes do.")

        @Argument(help: "The user's name.")
        var name: String
        @OptionGroup var node: NodeOption
        @Flag(help: "Answer in JSON.")
        var json = false

        func validate() throws {
            guard UserName(name) != nil else { throw ValidationError("'\(name)' is not 1 to 64 of a-z 0-9 . _ -") }
        }

        func run() async throws {
            let queue = try await node.get("/admin/v1/queue?user=\(name)", as: QueueAnswer.self)
            if json { return try printJSON(queue) }
            print("\(queue.user), as \(queue.node) has it")
            print("  messages  \(queue.messages) in \(queue.streams) streams, \(ByteCount.text(queue.bytes))")
            if let oldest = queue.oldestSentAtMs {
                print("  oldest    \(Date(timeIntervalSince1970: Double(oldest) / 1000).formatted(.iso8601))")
            }
            for device in queue.devices { print("  device    \(device.device)  waits for \(device.messages)") }
        }
    }
}
