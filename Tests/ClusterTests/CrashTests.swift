import Glibc
import RoostClient
import RoostSession
import Testing

extension ClusterProcessTests {
    /// `kill -9`, and what was `sent` comes all the same.
    @Suite(.serialized) struct Crashes {
        @Test(.timeLimit(.minutes(1)))
        func `the gateway dies between accepted and sent: the client retries through another node`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await bob.connect(to: cluster[2])
                try await alice.connect(to: cluster[1])
                await alice.say("0", to: bob)
                try await alice.all(.delivered)

                // With the others stopped nothing gets a majority: what the gateway has taken cannot become `sent`.
                await cluster[2].signal(SIGSTOP)
                await cluster[3].signal(SIGSTOP)
                for number in 1...100 { await alice.say("\(number)", to: bob) }
                try await wait(for: "all to be accepted") {
                    await alice.count(.accepted) == 101
                }
                try await cluster[1].kill()
                await cluster[2].signal(SIGCONT)
                await cluster[3].signal(SIGCONT)

                try await alice.all(.delivered, seconds: 30)
                try #require(await alice.retries >= 100)
                try #require(await bob.received == (0...100).map(String.init))
                try #require(await alice.node != "n1")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `an owner dies under load: sends go on, and nothing is lost when it comes back`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                let carol = try await cluster.user("carol")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                let load = Task {
                    for number in 1...Int.max {
                        await alice.say("\(number)", to: bob)
                        await alice.say("\(number)", to: carol)
                        try await Task.sleep(for: .milliseconds(4))
                    }
                }
                try await Task.sleep(for: .seconds(1))
                try await cluster[3].kill()
                try await Task.sleep(for: .seconds(3))
                try await cluster[3].start()
                try await cluster.ready([cluster[3]])
                try await Task.sleep(for: .seconds(1))
                load.cancel()
                await #expect(throws: CancellationError.self) { try await load.value }
                try await alice.all(.sent)
                let times = await alice.sentTimes
                let pauses = zip(times, times.dropFirst()).map { $1 - $0 }
                try #require(try #require(pauses.max()) < .seconds(2))

                // The one that was away answers now in the place of one that was there.
                try await cluster[2].kill()
                let said = await alice.ticks.count / 2
                try await bob.hear(said)
                try await carol.connect(to: cluster[3])
                try await carol.drained()
                try #require(await bob.received == (1...said).map(String.init))
                try #require(await carol.received == (1...said).map(String.init))
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `all nodes die at once: everything sent is delivered, in order`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                for number in 1...500 { await alice.say("\(number)", to: bob) }
                try await alice.all(.sent)
                try await cluster.killAll()
                await alice.disconnect()
                try await cluster.start()
                try await cluster.ready(cluster.nodes)
                // A node that has just started is asked by others as soon as their links stand.
                try await wait(for: "a majority to say that it holds what was sent") {
                    try await cluster.status().count { $0.pendingMessages == 500 } >= 2
                }

                try await bob.connect(to: cluster[2])
                try await bob.drained()
                try #require(await bob.received == (1...500).map(String.init))
                try await alice.connect(to: cluster[3])
                try await alice.all(.delivered)
                await alice.say("501", to: bob)
                try await bob.hear(501)
                try #require(await bob.received.last == "501")
                try await cluster.empty()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `all nodes die under load: what was sent comes, and the rest comes by the client's retry, once`()
            async throws
        {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[2])
                for number in 1...900 { await alice.say("\(number)", to: bob) }
                try await wait(for: "some to be sent") { await alice.count(.sent) >= 200 }
                try await cluster.killAll()
                try #require(await alice.count(.sent) < 900)
                try await cluster.start()
                try await bob.hear(900)
                try #require(await bob.errors.isEmpty)
                try await alice.all(.delivered)
                try #require(await bob.received == (1...900).map(String.init))
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without a majority nothing is sent, and a retry after it succeeds once`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                await alice.say("1", to: bob)
                try await alice.all(.sent)
                try await cluster[2].kill()
                try await cluster[3].kill()
                let id = await alice.say("2", to: bob)
                try await wait(for: "UNAVAILABLE") { await alice.errors.contains { $0.code == .unavailable } }
                try #require(await alice.ticks[id] == .accepted)
                try await cluster[2].start()
                try await cluster[3].start()
                try await alice.all(.sent, seconds: 20)
                try #require(await alice.retries > 0)
                try await bob.connect(to: cluster[3])
                try await bob.drained()
                try #require(await bob.received == ["1", "2"])
            }
        }
    }
}
