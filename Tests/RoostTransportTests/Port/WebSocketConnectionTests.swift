import RoostCore
import RoostTransport
import Testing

@Suite("A WebSocket of the client port")
struct WebSocketConnectionTests {
    @Test("upgrades by the RFC's own example, and passes the token on")
    func upgrade() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket(headers: "Authorization: Bearer some.token\r\n")
            #expect(client.text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            #expect(client.text.lowercased().contains("sec-websocket-protocol: roost.v1.json\r\n"))
            #expect(await client.echoes("hello"))
            #expect(server.log.seen.opened.map(\.token) == ["some.token"])
        }
    }

    @Test(
        "takes the first subprotocol of the client's list that it knows",
        arguments: [
            ("roost.v1.proto", 0x2), ("soap, roost.v1.proto, roost.v1.json", 0x2), ("roost.v9, roost.v1.json", 0x1),
        ] as [(String, UInt8)])
    func subprotocols(offer: String, opcode: UInt8) async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket(offer)
            client.send(ClientFrames.frame(opcode, [1, 2, 3]))
            #expect(await client.waits { $0.frames == [.init(opcode: opcode, payload: [1, 2, 3])] })
        }
    }

    @Test("takes frames that came in one packet with the upgrade")
    func eager() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send(Array(RawClient.upgrade().utf8) + ClientFrames.text("eager") + ClientFrames.text("beaver"))
            #expect(await client.waits { $0.frames == [.text("eager"), .text("beaver")] })
        }
    }

    @Test("takes an upgrade and frames byte by byte")
    func drip() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            for byte in Array(RawClient.upgrade().utf8) + ClientFrames.text("drip") {
                client.send([byte])
                await Task.yield()
            }
            #expect(await client.waits { $0.frames == [.text("drip")] })
        }
    }

    @Test("writes lengths in the fewest bytes", arguments: [0, 125, 126, 65_535, 65_536, Limits.clientFrameBytesMax])
    func lengths(count: Int) async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            let text = String(repeating: "a", count: count)
            let before = client.byteCount
            #expect(await client.echoes(text))
            #expect(client.byteCount - before == count + (count <= 125 ? 2 : count <= 65_535 ? 4 : 10))
        }
    }

    @Test("answers pings with their payload, ignores pongs")
    func pings() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            client.send(
                ClientFrames.frame(0xA, [7]) + ClientFrames.frame(0x9, [1, 2]) + ClientFrames.text("a")
                    + ClientFrames.frame(0x9, []))
            #expect(
                await client.waits {
                    $0.frames == [
                        .init(opcode: 0xA, payload: [1, 2]), .text("a"), .init(opcode: 0xA, payload: []),
                    ]
                })
        }
    }

    @Test("echoes a close, then ends the connection, and says so once")
    func close() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            client.send(ClientFrames.close(1000, Array("bye".utf8)) + ClientFrames.text("too late"))
            #expect(await client.waits { $0.isClosed })
            #expect(client.frames == [.close(1000)])
            #expect(server.log.seen.closed.map(\.reason) == [.byClient(code: 1000)])
        }
    }

    @Test("tells the delegate once when the socket is lost")
    func lost() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            client.close()
            #expect(await client.waits { _ in !server.log.seen.closed.isEmpty })
            #expect(server.log.seen.closed.map(\.reason) == [.lost])
        }
    }

    @Test("closes with the session's code, and a reason cut to what a frame holds")
    func closedByNode() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            client.send(ClientFrames.text("close"))
            #expect(await client.waits { $0.isClosed })
            #expect(client.closeCode == 4001)
            #expect(client.frames.last?.payload.count == 2 + 122)
            #expect(!client.wasReset)
            #expect(await client.waits { _ in !server.log.seen.closed.isEmpty })
            #expect(server.log.seen.closed.map(\.reason) == [.byNode(code: 4001)])
        }
    }

    @Test("stops reading a client that does not read, answers its pings no more, and goes on when it reads again")
    func neverReads() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            try await client.setReading(false)
            client.send(ClientFrames.text("flood"))
            #expect(await client.waits { _ in server.log.seen.writability == [false] })

            // More than the kernel's buffers hold: what the server has read of it stays bounded.
            let part = ClientFrames.frame(0x1, [UInt8](repeating: 65, count: 50_000))
            for _ in 0..<400 { client.send(part) }
            try await Task.sleep(for: .milliseconds(300))
            #expect(server.log.seen.bytes < 1_000_000)

            try await client.setReading(true)
            #expect(await client.waits(seconds: 30) { _ in server.log.seen.bytes == 5 + 400 * 50_000 })
            #expect(server.log.seen.writability.prefix(2) == [false, true])
        }
    }

    @Test("a session's pause holds the client back")
    func pause() async throws {
        try await TestServer.run { server in
            let client = try await server.webSocket()
            client.send(ClientFrames.text("pause"))
            #expect(await client.waits { _ in server.log.seen.bytes == 5 })
            client.send(ClientFrames.text("later"))
            try await Task.sleep(for: .milliseconds(100))
            #expect(client.frames.isEmpty)
        }
    }

    @Test("says goodbye when the server shuts down")
    func shutdown() async throws {
        let server = try await TestServer(ClientPortConfiguration())
        let client = try await server.webSocket()
        let other = try await server.webSocket()
        let start = ContinuousClock.now
        try await server.stop()
        #expect(ContinuousClock.now - start < .seconds(8))
        #expect(await other.waits { $0.isClosed && client.isClosed })
        #expect(other.closeCode == 1001)
        #expect(client.closeCode == 1001)
        #expect(await client.waits { _ in server.log.seen.closed.map(\.reason) == [.shutdown, .shutdown] })
    }
}
