import ArgumentParser
import Foundation
import NIOCore
import RoostClient
import RoostCore

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Talk to people from the terminal.",
        discussion: """
            Type a line to send it to whom you are talking to, `/to NAME` to choose, `/group NAME PEOPLE` to make a group, `/help` for the rest. Behind your \
            lines: · a node has it, ✓ it is on the disks of a majority, ✓✓ the other side has stored it, ✓✓ read.

            The session is kept under ~/.local/state/roost (or $XDG_STATE_HOME/roost): leave and come back, through any \
            node, and nothing is lost or shown twice. Without a terminal it reads lines and prints lines, for scripts: \
            at the end of the input it waits until everything is sent, and --linger seconds more.
            """)

    @Argument(help: "Your user name.")
    var user: String

    @Option(help: "URL of a node, or several with commas: the next is tried when one is gone.")
    var node = "http://127.0.0.1:7400"

    @Option(help: "Your password; otherwise ROOST_PASSWORD, otherwise it is asked for. Needed once per device.")
    var password: String?

    @Flag(help: "Make the account, if this device has no session yet.")
    var register = false

    @Option(help: "Whom to talk to from the start: a person, or a group that was heard of before.")
    var to: String?

    @Option(help: "Seconds to stay after the end of the input, when it is not a terminal.")
    var linger = 0

    func run() async throws {
        guard let name = Address(user) else {
            throw ValidationError("“\(user)” is not a user name: 1 to 64 of a-z 0-9 . _ -")
        }
        let nodes = try node.split(separator: ",").map { try NodeAddress(String($0)) }
        guard !nodes.isEmpty else { throw ValidationError("--node names no node") }
        let access = ChatAccess(user: name, nodes: nodes, givenPassword: password, isNewAccount: register)
        let store = try await access.openStore()
        if store.content.credentials == nil {
            store.content.credentials = try await access.credentials()
            try store.save()
        }
        let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        let (events, continuation) = AsyncStream.makeStream(of: ChatEvent.self)
        let view: any ChatView
        if isTerminal {
            view = try TerminalView(events: continuation)
        } else {
            view = PlainView(events: continuation)
        }
        defer { view.close() }
        let chat = ChatSession(
            nodes: nodes, store: store, view: view, peerName: to, lingerSeconds: linger, continuation: continuation)
        try await chat.run(events)
    }
}

/// What the command tells the person when it cannot go on.
struct ChatFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
