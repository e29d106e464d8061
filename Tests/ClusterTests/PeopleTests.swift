import Foundation
import NIOHTTP1
import RoostClient
import RoostSession
import RoostWire
import Testing

extension ClusterProcessTests {
    /// Accounts, handles, blocks and what operators do with them, on real nodes.
    @Suite(.serialized) struct People {
        private func ask(
            _ node: TestNode, _ method: String, _ path: String, _ json: String = "{}", by user: TestClient
        ) async throws -> Int {
            let answer = try await NodeResources(node.address).request(
                .init(rawValue: method), path, token: user.credentials.token, json: Array(json.utf8))
            return answer.status
        }

        private func roost(_ cluster: TestCluster, _ arguments: String...) async throws -> (code: Int32, said: String) {
            let output = cluster.directory.appending(path: "\(UUID().uuidString).out")
            let process = try RoostProcess(arguments + ["--node", "\(cluster[1].address)"], output: output)
            return (try await process.exitCode(seconds: 30), try await process.said())
        }

        @Test(.timeLimit(.minutes(1)))
        func `of many who ask for one e-mail address at once, through all nodes, one gets it`() async throws {
            try await TestCluster.run(3) { cluster in
                var users: [TestClient] = []
                for index in 1...6 { users.append(try await cluster.user("taker\(index)")) }
                for round in 1...5 {
                    let json = #"{"email":"prize-\#(round)@example.org"}"#
                    let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                        for (index, user) in users.enumerated() {
                            let node = cluster[index % 3 + 1]
                            group.addTask {
                                // What the owners could not say in the throng they say when asked again.
                                while true {
                                    let answer = try await ask(node, "PUT", "/v1/me/email", json, by: user)
                                    if answer != 503 { return answer }
                                }
                            }
                        }
                        return try await group.reduce(into: [Int]()) { $0.append($1) }
                    }
                    #expect(answers.filter { $0 == 200 }.count == 1, "\(answers)")
                    #expect(answers.filter { $0 == 409 }.count == 5, "\(answers)")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `who is blocked sees no difference, and goes on when the block has ended`() async throws {
            try await TestCluster.run(3) { cluster in
                let (alice, bob) = (try await cluster.user("alice"), try await cluster.user("bob"))
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                await alice.say("hello", to: bob)
                try await bob.hear(1)
                #expect(try await ask(cluster[3], "PUT", "/v1/blocks/\(alice.name)", by: bob) == 204)
                for number in 1...20 { await alice.say("are you there? \(number)", to: bob) }
                try await alice.all(.sent)
                try await cluster.empty()
                #expect(try await ask(cluster[3], "DELETE", "/v1/blocks/\(alice.name)", by: bob) == 204)
                await alice.say("there you are", to: bob)
                try await bob.hear(2)
                try #require(await bob.received == ["hello", "there you are"])
                try #require(await alice.errors.isEmpty)
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `operators see a user and its queue, shut it out, let it in and delete it`() async throws {
            try await TestCluster.run(3) { cluster in
                let (alice, bob) = (try await cluster.user("alice"), try await cluster.user("bob"))
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                let disabled = try await roost(cluster, "user", "disable", "\(bob.name)")
                #expect(disabled.code == 0 && disabled.said.contains("disabled"), "\(disabled)")
                try await wait(for: "bob to be shut out") { await bob.stopReason != nil }
                for number in 1...3 { await alice.say("\(number)", to: bob) }
                try await alice.all(.sent)
                let queue = try await roost(cluster, "queue", "show", "\(bob.name)", "--json")
                #expect(queue.code == 0 && queue.said.contains(#""messages" : 3"#), "\(queue)")
                #expect(try await roost(cluster, "user", "enable", "\(bob.name)").code == 0)
                let again = TestClient(
                    bob.credentials, nodes: cluster.nodes.map(\.address), encoding: .json, window: 0)
                try await again.connect(to: cluster[3])
                try await again.hear(3)
                await again.disconnect()
                await alice.say("4", to: bob)
                try await alice.all(.sent)

                let deleted = try await roost(cluster, "user", "delete", "\(bob.name)", "--yes", "--json")
                #expect(deleted.code == 0 && deleted.said.contains(#""state" : "deleted""#), "\(deleted)")
                try await cluster.empty()
                #expect(try await ask(cluster[2], "GET", "/v1/me", by: bob) == 401)
                await alice.say("gone?", to: bob)
                try await wait(for: "alice to hear that bob is gone") {
                    await alice.errors.contains { $0.code == .unknownUser }
                }
                #expect(try await roost(cluster, "user", "enable", "\(bob.name)").code != 0)
                #expect(
                    try await roost(cluster, "user", "show", "nobody-at-all").said.contains("nobody ever had this name")
                )
            }
        }
    }
}
