import Foundation
import NIOHTTP1
import RoostClient
import RoostCore
import RoostWire
import Testing

extension ClusterProcessTests {
    /// What people do with a messenger, on real nodes. Groups have theirs beside this.
    @Suite(.serialized) struct Scenarios {
        /// Another device of the same person.
        private func device(of user: TestClient, _ name: String, in cluster: TestCluster) async throws -> TestClient {
            let credentials = try await NodeResources(cluster[1].address).logIn(
                user.name.text, password: "correct horse \(name)")
            return TestClient(credentials, nodes: cluster.nodes.map(\.address), encoding: .proto, window: 0)
        }

        @Test(.timeLimit(.minutes(1)))
        func `both away: each finds later what the other has done meanwhile`() async throws {
            try await TestCluster.run(3) { cluster in
                let (alice, bob) = (try await cluster.user("alice"), try await cluster.user("bob"))
                try await alice.connect(to: cluster[1])
                for number in 1...30 { await alice.say("\(number)", to: bob) }
                try await alice.all(.sent)
                await alice.disconnect()
                // Nobody is there. The nodes die and come back with what they had on their disks.
                try await cluster.killAll()
                try await cluster.start()
                try await cluster.ready(cluster.nodes)
                try await bob.connect(to: cluster[2])
                try await bob.hear(30)
                await bob.markAllRead()
                await bob.say("got it", to: alice)
                try await bob.all(.sent)
                await bob.disconnect()
                try await alice.connect(to: cluster[3])
                try await alice.all(.read)
                try await alice.hear(1)
                try #require(await bob.received == (1...30).map(String.init))
                try #require(await alice.received == ["got it"])
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a lost phone: the other device has all of it, and nothing waits for the phone any more`() async throws {
            try await TestCluster.run(3) { cluster in
                let (alice, phone) = (try await cluster.user("alice"), try await cluster.user("bob"))
                let tablet = try await device(of: phone, "bob", in: cluster)
                try await alice.connect(to: cluster[1])
                try await tablet.connect(to: cluster[2])
                for number in 1...20 { await alice.say("\(number)", to: phone) }
                try await tablet.hear(20)
                try await alice.all(.delivered)
                let waiting = try await cluster.status().map(\.pendingMessages)
                try #require(waiting.max() == 20, "the phone has not stored them: \(waiting)")
                let removed = try await NodeResources(cluster[3].address).request(
                    .DELETE, "/v1/devices/\(phone.credentials.device)", token: tablet.credentials.token)
                try #require(removed.status == 204)
                try await cluster.empty()
                // Whoever found the phone gets nothing with it.
                let found = try await NodeResources(cluster[1].address).request(
                    .GET, "/v1/me", token: phone.credentials.token)
                try #require(found.status == 401)
                let new = try await device(of: tablet, "bob", in: cluster)
                try await new.connect(to: cluster[3])
                await alice.say("new phone?", to: tablet)
                try await wait(for: "the new phone to hear it") { await new.received.last == "new phone?" }
                try await tablet.hear(21)
                // It may get the end of what was there before, which nobody waited for but the owners still held; nothing is missing.
                let before = await new.received.dropLast()
                try #require(Array(before) == Array((1...20).map(String.init).suffix(before.count)))
                try #require(await tablet.received == (1...20).map(String.init) + ["new phone?"])
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `travelling: from node to node while others write, nothing is missed, doubled or out of order`()
            async throws
        {
            try await TestCluster.run(3) { cluster in
                let (alice, bob) = (try await cluster.user("alice"), try await cluster.user("bob"))
                try await alice.connect(to: cluster[1])
                for stop in 0..<9 {
                    try await bob.connect(to: cluster[stop % 3 + 1])
                    for number in 1...40 { await alice.say("\(stop * 40 + number)", to: bob) }
                    // Half of the times bob leaves in the middle of it.
                    if stop % 2 == 0 { try await bob.hear(stop * 40 + 20) }
                }
                try await bob.hear(360)
                try await alice.all(.delivered)
                try #require(await bob.received == (1...360).map(String.init))
                try await cluster.empty()
            }
        }
    }
}
