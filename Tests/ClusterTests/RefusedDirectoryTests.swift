import Foundation
import RoostClient
import RoostNemesis
import RoostSession
import Testing

extension ClusterProcessTests {
    /// Data directories that must not serve: copies of a living node's, old states, and those of nodes given up for lost.
    @Suite(.serialized) struct RefusedDirectories {
        @Test(.timeLimit(.minutes(2)))
        func `an old copy of a directory is refused for good, and the true one goes on`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await cluster.say(1...50, from: alice, to: bob)
                try #require(try await cluster[3].stop() == 0)
                let old = try cluster.copy(of: cluster[3])
                try await cluster[3].start()
                try await cluster.say(51...100, from: alice, to: bob)
                try #require(try await cluster[3].stop() == 0)
                let latest = try cluster.copy(of: cluster[3])

                try cluster.restore(cluster[3], from: old)
                for _ in 1...2 {
                    let refusal = try await cluster.refusal(of: cluster[3])
                    try #require(refusal.code == 1, "\(refusal.said)")
                    try #require(refusal.said.contains("is an older copy"), "\(refusal.said)")
                    try #require(refusal.said.contains("roost replace n3"), "\(refusal.said)")
                }

                try cluster.restore(cluster[3], from: latest)
                try await cluster[3].start()
                try await cluster.ready([cluster[3]])
                try await bob.connect(to: cluster[3])
                try await bob.hear(100)
                try #require(await bob.received == (1...100).map(String.init))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a copy that was made while the node ran is refused too: its log ends too early`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await cluster.say(1...20, from: alice, to: bob)
                let old = try cluster.copy(of: cluster[3])
                try await cluster.say(21...60, from: alice, to: bob)
                // A heartbeat tells the others how far it is.
                try await Task.sleep(for: .seconds(1.5))
                try await cluster[3].kill()
                let latest = try cluster.copy(of: cluster[3])
                try cluster.restore(cluster[3], from: old)
                let refusal = try await cluster.refusal(of: cluster[3])
                try #require(refusal.code == 1, "\(refusal.said)")
                try #require(refusal.said.contains("durable records of its log"), "\(refusal.said)")

                // Nobody takes the right one for the other, though both were opened as often.
                try cluster.restore(cluster[3], from: latest)
                try await cluster[3].start()
                try await cluster.ready([cluster[3]])
                try await cluster[1].kill()
                try await bob.connect(to: cluster[2])
                try await bob.hear(60)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a clone beside the original is refused, the original serves on, and it may move`() async throws {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[3])
                try await cluster.say(1...20, from: alice, to: bob)
                let copy = try cluster.copy(of: cluster[3])
                let elsewhere = cluster.elsewhere(cluster[3], data: copy)
                let refusal = try await cluster.refusal(of: elsewhere)
                try #require(refusal.code == 1, "\(refusal.said)")
                try #require(refusal.said.contains(cluster[3].peerAddress), "\(refusal.said)")
                try await cluster.say(21...40, from: alice, to: bob)
                try #require(await alice.ends.isEmpty, "nobody was sent away")

                // With the original gone its own directory may serve at another address.
                try #require(try await cluster[3].stop() == 0)
                let moved = cluster.elsewhere(cluster[3], data: cluster[3].dataDirectory)
                try await moved.start()
                try await cluster.ready([moved])
                // Two of three owners are a majority only with it.
                try await cluster[1].kill()
                try await bob.connect(to: cluster[2])
                try await bob.hear(40)
                try await moved.kill()
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a majority of the voters is lost, one node goes on with all it has, and the lost stay out`() async throws
        {
            try await TestCluster.run(3) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster[1])
                try await cluster.say(1...50, from: alice, to: bob)
                try await cluster[2].kill()
                try await cluster[3].kill()
                let old = try cluster.copy(of: cluster[2])
                for lost in [cluster[2], cluster[3]] { try FileManager.default.removeItem(at: lost.dataDirectory) }
                try await wait(for: "n2 and n3 to be known as dead", seconds: 60) {
                    try await cluster.roost(["forget", "n2", "n3", "--accept-loss"]).said.contains(
                        "n1 will decide alone")
                }
                let forget = try await cluster.roost(["forget", "n2", "n3", "--accept-loss", "--yes"])
                try #require(forget.code == 0, "\(forget.said)")
                try #require(try await cluster.shares() == ["n1": 4096])
                try await cluster.ready([cluster[1]])
                try await cluster.say(51...100, from: alice, to: bob)
                try await bob.connect(to: cluster[1])
                try await bob.hear(100)
                try #require(await bob.received == (1...100).map(String.init))

                try cluster.restore(cluster[2], from: old)
                try await cluster[2].start()
                try #require(try await cluster[2].end() == 0, "it hears that it is out")
                try #require(try await cluster.refuses(cluster[2]))
                try #require(try await cluster.shares() == ["n1": 4096])
            }
        }
    }
}

extension TestCluster {
    /// Sends these numbers and waits until they are safe.
    fileprivate func say(_ numbers: ClosedRange<Int>, from: TestClient, to: TestClient) async throws {
        for number in numbers { await from.say("\(number)", to: to) }
        try await from.all(.sent)
    }

    /// A copy of a node's data directory as it stands.
    fileprivate func copy(of node: TestNode) throws -> URL {
        let copy = directory.appending(path: "copy-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: node.dataDirectory, to: copy)
        return copy
    }

    /// Puts a copy in the place of a node's data directory.
    fileprivate func restore(_ node: TestNode, from copy: URL) throws {
        if FileManager.default.fileExists(atPath: node.dataDirectory.path) {
            try FileManager.default.removeItem(at: node.dataDirectory)
        }
        try FileManager.default.copyItem(at: copy, to: node.dataDirectory)
    }

    /// A node of the same name on other ports, with this data directory.
    fileprivate func elsewhere(_ node: TestNode, data: URL) -> TestNode {
        let ports = FreePorts.take(2)
        return TestNode(
            name: node.name, clientPort: ports[0], peerPort: ports[1],
            seeds: nodes.map(\.peerAddress).joined(separator: ","), directory: directory, data: data)
    }

    /// How a node ends that is started and must not serve.
    fileprivate func refusal(of node: TestNode) async throws -> Told {
        let process = try RoostProcess(node.arguments, output: directory.appending(path: "\(UUID().uuidString).txt"))
        do {
            return Told(code: try await process.exitCode(seconds: 20), said: try await process.said())
        } catch {
            await process.signal(SIGKILL)
            throw error
        }
    }
}
