import Foundation
import Glibc
import RoostClient
import RoostCore
import RoostSession
import RoostWire
import Testing

extension ClusterProcessTests {
    /// One does damage, a good pair goes on talking beside it.
    @Suite(.serialized) struct BadInput {
        /// Runs `body` while alice and bob exchange a message every few milliseconds, and looks that each came.
        private func beside(
            _ nodes: Int = 1, _ body: (TestCluster, TestClient) async throws -> Void
        ) async throws {
            try await TestCluster.run(nodes) { cluster in
                let alice = try await cluster.user("alice")
                let bob = try await cluster.user("bob")
                try await alice.connect(to: cluster.nodes[0])
                try await bob.connect(to: cluster.nodes[cluster.nodes.count - 1])
                let talk = Task {
                    for number in 1...Int.max {
                        await alice.say("\(number)", to: bob)
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                defer { talk.cancel() }
                try await body(cluster, bob)
                try await wait(for: "a talk worth the name") { await alice.ticks.count > 20 }
                talk.cancel()
                try await alice.all(.delivered)
                let said = await alice.ticks.count
                try #require(await bob.received(from: alice) == (1...said).map(String.init))
                try #require(await alice.errors.isEmpty)
                try #require(await alice.ends.isEmpty, "their connections lived through it")
                try #require(await bob.ends.isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `frames and numbers out of order are refused one by one, the connection goes on`() async throws {
            try await beside { cluster, bob in
                let user = try await cluster.register("mallory")
                let mallory = try await RawClient.live(as: user, at: cluster[1])
                let to = bob.name.text
                func send(_ number: UInt64, _ text: String = "x", isRetry: Bool = false, stream: UInt64 = 5)
                    -> ClientFrame
                {
                    .send(.init(to: to, stream: stream, number: number, body: Array(text.utf8), isRetry: isRetry))
                }

                for text in ["", "{", "[]", "null", #"{"unheard":{}}"#, #"{"send":{"n":"x"}}"#, "\u{0}"] {
                    try #require(try await mallory.refusal(ofText: text).code == .badFrame, "\(text)")
                }
                let nobody = ClientFrame.send(.init(to: "nobody-\(user.device)", stream: 1, number: 1, body: []))
                try #require(try await mallory.refusal(of: nobody).code == .unknownUser)
                try #require(try await mallory.refusal(of: send(0)).code == .badNumber)
                try #require(try await mallory.refusal(of: send(.max)).code == .badNumber)
                try #require(try await mallory.refusal(of: send(1 << 63)).code == .badNumber)

                let early = try await mallory.refusal(of: send(4))
                try #require(early.code == .sequenceGap)
                try #require(early.expected == 1)
                await mallory.send(send(1, "first"))
                try await mallory.see("sent") { if case .sent(_, 5, 1) = $0 { true } else { false } }
                let gap = try await mallory.refusal(of: send(3))
                try #require(gap.code == .sequenceGap)
                try #require(gap.expected == 2)
                try #require(try await mallory.refusal(of: send(1, "another")).code == .sequenceReused)

                let big = String(repeating: "x", count: Limits.bodyBytesMax + 1)
                try #require(try await mallory.refusal(of: send(1, big, stream: 6)).code == .bodyTooLarge)
                let other = StreamKey(device: 1, stream: 1)
                try #require(try await mallory.refusal(of: .ack(other, upTo: 1)).code == .badAck)
                try #require(
                    try await mallory.refusal(of: .ack(StreamKey(device: user.device, stream: 5), upTo: 1)).code
                        == .badAck)
                try #require(try await mallory.refusal(of: .hello(.init())).code == .badFrame)
                try await mallory.isAlive(nonce: 1)
                await mallory.abort()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without a good token nothing is taken and the connection closes with 4001`() async throws {
            try await beside { cluster, _ in
                for hello in [ClientFrame.hello(.init()), .hello(.init(token: "wrong")), .ping(nonce: 1)] {
                    let client = try await RawClient.connect(to: cluster[1])
                    try #require(try await client.refusal(of: hello).code == .unauthenticated, "\(hello)")
                    try #require(try await client.closeCode() == .unauthenticated, "\(hello)")
                }
                do {
                    let client = try await RawClient.connect(
                        to: cluster[1], header: String(repeating: "A", count: 43))
                    await client.send(.hello(.init()))
                    try #require(try await client.closeCode() == .unauthenticated)
                } catch let error as ClientError {
                    guard case .refused(_, 401, _, _) = error else { throw error }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a client that never reads costs its node no memory, and its messages stay`() async throws {
            try await beside { cluster, _ in
                let user = try await cluster.register("sleeper")
                let sleeper = try await RawClient.live(as: user, at: cluster[1], window: 256)
                await sleeper.stopReading()
                let sender = try await cluster.user("sender")
                try await sender.connect(to: cluster[1])
                let target = TestClient(user, nodes: [cluster[1].address], encoding: .proto, window: 0)
                let before = try await cluster[1].residentBytes()
                let body = String(repeating: "z", count: 32 * 1024)
                let count = 2000
                for number in 0..<count { await sender.say("\(number) \(body)", to: target) }
                try await sender.all(.sent, seconds: 40)
                let grown = try await cluster[1].residentBytes() - before
                try #require(
                    grown < 32 << 20, "\(grown >> 20) MiB for \(count * body.utf8.count >> 20) MiB of messages")

                await sleeper.startReading()
                try await wait(for: "the window") { await sleeper.messages.count >= 256 }
                try await sleeper.isAlive(nonce: 3)
                try #require(await sleeper.messages.count == 256, "no message beyond the window")
                await sleeper.abort()
                try await target.connect(to: cluster[1])
                try await target.drained()
                try #require(await target.received.count == count)
                await target.disconnect()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `garbage on the ports of the peers harms nobody`() async throws {
            try await beside(3) { cluster, _ in
                var random = SeededRandom(seed: 4711)
                for node in cluster.nodes {
                    for round in 0..<20 {
                        var bytes = (0..<Int.random(in: 1...1400, using: &random)).map { _ in
                            UInt8.random(in: 0...255, using: &random)
                        }
                        if round % 4 == 0 { bytes = [0xFF, 0xFF, 0xFF, 0xFF] + bytes }
                        if round % 4 == 1 { bytes = [0, 0, 0, 0] + bytes }
                        Loopback.send(bytes, to: node.peerPort, SOCK_DGRAM)
                        Loopback.send(bytes, to: node.peerPort, SOCK_STREAM)
                    }
                    Loopback.send(Array("GET / HTTP/1.1\r\n\r\n".utf8), to: node.peerPort, SOCK_STREAM)
                    Loopback.send([], to: node.peerPort, SOCK_DGRAM)
                }
                try await Task.sleep(for: .milliseconds(500))
                for node in cluster.nodes {
                    try #require(await node.isRunning)
                    try #require(await node.isReady())
                }
            }
        }
    }
}

/// Bytes thrown at a port.
private enum Loopback {
    static func send(_ bytes: [UInt8], to port: Int, _ kind: __socket_type) {
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return }
        _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}
