import Foundation
import NIOHTTP1
import RoostClient
import RoostCore
import RoostSession
import RoostWire
import Testing

extension ClusterProcessTests {
    /// Groups on real nodes.
    @Suite(.serialized) struct Groups {
        private struct Made: Decodable {
            let group: String
            let inForce: Bool
        }

        private struct Status: Decodable {
            struct Reader: Decodable {
                let user: String
                let delivered: Bool
                let read: Bool
            }

            let readers: [Reader]
        }

        private func ask(
            _ node: TestNode, _ method: String, _ path: String, _ json: String = "{}", by user: TestClient
        ) async throws -> HTTPAnswer {
            try await NodeResources(node.address).request(
                .init(rawValue: method), path, token: user.credentials.token, json: Array(json.utf8))
        }

        /// Makes a group of these, the first of whom is its admin.
        private func group(of users: [TestClient], at node: TestNode) async throws -> Address {
            let names = users.dropFirst().map { "\"\($0.name)\"" }.joined(separator: ",")
            let answer = try await ask(
                node, "POST", "/v1/groups", #"{"name":"hens","members":[\#(names)]}"#, by: users[0])
            try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
            let made = try JSONDecoder().decode(Made.self, from: Data(answer.body))
            try #require(made.inForce)
            return try #require(Address(made.group))
        }

        private func hear(
            _ count: Int, in group: Address, by users: [TestClient]
        ) async throws -> [String] {
            for user in users {
                try await wait(for: "\(user.name) to hear \(count) things in the group") {
                    await user.heard(in: group).count >= count
                }
            }
            return await users[0].heard(in: group)
        }

        @Test(.timeLimit(.minutes(1)))
        func `who is away gets all of it in the one order, through whatever node`() async throws {
            try await TestCluster.run(3) { cluster in
                var users: [TestClient] = []
                for name in ["ada", "bob", "cleo", "dan", "eve"] { users.append(try await cluster.user(name)) }
                let group = try await group(of: users, at: cluster[1])
                // Two are there and talk at once, three are away.
                for (index, user) in users.prefix(2).enumerated() { try await user.connect(to: cluster[index + 1]) }
                await users[0].watch([group])
                for number in 1...50 { for user in users.prefix(2) { await user.say("\(number)", to: group) } }
                for user in users.prefix(2) { try await user.all(.sent) }
                _ = try await hear(101, in: group, by: Array(users.prefix(2)))
                for (index, user) in users.dropFirst(2).enumerated() { try await user.connect(to: cluster[index + 1]) }
                let all = try await hear(101, in: group, by: users)
                try #require(all[0] == "\(users[0].name) created")
                for user in users.prefix(2) {
                    try #require(
                        all.filter { $0.hasPrefix("\(user.name): ") } == (1...50).map { "\(user.name): \($0)" })
                }
                for user in users { try #require(await user.heard(in: group) == all) }
                for user in users { try #require(await user.errors.isEmpty) }
                try await cluster.empty()

                // One reads all of it; who has it and who has read it is told of the last message.
                await users[4].markAllRead()
                let id = "\(group):\(group.group ?? 0):1:101"
                try await wait(for: "eve to be told as a reader, and the others as those who have it") {
                    let status = try JSONDecoder().decode(
                        Status.self,
                        from: Data(try await ask(cluster[3], "GET", "/v1/messages/\(id)", "", by: users[0]).body))
                    return Set(status.readers.map(\.user)) == Set(users.dropFirst().map(\.name.text))
                        && status.readers.allSatisfy { $0.delivered && $0.read == ($0.user == users[4].name.text) }
                }
                try await users[0].sees(all: 5, in: group, upTo: 101, read: 1)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `what was sent before a removal reaches who is put out, nothing after it does`() async throws {
            try await TestCluster.run(3) { cluster in
                let (ada, bob) = (try await cluster.user("ada"), try await cluster.user("bob"))
                let group = try await group(of: [ada, bob], at: cluster[2])
                try await ada.connect(to: cluster[1])
                await ada.say("one", to: group)
                try await ada.all(.sent)
                let out = try await ask(cluster[3], "DELETE", "/v1/groups/\(group)/members/\(bob.name)", by: ada)
                try #require(out.status == 200)
                await ada.say("two", to: group)
                try await ada.all(.sent)
                try await bob.connect(to: cluster[2])
                try await bob.drained()
                let heard = try await hear(3, in: group, by: [bob])
                try #require(heard == ["\(ada.name) created", "\(ada.name): one", "\(ada.name) removed \(bob.name)"])
                await bob.say("still here?", to: group)
                try await wait(for: "bob to be refused") { await bob.errors.contains { $0.code == .notAMember } }
                let back = try await ask(cluster[1], "PUT", "/v1/groups/\(group)/members/\(bob.name)", by: ada)
                try #require(back.status == 200)
                await bob.say("here again", to: group)
                let all = try await hear(6, in: group, by: [ada])
                try #require(all.suffix(2) == ["\(ada.name) added \(bob.name)", "\(bob.name): here again"])
                try #require(
                    try await hear(5, in: group, by: [bob]).suffix(2)
                        == ["\(ada.name) added \(bob.name)", "\(bob.name): here again"])
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `two admins who put each other out at once leave one, and a node that dies takes nothing with it`()
            async throws
        {
            try await TestCluster.run(3) { cluster in
                let users = [
                    try await cluster.user("ada"), try await cluster.user("bob"), try await cluster.user("cleo"),
                ]
                let group = try await group(of: users, at: cluster[1])
                let promoted = try await ask(
                    cluster[1], "PUT", "/v1/groups/\(group)/admins/\(users[1].name)", by: users[0])
                try #require(promoted.status == 200)
                async let first = ask(
                    cluster[1], "DELETE", "/v1/groups/\(group)/members/\(users[1].name)", by: users[0])
                async let second = ask(
                    cluster[2], "DELETE", "/v1/groups/\(group)/members/\(users[0].name)", by: users[1])
                let answers = try await [first.status, second.status]
                // One is out before the other asks: then there is no such group for it.
                try #require(answers.sorted() == [200, 404], "\(answers)")
                let left = answers[0] == 200 ? users[0] : users[1]
                try await left.connect(to: cluster[1])
                try await users[2].connect(to: cluster[2])
                for number in 1...20 { await left.say("\(number)", to: group) }
                try await cluster[3].kill()
                for number in 21...40 { await left.say("\(number)", to: group) }
                try await left.all(.sent)
                let all = try await hear(43, in: group, by: [users[2], left])
                try #require(all.filter { $0.contains(": ") } == (1...40).map { "\(left.name): \($0)" })
            }
        }
    }
}
