import Glibc
import RoostClient
import RoostSession
import RoostWire
import Testing

extension ClusterProcessTests {
    /// Who is there, and who types, over real sockets.
    @Suite(.serialized) struct Presence {
        @Test(.timeLimit(.minutes(1)))
        func `a watcher sees who comes, goes, and was on a node that dies`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                await alice.watch([bob])
                try await bob.connect(to: cluster[2])
                try await alice.sees(bob, online: true)
                await bob.disconnect()
                try await alice.sees(bob, online: false)

                try await bob.connect(to: cluster[3])
                try await alice.sees(bob, online: true)
                // He does not come back, and nobody says good-bye for him.
                await cluster[3].signal(SIGSTOP)
                await bob.disconnect()
                try await alice.sees(bob, online: false, seconds: 20)
                let before = await alice.presences[bob.name]
                await cluster[3].signal(SIGCONT)

                // When he was last seen survives all of them.
                try await cluster.killAll()
                try await cluster.start()
                try await cluster.ready(cluster.nodes)
                try await wait(for: "alice to be back") { await alice.node != nil }
                try await alice.sees(bob, online: false, seconds: 20)
                let after = await alice.presences[bob.name]
                guard case .offline(let first) = before, case .offline(let second) = after else {
                    Issue.record("\(String(describing: before)), then \(String(describing: after))")
                    return
                }
                try #require(second + 70_000 > first && second < first + 70_000)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `typing comes at once, the rest of it to who comes online, and nothing after five seconds`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice", encoding: .json)
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                await alice.type(to: bob, isRecording: true)
                try await wait(for: "bob to see alice record") { await bob.typings.count == 1 }
                let first = try #require(await bob.typings.first)
                try #require(first.isRecording && first.from == alice.name)
                try #require((4500...5000).contains(first.milliseconds))

                await bob.disconnect()
                try await Task.sleep(for: .seconds(3))
                await alice.type(to: bob)
                try await Task.sleep(for: .seconds(2))
                try await bob.connect(to: cluster[3])
                try await wait(for: "bob to be shown the rest") { await bob.typings.count == 2 }
                let second = try #require(await bob.typings.last)
                try #require(!second.isRecording && (500...3000).contains(second.milliseconds))

                await bob.disconnect()
                try await Task.sleep(for: .seconds(5))
                try await bob.connect(to: cluster[2])
                try await bob.drained()
                try await Task.sleep(for: .seconds(1))
                try #require(await bob.typings.count == 2)
            }
        }
    }
}
