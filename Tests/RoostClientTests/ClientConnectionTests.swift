import NIOCore
import NIOPosix
import RoostClient
import RoostCore
import RoostSession
import RoostWire
import Testing

/// The socket against NIO's own WebSocket server, over loopback.
@Suite(.timeLimit(.minutes(1))) struct ClientConnectionTests {
    @Test(arguments: ClientEncoding.allCases)
    func `frames go both ways, masked on the way out`(encoding: ClientEncoding) async throws {
        try await withConnection(encoding) { connection, node, socket in
            let hello = ClientFrame.hello(.init(window: 9, client: "test"))
            connection.send(hello)
            #expect(
                await node.next()
                    == .frame(
                        opcode: encoding.isText ? 1 : 2, isMasked: true,
                        payload: ClientFrameCodec.encode(hello, encoding)))
            try await socket.send(
                opcode: encoding.isText ? 1 : 2, ClientFrameCodec.encode(ServerFrame.pong(nonce: 5), encoding))
            #expect(await connection.next() == .frame(.pong(nonce: 5)))
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 4000, 65_535, 65_536])
    func `bodies of every length of header arrive whole`(count: Int) async throws {
        try await withConnection(.proto) { connection, node, _ in
            let frame = ClientFrame.send(
                .init(to: "bob", stream: 1, number: 1, body: (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }))
            connection.send(frame)
            guard case .frame(_, _, let payload) = await node.next() else {
                Issue.record("no frame")
                return
            }
            let decoded = try ClientFrameCodec.decodeClientFrame(payload, .proto)
            #expect(decoded == frame)
        }
    }

    @Test func `frames in pieces, together, and fragmented are the same frames`() async throws {
        try await withConnection(.proto) { connection, _, socket in
            let pong = ClientFrameCodec.encode(ServerFrame.pong(nonce: 300), .proto)
            let frame = [0x82, UInt8(pong.count)] + pong
            for byte in frame { try await socket.send([byte]) }
            try await socket.send(frame + frame)
            try await socket.send(opcode: 2, Array(pong[..<2]), isFinal: false)
            try await socket.send(opcode: 9, [])
            try await socket.send(opcode: 0, [], isFinal: false)
            try await socket.send(opcode: 0, Array(pong[2...]))
            for _ in 0..<4 { #expect(await connection.next() == .frame(.pong(nonce: 300))) }
        }
    }

    @Test func `a ping is answered with its payload`() async throws {
        try await withConnection(.proto) { _, node, socket in
            try await socket.send(opcode: 9, [1, 2, 3])
            #expect(await node.next() == .frame(opcode: 10, isMasked: true, payload: [1, 2, 3]))
        }
    }

    @Test func `the close code and reason come through, and the close is answered`() async throws {
        try await withConnection(.proto) { connection, node, socket in
            try await socket.send(opcode: 8, [0x0F, 0xA3] + Array("elsewhere".utf8))
            #expect(await connection.next() == .ended(.closed(code: 4003, reason: "elsewhere")))
            #expect(await node.next() == .frame(opcode: 8, isMasked: true, payload: [0x0F, 0xA3]))
            #expect(await node.next() == .closed)
        }
    }

    @Test func `closing says so first`() async throws {
        try await withConnection(.proto) { connection, node, _ in
            connection.close()
            #expect(await node.next() == .frame(opcode: 8, isMasked: true, payload: [0x03, 0xE8]))
        }
    }

    @Test func `a connection that breaks off is an end as well`() async throws {
        try await withConnection(.proto) { connection, _, socket in
            try await socket.breakOff()
            guard case .ended(.broken) = await connection.next() else {
                Issue.record("no end")
                return
            }
            #expect(await connection.next() == nil)
        }
    }

    static let violations: [[UInt8]] = [
        [0xC2, 0], [0x82, 0x80, 0, 0, 0, 0], [0x80, 0], [0x83, 0], [0x09, 0], [0x89, 126, 0, 200],
        [0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x82, 127, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0],
        [0x81, 0], [0x02, 0, 0x82, 0], [0x82, 2, 0xFF, 0xFF],
    ]

    @Test(arguments: violations)
    func `a node that breaks the rules is left, with a code`(bytes: [UInt8]) async throws {
        try await withConnection(.proto) { connection, node, socket in
            try await socket.send(bytes)
            guard case .ended(.broken) = await connection.next() else {
                Issue.record("it was taken")
                return
            }
            guard case .frame(8, true, _) = await node.next() else {
                Issue.record("no close frame")
                return
            }
        }
    }

    @Test func `a kind of a later version is skipped`() async throws {
        try await withConnection(.json) { connection, _, socket in
            try await socket.send(opcode: 1, Array(#"{"mood":{}}"#.utf8))
            try await socket.send(opcode: 1, Array(#"{"pong":{"nonce":"1"}}"#.utf8))
            #expect(await connection.next() == .frame(.pong(nonce: 1)))
        }
    }

    @Test func `a refused upgrade says why`() async throws {
        let node = try await ScriptedNode.start { _ in
            (401, #"{"error":{"code":"UNAUTHENTICATED","text":"the token is not valid"}}"#)
        }
        let address = NodeAddress(host: "127.0.0.1", port: node.port)
        await #expect(
            throws: ClientError.refused(
                url: "\(address)/v1/connect", status: 401, code: "UNAUTHENTICATED", text: "the token is not valid")
        ) {
            _ = try await ClientConnection.connect(.init(address: address, token: "wrong"))
        }
        try await node.stop()
    }

    @Test func `a node that is not there is named`() async throws {
        let node = try await ScriptedNode.start()
        let address = NodeAddress(host: "127.0.0.1", port: node.port)
        try await node.stop()
        await #expect(throws: ClientError.unreachable(url: address.description, reason: "Connection refused")) {
            _ = try await ClientConnection.connect(.init(address: address, token: "t"))
        }
    }

    private func withConnection(
        _ encoding: ClientEncoding,
        _ body: (ClientConnection, ScriptedNode, ScriptedSocket) async throws -> Void
    ) async throws {
        let node = try await ScriptedNode.start()
        let connection = try await ClientConnection.connect(
            .init(address: NodeAddress(host: "127.0.0.1", port: node.port), token: "t", encoding: encoding))
        #expect(await node.next() == .upgraded(authorization: "Bearer t"))
        guard let socket = await node.nextSocket() else {
            Issue.record("no socket")
            return
        }
        try await body(connection, node, socket)
        connection.abort()
        try await node.stop()
    }
}

extension ClientConnection {
    /// The next event.
    func next() async -> Event? {
        var iterator = events.makeAsyncIterator()
        return await iterator.next()
    }
}
