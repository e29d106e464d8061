import Foundation
import RoostClient
import RoostNemesis
import RoostSession
import Testing

extension ClusterProcessTests {
    /// Nodes come and go by the operator's commands, while people talk.
    @Suite(.serialized) struct GrowingAndShrinking {
        @Test(.timeLimit(.minutes(2)))
        func `a node is added and another removed under a conversation: all arrives, in order, once`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                let load = Task {
                    for number in 1...Int.max {
                        await alice.say("\(number)", to: bob)
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                try await cluster.withNewcomer("n4") { newcomer in
                    let status = try await cluster.roost(["status"])
                    try #require(status.said.contains("n4 waits: roost add n4"), "\(status.said)")

                    let add = try await cluster.roost(["add", "n4", "--yes"])
                    try #require(add.code == 0, "\(add.said)")
                    try #require(add.said.contains("+3072"), "the plan comes first: \(add.said)")
                    try #require(add.said.contains("n4 is a member and has its share."), "\(add.said)")
                    try await cluster.ready([newcomer])
                    try #require(try await cluster.shares() == ["n1": 3072, "n2": 3072, "n3": 3072, "n4": 3072])

                    let remove = try await cluster.roost(["remove", "n2", "--yes"])
                    try #require(remove.code == 0, "\(remove.said)")
                    try #require(try await cluster[2].end() == 0)
                    try #require(try await cluster.shares() == ["n1": 4096, "n3": 4096, "n4": 4096])

                    load.cancel()
                    await #expect(throws: CancellationError.self) { try await load.value }
                    try await alice.all(.delivered, seconds: 30)
                    let count = await alice.ticks.count
                    try #require(await bob.received == (1...count).map(String.init))
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `one node takes the place of another, a dead one is forgotten, and neither comes back`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                for number in 1...100 { await alice.say("\(number)", to: bob) }
                try await alice.all(.sent)
                try await cluster.withNewcomer("n4") { _ in
                    let replace = try await cluster.roost(["replace", "n2", "n4", "--yes"])
                    try #require(replace.code == 0, "\(replace.said)")
                    try #require(try await cluster.shares() == ["n1": 4096, "n3": 4096, "n4": 4096])
                    try #require(try await cluster[2].end() == 0)
                    try #require(try await cluster.refuses(cluster[2]))

                    try #require(try await cluster.roost(["node", "safe-to-stop", "n4"]).code == 0)
                    try await cluster[3].kill()
                    try await wait(for: "n3 to be known as dead", seconds: 30) {
                        try await cluster.roost(["node", "safe-to-stop", "n4"]).code == 1
                    }
                    let forget = try await cluster.roost(["forget", "n3", "--yes"])
                    try #require(forget.code == 0, "\(forget.said)")
                    try #require(try await cluster.shares() == ["n1": 4096, "n4": 4096])
                    try await cluster[3].start()
                    try #require(try await cluster[3].end() == 0, "it hears that it is forgotten")
                    try #require(try await cluster.refuses(cluster[3]))

                    try await bob.connect(to: cluster[1])
                    try await bob.hear(100)
                    try #require(await bob.received == (1...100).map(String.init))
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `what cannot be done is refused in words, and nothing is changed`() async throws {
            try await TestCluster.run(3) { cluster in
                let unasked = try await cluster.roost(["remove", "n2"])
                try #require(unasked.code == 1 && unasked.said.contains("--yes"), "\(unasked.said)")
                let unknown = try await cluster.roost(["remove", "n7", "--yes"])
                try #require(unknown.code == 1 && unknown.said.contains("roost status"), "\(unknown.said)")
                let alive = try await cluster.roost(["forget", "n2", "--yes"])
                try #require(alive.code == 1 && alive.said.contains("roost remove n2"), "\(alive.said)")
                let member = try await cluster.roost(["add", "n2", "--yes"])
                try #require(member.code == 1 && member.said.contains("member already"), "\(member.said)")
                let idle = try await cluster.roost(["rebalance", "abort", "--yes"])
                try #require(idle.code == 1, "\(idle.said)")
                let none = try await cluster.roost(["rebalance"])
                try #require(none.code == 0 && none.said.contains("Nothing moves"), "\(none.said)")
                try #require(try await cluster.shares() == ["n1": 4096, "n2": 4096, "n3": 4096])
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a paused move waits, is called off, and leaves everything as it was`() async throws {
            try await TestCluster.run(3) { cluster in
                try await cluster.withNewcomer("n4") { newcomer in
                    try #require(try await cluster.roost(["rebalance", "pause"]).code == 0)
                    let add = try await cluster.roost(["add", "n4", "--yes", "--detach", "--json"])
                    try #require(add.code == 0 && add.said.contains(#""outcome":"detached""#), "\(add.said)")
                    let progress = try await cluster.roost(["rebalance", "--once"])
                    try #require(
                        progress.said.contains("n4 joins: 0 of 3072 copies (0.0 %), paused"), "\(progress.said)")
                    let abort = try await cluster.roost(["rebalance", "abort", "--yes"])
                    try #require(abort.code == 0, "\(abort.said)")
                    try #require(try await cluster.shares() == ["n1": 4096, "n2": 4096, "n3": 4096])
                    try #require(try await newcomer.end() == 0)
                }
            }
        }
    }
}

extension TestCluster {
    /// What one command said, and how it ended.
    struct Told {
        let code: Int32
        let said: String
    }

    /// Runs an operator's command against n1.
    func roost(_ arguments: [String]) async throws -> Told {
        let process = try RoostProcess(
            arguments + ["--node", "\(nodes[0].address)"],
            output: directory.appending(path: "\(UUID().uuidString).txt"))
        return Told(code: try await process.exitCode(seconds: 60), said: try await process.said())
    }

    /// Whether a node does not start with the data it has, and says how to come back.
    func refuses(_ node: TestNode) async throws -> Bool {
        let process = try RoostProcess(node.arguments, output: directory.appending(path: "\(node.name)-again.log"))
        let code = try await process.exitCode()
        let said = try await process.said()
        return code > 0 && said.contains("roost add \(node.name)")
    }

    /// Runs `body` with a node more, which waits beside the cluster and is known to it.
    func withNewcomer(
        _ name: String, isolation: isolated (any Actor)? = #isolation, _ body: (TestNode) async throws -> Void
    ) async throws {
        let ports = FreePorts.take(2)
        let newcomer = TestNode(
            name: name, clientPort: ports[0], peerPort: ports[1],
            seeds: nodes.map(\.peerAddress).joined(separator: ","), directory: directory)
        do {
            try await newcomer.start()
            try await wait(for: "\(name) to be heard of") {
                try await status().contains { $0.name == name && $0.state == "waiting" }
            }
            try await body(newcomer)
        } catch {
            newcomer.printLog()
            try await newcomer.kill()
            throw error
        }
        try await newcomer.kill()
    }

    /// How many slots each member has a copy of, as n1 tells.
    func shares() async throws -> [String: Int] {
        struct Ring: Decodable {
            let slots: [[String]]
        }
        let ring = try JSONDecoder().decode(
            Ring.self, from: Data(try await NodeResources(nodes[0].address).get("/admin/v1/ring")))
        return ring.slots.joined().reduce(into: [:]) { shares, node in shares[node, default: 0] += 1 }
    }
}
