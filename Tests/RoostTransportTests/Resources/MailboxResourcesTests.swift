import RoostCore
import RoostNode
import RoostTransport
import Testing

/// What is unread and what has become of a message, over HTTP.
@Suite struct MailboxResourcesTests {
    private func device(_ token: String) throws -> DeviceID {
        try #require(AccessToken(token)).device
    }

    @Test func `what is unread is counted by conversation and in all`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let (bob, group) = (try #require(Address("bob")), try #require(Address("~5f0c2a91d3e4b687")))
            server.mailboxes.answer(.unread([.init(with: bob, unread: 3), .init(with: group, unread: 1)]))
            let answer = try await server.ask("GET", "/v1/unread", token: ada)
            #expect(answer.status == 200)
            for part in [#""total":4"#, #""with":"bob""#, #""unread":3"#, #""with":"~5f0c2a91d3e4b687""#] {
                #expect(answer.body.contains(part), "\(answer.body)")
            }
            #expect(server.mailboxes.asked == [.unread(try #require(Address("ada")))])
            server.mailboxes.answer(.unavailable)
            #expect(try await server.ask("GET", "/v1/unread", token: ada)["code"] == "UNAVAILABLE")
        }
    }

    @Test func `who has sent a message is told who has it and who has read it`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let bob = try #require(Address("bob"))
            let progress = ReceiptProgress(
                deliveredUpTo: 4, readUpTo: 2, deliveredAtMilliseconds: 17, readAtMilliseconds: 19)
            server.mailboxes.answer(.status(.init(readers: [.init(bob, number: 2, progress)])))
            let device = try device(ada)
            let id = "bob:\(device):1:2"
            let answer = try await server.ask("GET", "/v1/messages/\(id)", token: ada)
            #expect(answer.status == 200)
            let parts = [
                #""id":"\#(id)""#, #""to":"bob""#, #""user":"bob""#, #""delivered":true"#, #""deliveredByMs":"17""#,
                #""read":true"#, #""readByMs":"19""#,
            ]
            for part in parts { #expect(answer.body.contains(part), "\(part) in \(answer.body)") }
            let name = MessageName(
                sender: try #require(Address("ada")), to: bob, key: StreamKey(device: device, stream: 1), number: 2)
            #expect(server.mailboxes.asked == [.status(name)])

            _ = try await server.ask("PATCH", "/v1/me", #"{"privacy":{"readReceipts":false}}"#, token: ada)
            let hidden = try await server.ask("GET", "/v1/messages/\(id)", token: ada)
            #expect(hidden.body.contains(#""read":false"#) && !hidden.body.contains("readByMs"))
            #expect(hidden.body.contains(#""delivered":true"#))
        }
    }

    @Test func `a message that nobody knows, or that another has sent, is not found`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            server.mailboxes.answer(.status(nil))
            let own = try await server.ask("GET", "/v1/messages/bob:\(try device(ada)):1:2", token: ada)
            #expect(own.status == 404 && own["code"] == "UNKNOWN_MESSAGE")
            let bob = try #require(Address("bob"))
            server.mailboxes.answer(.status(.init(readers: [.init(bob, number: 2, .init(deliveredUpTo: 4))])))
            let asked = server.mailboxes.asked.count
            let others = try await server.ask("GET", "/v1/messages/bob:5:1:2", token: ada)
            #expect(others["code"] == "UNKNOWN_MESSAGE")
            #expect(server.mailboxes.asked.count == asked)
        }
    }

    @Test(arguments: ["bob", "bob:1:2", "bob:1:2:0", "bob:x:1:1", "Bob:1:1:1", "bob:1:1:1:1", "bob:1::1"])
    func `what names no message is refused`(id: String) async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let answer = try await server.ask("GET", "/v1/messages/\(id)", token: ada)
            #expect(answer.status == 400 && answer["code"] == "BAD_MESSAGE_ID")
        }
    }

    @Test(arguments: ["/v1/unread", "/v1/messages/bob:1:1:1"])
    func `nobody is told without a token, nor all the time`(path: String) async throws {
        var rates = RequestRates()
        rates.mailboxes = Rate(burst: 2, interval: .seconds(1000))
        try await TestServer.run(rates: rates) { server in
            let ada = try await server.register("ada")
            #expect(try await server.ask("GET", path).status == 401)
            for _ in 0..<2 { #expect(try await server.ask("GET", path, token: ada).status != 429) }
            #expect(try await server.ask("GET", path, token: ada)["code"] == "RATE_LIMITED")
        }
    }
}
