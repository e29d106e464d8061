import RoostCore
import RoostTransport
import Testing

@Suite("Hostile HTTP on a real socket")
struct HostileRequestsTests {
    private struct Attack: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: String
        let status: Int
        let code: ErrorAnswer.Code
        var says = ""

        init(_ name: String, _ bytes: String, _ status: Int, _ code: ErrorAnswer.Code, says: String = "") {
            testDescription = name
            self.bytes = bytes
            self.status = status
            self.code = code
            self.says = says
        }
    }

    private static func upgrade(without header: String, instead: String = "") -> String {
        RawClient.upgrade().split(separator: "\r\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(header) ? instead : String($0) }
            .filter { !$0.isEmpty }
            .joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static let attacks: [Attack] = [
        Attack(
            "17 KiB of headers",
            "GET /livez HTTP/1.1\r\n" + String(repeating: "X-A: \(String(repeating: "a", count: 90))\r\n", count: 180),
            431, .headTooLarge),
        Attack(
            "one header of 17 KiB", "GET /livez HTTP/1.1\r\nX: \(String(repeating: "a", count: 17_000))", 431,
            .headTooLarge),
        Attack("a path of 17 KiB", "GET /\(String(repeating: "a", count: 17_000))", 431, .headTooLarge),
        Attack(
            "a header of spaces without end", "GET /livez HTTP/1.1\r\nX:\(String(repeating: " ", count: 2_000_000))",
            431,
            .headTooLarge),
        Attack("empty lines without end", String(repeating: "\r\n", count: 50_000), 431, .headTooLarge),
        Attack(
            "a body declared too long", "POST /v1/users HTTP/1.1\r\nContent-Length: 16385\r\n\r\n", 413, .bodyTooLarge),
        Attack(
            "a body declared absurdly long", "POST /v1/users HTTP/1.1\r\nContent-Length: 9223372036854775807\r\n\r\n",
            413,
            .bodyTooLarge),
        Attack(
            "a body in chunks without end",
            "POST /v1/users HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: "400\r\n\(String(repeating: "a", count: 1024))\r\n", count: 200), 413, .bodyTooLarge
        ),
        Attack(
            "a chunk extension without end",
            "POST /v1/users HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;\(String(repeating: "a", count: 200_000))",
            431,
            .headTooLarge),
        Attack("no HTTP at all", "\u{1}\u{2}\u{3} hello there\r\n\r\n", 400, .badRequest),
        Attack("HTTP/2 prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, .badRequest),
        Attack(
            "two lengths", "POST /v1/users HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, .badRequest
        ),
        Attack("an unknown path", "GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n", 404, .notFound),
        Attack(
            "a method that the path does not take", "PUT /v1/users HTTP/1.1\r\nConnection: close\r\n\r\n", 405,
            .methodNotAllowed, says: "Allow: POST, GET"),
        Attack(
            "POST to the WebSocket", "POST /v1/connect HTTP/1.1\r\n\r\n", 405, .methodNotAllowed, says: "Allow: GET"),
        Attack("the WebSocket without an upgrade", "GET /v1/connect HTTP/1.1\r\n\r\n", 426, .upgradeRequired),
        Attack(
            "an upgrade of HTTP/1.0", RawClient.upgrade().replacing("HTTP/1.1", with: "HTTP/1.0"), 426, .upgradeRequired
        ),
        Attack(
            "an upgrade to something else", upgrade(without: "Upgrade:", instead: "Upgrade: h2c"), 426, .upgradeRequired
        ),
        Attack(
            "version 8", upgrade(without: "Sec-WebSocket-Version", instead: "Sec-WebSocket-Version: 8"), 426,
            .upgradeRequired, says: "Sec-WebSocket-Version: 13"),
        Attack("no key", upgrade(without: "Sec-WebSocket-Key"), 400, .badUpgrade),
        Attack(
            "a short key", upgrade(without: "Sec-WebSocket-Key", instead: "Sec-WebSocket-Key: AAAA"), 400, .badUpgrade),
        Attack(
            "two keys",
            upgrade(
                without: "Sec-WebSocket-Key",
                instead:
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400,
            .badUpgrade),
        Attack(
            "an upgrade with a body", RawClient.upgrade(headers: "Content-Length: 5\r\n") + "12345", 400, .badUpgrade),
        Attack(
            "an unknown subprotocol", RawClient.upgrade("soap"), 400, .unknownSubprotocol,
            says: "roost.v1.json or roost.v1.proto"),
        Attack(
            "no subprotocol", upgrade(without: "Sec-WebSocket-Protocol"), 400, .unknownSubprotocol,
            says: "roost.v1.json or roost.v1.proto"),
        Attack(
            "an upgrade after another request", "GET /livez HTTP/1.1\r\n\r\n" + RawClient.upgrade(), 400, .badUpgrade,
            says: "HTTP/1.1 200 OK"),
    ]

    @Test("gets a typed answer that arrives, and harms nobody else", arguments: attacks)
    private func attack(_ attack: Attack) async throws {
        try await TestServer.run { server in
            let bystander = try await server.webSocket()
            let attacker = try await server.connect()
            attacker.send(attack.bytes)
            #expect(await bystander.echoes("during"))
            #expect(await attacker.waits { $0.isClosed })
            #expect(attacker.text.contains("HTTP/1.1 \(attack.status) "), "\(attacker.text)")
            #expect(
                attacker.text.contains(#"{"error":{"code":"\#(attack.code.rawValue)","text":""#), "\(attacker.text)")
            #expect(attacker.text.contains(attack.says), "\(attacker.text)")
            #expect(!attacker.wasReset)
            #expect(await bystander.echoes("after"))
        }
    }

    @Test(
        "silence, a slow head and a slow body end in 408",
        arguments: [
            "", "GET /li", "POST /v1/users HTTP/1.1\r\nContent-Length: 100\r\n\r\n{",
            "GET /v1/connect HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
        ])
    func slow(start: String) async throws {
        var configuration = ClientPortConfiguration()
        configuration.handshakeDeadline = .seconds(1)
        try await TestServer.run(configuration) { server in
            let bystander = try await server.webSocket()
            let attacker = try await server.connect()
            attacker.send(start)
            // A byte now and then does not buy time.
            for _ in 0..<20 where !attacker.isClosed {
                try await Task.sleep(for: .milliseconds(60))
                if !start.isEmpty { attacker.send(start.hasPrefix("POST") ? " " : "a") }
            }
            #expect(await attacker.waits(seconds: 4) { $0.isClosed })
            #expect(attacker.text.hasPrefix("HTTP/1.1 408 "), "\(attacker.text)")
            #expect(attacker.text.contains(ErrorAnswer.Code.requestTimeout.rawValue))
            #expect(await bystander.echoes("after"))
        }
    }

    @Test("a kept-alive connection that asks nothing more is closed")
    func idle() async throws {
        var configuration = ClientPortConfiguration()
        configuration.idleDeadline = .seconds(1)
        try await TestServer.run(configuration) { server in
            let client = try await server.connect()
            client.send("GET /livez HTTP/1.1\r\n\r\n")
            #expect(await client.waits { $0.text.contains("ok\n") })
            client.send("GET /livez HTTP/1.1\r\n\r\n")
            #expect(await client.waits { $0.text.split(separator: "HTTP/1.1 200").count == 2 })
            #expect(await client.waits(seconds: 3) { $0.isClosed })
        }
    }

    @Test("a client that closes its half after the request still gets the answer, pipelined requests each theirs")
    func pipelining() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send(String(repeating: "GET /livez HTTP/1.1\r\n\r\n", count: 50) + "GET /readyz HTTP/1.1\r\n\r\n")
            #expect(await client.waits { $0.text.contains(#""ready":true"#) })
            #expect(client.text.split(separator: "HTTP/1.1 200 OK").count == 51)
        }
    }

    @Test("noise never brings the port down", .serialized, arguments: 0..<40 as Range<UInt64>)
    func noise(seed: UInt64) async throws {
        var configuration = ClientPortConfiguration()
        configuration.handshakeDeadline = .seconds(1)
        configuration.lingerDeadline = .milliseconds(100)
        try await TestServer.run(configuration) { server in
            var random = SeededRandom(seed: seed)
            var bytes = Array(
                (seed % 2 == 0 ? RawClient.upgrade() : "POST /v1/users HTTP/1.1\r\nContent-Length: 20\r\n\r\n{}").utf8)
            for _ in 0...random.below(5) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes += (0..<random.below(500)).map { _ in UInt8(random.below(256)) }
            let attacker = try await server.connect()
            attacker.send(bytes)
            try await Task.sleep(for: .milliseconds(20))
            let client = try await server.webSocket()
            #expect(await client.echoes("alive"))
        }
    }
}
