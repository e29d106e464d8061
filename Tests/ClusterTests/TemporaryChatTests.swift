import Foundation
import NIOHTTP1
import RoostClient
import RoostCore
import Testing

extension ClusterProcessTests {
    /// Conversations that are not to stay, on real nodes.
    @Suite(.serialized) struct TemporaryChats {
        /// What `roost log inspect --between` prints.
        private struct Inspected: Decodable {
            struct Amount: Decodable {
                let records: Int
                let bytes: Int
            }

            let messages: Amount
            let receipts: Amount
            let marks: Amount
            let dead: Amount
        }

        private func inspect(_ node: TestNode, in cluster: TestCluster, between users: [TestClient]) async throws
            -> Inspected
        {
            let output = cluster.directory.appending(path: "\(UUID().uuidString).json")
            let process = try RoostProcess(
                ["log", "inspect", node.dataDirectory.path, "--between"] + users.map(\.name.text) + ["--json"],
                output: output)
            let code = try await process.exitCode(seconds: 30)
            let said = try await process.said()
            try #require(code == 0, "\(said)")
            return try JSONDecoder().decode(Inspected.self, from: Data(said.utf8))
        }

        private struct Unread: Decodable {
            let total: Int
        }

        @Test(.timeLimit(.minutes(1)))
        func `disappearing chat: what ends while its reader is away is not told to it, and its sender learns of it`()
            async throws
        {
            try await TestCluster.run(3) { cluster in
                let (alice, bob) = (try await cluster.user("alice"), try await cluster.user("bob"))
                try await alice.connect(to: cluster[1])
                await alice.say("stays", to: bob)
                for number in 1...5 { await alice.say("burns \(number)", to: bob.name, lifetimeSeconds: 4) }
                await alice.say("stays too", to: bob)
                try await alice.all(.sent)
                // Nobody is there, and the nodes die with what ends.
                try await cluster.killAll()
                try await cluster.start()
                try await cluster.ready(cluster.nodes)
                try await alice.some(5, .expired)
                // The first owner has told it; the others look once a second.
                try await Task.sleep(for: .seconds(3))
                try await bob.connect(to: cluster[2])
                try await bob.hear(7)
                let heard = await bob.heard(from: alice)
                try #require(heard == ["stays"] + Array(repeating: "(ended)", count: 5) + ["stays too"])
                try await alice.all(.delivered)
                try #require(await alice.count(.expired) == 5)
                // Who is there in time has it.
                await alice.say("in time", to: bob.name, lifetimeSeconds: 60)
                try await bob.hear(8)
                try #require(await bob.received.last == "in time")
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a temporary chat is erased on both sides, and the log has nothing of it but marks`() async throws {
            try await TestCluster.run(3) { cluster in
                let (alice, bob) = (try await cluster.user("alice"), try await cluster.user("bob"))
                let carol = try await cluster.user("carol")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                for number in 1...5 { await alice.say("secret \(number)", to: bob) }
                try await bob.hear(5)
                await bob.markAllRead()
                await bob.say("answer", to: alice)
                try await alice.all(.read)
                try await alice.hear(1)
                await bob.disconnect()
                for number in 6...10 { await alice.say("secret \(number)", to: bob) }
                await alice.say("for carol", to: carol)
                try await alice.all(.sent)
                let before = try await inspect(cluster.nodes[0], in: cluster, between: [alice, bob])
                try #require(before.messages.records >= 5 && before.receipts.records > 0, "\(before)")

                let http = NodeResources(cluster[3].address)
                let erased = try await http.request(
                    .DELETE, "/v1/conversations/\(alice.name)", token: bob.credentials.token)
                try #require(erased.status == 204)
                let unread = try await http.request(.GET, "/v1/unread", token: bob.credentials.token)
                let total = try JSONDecoder().decode(Unread.self, from: Data(unread.body)).total
                try #require(total == 0, "\(String(decoding: unread.body, as: UTF8.self))")
                for node in cluster.nodes {
                    let after = try await inspect(node, in: cluster, between: [alice, bob])
                    try #require(after.messages.records == 0 && after.receipts.records == 0, "\(node.name): \(after)")
                    try #require(after.marks.records > 0, "what is late would come back")
                }
                let others = try await inspect(cluster.nodes[0], in: cluster, between: [alice, carol])
                try #require(others.messages.records == 1, "nobody else's is touched: \(others)")

                // What comes now is a new beginning.
                await alice.say("hello again", to: bob)
                try await bob.connect(to: cluster[2])
                try await bob.hear(6)
                try #require(await bob.heard(from: alice).last == "hello again")
                try #require(await bob.heard(from: alice).count == 6)
                await bob.markAllRead()
                // All that was ever said to bob, and not what was said to carol.
                try await alice.some(11, .read)
            }
        }
    }
}
