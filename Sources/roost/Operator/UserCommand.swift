import ArgumentParser
import Foundation
import RoostClient

/// `roost user`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make accounts, look at them, shut people out.",
        subcommands: [Add.self, Show.self, Disable.self, Enable.self, Delete.self])

    /// `roost user add`
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Make an account.",
            discussion: "The password comes from --password, or from ROOST_PASSWORD, or is asked for.")

        @Argument(help: "1 to 64 of a-z 0-9 . _ -")
        var name: String
        @Option(help: "The client address of any node.")
        var node = "http://127.0.0.1:7400"
        @Option(help: "At least 8 bytes. Seen by others on this machine; ROOST_PASSWORD is not.")
        var password: String?

        func run() async throws {
            let password = try Password.find(password, prompt: "Password for \(name): ")
            let resources = NodeResources(try NodeAddress(node))
            _ = try await resources.post("/v1/users", ["name": name, "password": password])
            print("\(name) may log in now: roost chat \(name) --node \(node)")
        }
    }
}
