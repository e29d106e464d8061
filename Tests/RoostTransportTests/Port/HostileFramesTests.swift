import RoostCore
import RoostTransport
import Testing

@Suite("Hostile frames on a real socket")
struct HostileFramesTests {
    private struct Attack: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        var subprotocol = "roost.v1.json"
        let code: UInt16

        init(_ name: String, _ bytes: [UInt8], _ code: UInt16, on subprotocol: String = "roost.v1.json") {
            testDescription = name
            self.bytes = bytes
            self.code = code
            self.subprotocol = subprotocol
        }
    }

    private static let attacks: [Attack] = [
        Attack("an unmasked frame", ClientFrames.frame(0x1, [65], mask: nil), 1002),
        Attack("RSV1", ClientFrames.frame(0x1, [65], reserved: 0x40), 1002),
        Attack("a reserved opcode", ClientFrames.frame(0x5, [65]), 1002),
        Attack("a fragmented ping", ClientFrames.frame(0x9, [65], isFinal: false), 1002),
        Attack("close code 1005", ClientFrames.close(1005), 1002),
        Attack("invalid UTF-8", ClientFrames.frame(0x1, [0xC3, 0x28]), 1007),
        Attack(
            "invalid UTF-8 across fragments",
            ClientFrames.frame(0x1, [0xC3], isFinal: false) + ClientFrames.frame(0x0, [0x28]), 1007),
        Attack("binary on JSON", ClientFrames.frame(0x2, [65]), 1003),
        Attack("text on protobuf", ClientFrames.text("a"), 1003, on: "roost.v1.proto"),
        Attack(
            "one byte too many", ClientFrames.frame(0x1, [], declared: UInt64(Limits.clientFrameBytesMax) + 1), 1009),
        Attack("a length of 2^63", ClientFrames.frame(0x1, [], declared: 1 << 63), 1009),
        Attack(
            "endless fragments",
            ClientFrames.text("a", isFinal: false)
                + [[UInt8]](repeating: ClientFrames.frame(0x0, [65], isFinal: false), count: 50_000).flatMap { $0 },
            1009),
        Attack(
            "endless empty fragments",
            ClientFrames.text("", isFinal: false)
                + [[UInt8]](repeating: ClientFrames.frame(0x0, [], isFinal: false), count: 50_000).flatMap { $0 }, 1009),
        Attack(
            "fragments that add up to too much",
            ClientFrames.text(String(repeating: "a", count: 60_000), isFinal: false)
                + ClientFrames.frame(0x0, [UInt8](repeating: 65, count: 60_000)), 1009),
    ]

    @Test("get a typed close that arrives, and harm nobody else", arguments: attacks)
    private func attack(_ attack: Attack) async throws {
        try await TestServer.run { server in
            let bystander = try await server.webSocket()
            #expect(await bystander.echoes("before"))
            let attacker = try await server.webSocket(attack.subprotocol)
            attacker.send(attack.bytes)
            #expect(await bystander.echoes("during"))
            #expect(await attacker.waits { $0.closeCode != nil })
            #expect(attacker.closeCode == attack.code)
            #expect(await attacker.waits { $0.isClosed })
            #expect(!attacker.wasReset)
            #expect(await bystander.echoes("after"))
            #expect(server.log.seen.closed.map(\.reason.closeCode) == [attack.code])
        }
    }

    @Test("whoever goes on sending after its close frame is cut off")
    func persistent() async throws {
        try await TestServer.run { server in
            let attacker = try await server.webSocket()
            attacker.send(ClientFrames.frame(0x1, [65], mask: nil))
            let noise = [UInt8](repeating: 0, count: 64 * 1024)
            for _ in 0..<64 { attacker.send(noise) }
            #expect(await attacker.waits(seconds: 5) { $0.isClosed })
        }
    }

    @Test("a flood of pings costs nobody else their turn")
    func pingFlood() async throws {
        try await TestServer.run { server in
            let bystander = try await server.webSocket()
            let attacker = try await server.webSocket()
            try await attacker.setReading(false)
            let pings = [[UInt8]](repeating: ClientFrames.frame(0x9, [UInt8](repeating: 1, count: 125)), count: 2000)
            for _ in 0..<50 { attacker.send(pings.flatMap { $0 }) }
            for turn in 0..<20 { #expect(await bystander.echoes("turn \(turn)")) }
        }
    }
}

extension ClientCloseReason {
    fileprivate var closeCode: UInt16? {
        if case .violation(let violation) = self { violation.closeCode } else { nil }
    }
}
