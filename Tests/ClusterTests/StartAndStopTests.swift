import Foundation
import RoostClient
import RoostNemesis
import RoostSession
import Testing

extension ClusterProcessTests {
    /// Nodes as programs: how they start, stop and refuse to.
    @Suite(.serialized) struct StartingAndStopping {
        @Test(.timeLimit(.minutes(1)))
        func `SIGTERM: bye with a hint, exit code 0, and the clients go on elsewhere`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await bob.connect(to: cluster[1])
                await alice.say("before", to: bob)
                try await alice.all(.delivered)

                let began = ContinuousClock.now
                try #require(try await cluster[1].stop() == 0)
                try #require(ContinuousClock.now - began < .seconds(10))
                try #require(await alice.byes.count == 1)
                try #require(await bob.byes.count == 1)
                try #require(await alice.ends.last?.code == .goingAway)

                await alice.say("after", to: bob)
                try await alice.all(.delivered)
                try #require(await bob.received == ["before", "after"])
                try #require(await alice.node != "n1")
                let said = String(decoding: try Data(contentsOf: cluster[1].log), as: UTF8.self)
                try #require(said.contains("stopped; everything is on disk"))
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a second process on the same data directory is refused, the first goes on`() async throws {
            try await TestCluster.run(1) { cluster in
                let ports = FreePorts.take(2)
                let second = try RoostProcess(
                    [
                        "node", "--name", "second", "--data", cluster[1].dataDirectory.path, "--listen",
                        "127.0.0.1:\(ports[0])", "--peer-listen", "127.0.0.1:\(ports[1])",
                    ], output: cluster.directory.appending(path: "second.log"))
                try #require(try await second.exitCode() > 0)
                let said = try await second.said()
                try #require(said.contains(cluster[1].dataDirectory.path), "\(said)")
                try #require(said.split(separator: "\n").count <= 3, "a person can read it: \(said)")
                try #require(await cluster[1].isReady())
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `seeds that are dead, doubled or the node's own do no harm`() async throws {
            let dead = FreePorts.take(2)
            try await TestCluster.run(
                3, seeds: "127.0.0.1:\(dead[0]),127.0.0.1:\(dead[1]),127.0.0.1:\(dead[0])"
            ) { cluster in
                let status = try await cluster.status()
                try #require(status.map(\.name).sorted() == ["n1", "n2", "n3"])
                try #require(status.allSatisfy { $0.state == "serving" })
            }
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ["node", "--nmae", "n1"], ["node", "--listen", "nowhere"], ["noed"], ["node", "--name", "N 1!"],
            ])
        func `a command line with a typo is refused with what to type`(arguments: [String]) async throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "roost-test-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let process = try RoostProcess(
                arguments + (arguments.first == "node" ? ["--data", directory.path] : []),
                output: directory.appending(path: "out"))
            let code = try await process.exitCode()
            let said = try await process.said()
            try FileManager.default.removeItem(at: directory)
            try #require(code > 0)
            try #require(said.contains("Error"), "\(said)")
            try #require(
                arguments.contains("--listen") || arguments.contains("N 1!") || said.contains("Usage"), "\(said)")
            try #require(!said.contains("Fatal error"), "\(said)")
        }

        @Test(.timeLimit(.minutes(1)))
        func `the same device on another node: the old session hears why and is closed`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.register("alice")
                let old = try await RawClient.live(as: alice, at: cluster[1])
                let new = try await RawClient.live(as: alice, at: cluster[2])
                try #require(try await old.closeCode() == .sessionReplaced)
                try await old.see("SESSION_REPLACED") {
                    if case .error(let error) = $0 { error.code == .sessionReplaced } else { false }
                }
                try await new.isAlive(nonce: 7)
                let again = try await RawClient.live(as: alice, at: cluster[2])
                try #require(try await new.closeCode() == .sessionReplaced, "on the same node too")
                try await again.isAlive(nonce: 8)
                await again.abort()
            }
        }
    }
}
