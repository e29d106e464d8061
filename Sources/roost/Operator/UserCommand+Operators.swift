import ArgumentParser
import Foundation
import RoostClient
import RoostCore
import RoostOperator
import RoostServer

/// Whom an operator's command is about, and how it answers.
struct UserOptions: ParsableArguments {
    @Argument(help: "The user's name.")
    var name: String
    @OptionGroup var node: NodeOption
    @Flag(help: "Answer in JSON.")
    var json = false

    func validate() throws {
        guard UserName(name) != nil else { throw ValidationError("'\(name)' is not 1 to 64 of a-z 0-9 . _ -") }
    }

    /// Asks for it to be done, and shows what has come of it.
    func act(_ action: UserActionRequest.Action) async throws {
        let resources = NodeResources(try NodeAddress(node.node))
        let body = try await resources.post("/admin/v1/user", UserActionRequest(user: name, action: action))
        try show(try JSONDecoder().decode(UserAnswer.self, from: Data(body)))
    }

    func show(_ user: UserAnswer) throws {
        if json { return try printJSON(user) }
        print("\(user.user)  \(user.state)\(user.displayName.isEmpty ? "" : "  \(user.displayName)")")
        for (what, handle) in [("e-mail", user.email), ("mobile", user.mobile)] {
            if let handle { print("  \(what)    \(handle)") }
        }
        print("  contacts  \(user.contacts), and \(user.blocked) blocked")
        print("  queue     on \(user.owners.joined(separator: ", "))")
        for device in user.devices {
            let added = Date(timeIntervalSince1970: Double(device.addedAtMs) / 1000).formatted(.iso8601)
            print("  device    \(device.device)  since \(added)\(device.name.isEmpty ? "" : "  \(device.name)")")
        }
    }
}

extension UserCommand {
    /// `roost user show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show an account: its state, its devices, where its queue is.")

        @OptionGroup var user: UserOptions

        func run() async throws {
            try user.show(try await user.node.get("/admin/v1/user?user=\(user.name)", as: UserAnswer.self))
        }
    }

    /// `roost user disable`
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable", abstract: "Shut a user out.",
            discussion: "Its connections are closed at once. What is sent to it waits, until `roost user enable`.")

        @OptionGroup var user: UserOptions

        func run() async throws { try await user.act(.disable) }
    }

    /// `roost user enable`
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enable", abstract: "Let a user in again that was disabled.")

        @OptionGroup var user: UserOptions

        func run() async throws { try await user.act(.enable) }
    }

    /// `roost user delete`
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete an account for good.",
            discussion: """
                Its devices are closed, and what waits for it, its contacts, its e-mail address and telephone number are \
                given up. The name stays taken. Nothing of this can be undone.
                """)

        @OptionGroup var user: UserOptions
        @Flag(help: "Do not ask.")
        var yes = false

        func run() async throws {
            guard yes || Delete.isConfirmed(user.name) else { throw ExitCode(1) }
            try await user.act(.delete)
        }

        private static func isConfirmed(_ name: String) -> Bool {
            Output.write("Delete \(name) for good? Type the name again: ")
            return readLine() == name
        }
    }
}
