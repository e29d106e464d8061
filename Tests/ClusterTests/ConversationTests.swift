import RoostClient
import RoostSession
import RoostWire
import Testing

/// The suites run one after another: each has a cluster of its own, and the machine may have two cores.
@Suite(.serialized) struct ClusterProcessTests {}

extension ClusterProcessTests {
    /// Two people on any two nodes.
    @Suite(.serialized) struct Conversations {
        @Test(.timeLimit(.minutes(1)))
        func `each tick comes, and who was away gets everything in order through another node`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                for number in 1...20 { await alice.say("\(number)", to: bob) }
                try await bob.hear(20)
                try await alice.all(.delivered)
                await bob.markAllRead()
                try await alice.all(.read)

                await bob.disconnect()
                for number in 21...300 { await alice.say("\(number)", to: bob) }
                try await alice.all(.sent)
                try await bob.connect(to: cluster[3])
                try await bob.drained()
                try #require(await bob.received == (1...300).map(String.init))
                try #require(await bob.deliveries == 300, "nothing came twice")
                try await alice.all(.delivered)
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `JSON and protobuf clients talk to each other`() async throws {
            try await TestCluster.run(1) { cluster in
                let alice = try await cluster.user("alice", encoding: .json)
                let bob = try await cluster.user("bob", encoding: .proto)
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[1])
                await alice.say("from JSON: äöü 🐓", to: bob)
                await bob.say("from protobuf: \u{0} äöü 🐓", to: alice)
                try await alice.all(.delivered)
                try await bob.all(.delivered)
                try #require(await alice.received == ["from protobuf: \u{0} äöü 🐓"])
                try #require(await bob.received == ["from JSON: äöü 🐓"])
            }
        }
    }
}
