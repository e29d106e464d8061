import RoostClient
import Testing

/// The HTTP side against a scripted server.
@Suite(.timeLimit(.minutes(1))) struct NodeResourcesTests {
    @Test func `registering and logging in send what the resources take and read what they give`() async throws {
        let node = try await ScriptedNode.start { _ in
            (201, #"{"user":"alice","device":"18446744073709551615","token":"alice.ff.x"}"#)
        }
        let resources = NodeResources(NodeAddress(host: "127.0.0.1", port: node.port))
        let credentials = Credentials(user: "alice", device: .max, token: "alice.ff.x")
        #expect(try await resources.register("alice", password: "pass\"word") == credentials)
        guard case .request("POST /v1/users", nil, let body) = await node.next() else {
            Issue.record("another request")
            return
        }
        #expect(body.contains(#""session":true"#) && body.contains(#""password":"pass\"word""#))
        #expect(try await resources.logIn("alice", password: "password", device: 7) == credentials)
        guard case .request("POST /v1/sessions", nil, let second) = await node.next() else {
            Issue.record("another request")
            return
        }
        #expect(second.contains(#""device":"7""#) && !second.contains("session"))
        try await node.stop()
    }

    @Test(arguments: [
        (#"{"error":{"code":"TAKEN","text":"alice exists"}}"#, "TAKEN", "alice exists"),
        ("<html>proxy</html>", "HTTP_409", "<html>proxy</html>"), ("", "HTTP_409", "no reason given"),
    ])
    func `a refusal is thrown in the node's words`(body: String, code: String, text: String) async throws {
        let node = try await ScriptedNode.start { _ in (409, body) }
        let address = NodeAddress(host: "127.0.0.1", port: node.port)
        await #expect(
            throws: ClientError.refused(url: "\(address)/v1/users", status: 409, code: code, text: text)
        ) {
            _ = try await NodeResources(address).register("alice", password: "password")
        }
        try await node.stop()
    }

    @Test(arguments: [#"{"user":"alice"}"#, "[]", "", #"{"user":"alice","device":"x","token":"t"}"#])
    func `an answer that is not what was promised is an error`(body: String) async throws {
        let node = try await ScriptedNode.start { _ in (201, body) }
        let address = NodeAddress(host: "127.0.0.1", port: node.port)
        await #expect(throws: ClientError.self) {
            _ = try await NodeResources(address).register("alice", password: "password")
        }
        try await node.stop()
    }

    @Test func `a get carries the token and gives the body`() async throws {
        let node = try await ScriptedNode.start { _ in (200, "[1]") }
        let resources = NodeResources(NodeAddress(host: "127.0.0.1", port: node.port))
        #expect(try await resources.get("/x", token: "t") == Array("[1]".utf8))
        #expect(await node.next() == .request("GET /x", authorization: "Bearer t", body: ""))
        try await node.stop()
    }

    @Test(arguments: [
        ("http://127.0.0.1:7410", "127.0.0.1", 7410), ("ws://node/", "node", 7400), ("[::1]:80", "::1", 80),
        ("localhost:1", "localhost", 1),
    ])
    func `an address is read`(text: String, host: String, port: Int) throws {
        let address = try NodeAddress(text)
        #expect(address == NodeAddress(host: host, port: port))
        #expect(try NodeAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "http://", "https://x", "x:0", "x:65536", "x:y", "http://x/path", "[::1", "a b", "::1", "u@h",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: ClientError.invalidAddress(text)) { try NodeAddress(text) }
    }
}
