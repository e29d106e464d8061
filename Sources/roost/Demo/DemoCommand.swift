import ArgumentParser
import Foundation
import RoostClient
import RoostCore
import RoostSession

/// `roost demo`: a short real conversation over real sockets, shown tick by tick. `./cluster/up` plays it.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Play a short conversation between two new users and show every tick.",
        shouldDisplay: false)

    @Option(help: "Client addresses of the nodes, with commas.")
    var nodes = "http://127.0.0.1:7400"

    func run() async throws {
        let addresses = try nodes.split(separator: ",").map { try NodeAddress(String($0)) }
        guard let first = addresses.first, let last = addresses.last else {
            throw ValidationError("--nodes names no node")
        }
        let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        let alice = Speaker(name: "alice-\(suffix)", nodes: addresses)
        let bob = Speaker(name: "bob-\(suffix)", nodes: addresses)
        print("Two people register; a password is hashed by scrypt, which takes a moment.")
        try await alice.register(at: first)
        try await bob.register(at: last)
        try await alice.connect(to: first)
        try await bob.connect(to: last)

        print("\nBoth are there. alice is at \(first.authority), bob at \(last.authority).")
        await alice.say("Hi bob, are you up?", to: bob)
        try await bob.hear(1, readingThem: true)
        try await alice.see(1, .read)

        print("\nbob goes away. What alice writes now waits on the disks of a majority of bob's owners.")
        await bob.disconnect()
        for line in ["I leave the key under the stone.", "Not the red one.", "The other one."] {
            await alice.say(line, to: bob)
        }
        try await alice.see(4, .sent)

        let other = addresses.count > 1 ? addresses[addresses.count / 2] : first
        print("\nbob comes back through \(other == last ? "the same node" : "another node"), \(other.authority).")
        try await bob.connect(to: other)
        try await bob.hear(3, readingThem: true)
        try await alice.see(4, .read)
        await alice.disconnect()
        await bob.disconnect()
        print("\nEverything was delivered in order, and nothing of it is kept.")
    }
}
