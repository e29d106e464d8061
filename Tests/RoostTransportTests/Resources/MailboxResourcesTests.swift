import Foundation
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

    private struct Status: Decodable {
        struct Reader: Decodable {
            let user: String
            let delivered: Bool
            let read: Bool
        }

        let readers: [Reader]
    }

    @Test func `of a message to a group each member is told how far the others are whom it is for`() async throws {
        try await TestServer.run { server in
            var tokens: [String: String] = [:]
            for name in ["ada", "bob", "dan", "eve", "fay"] { tokens[name] = try await server.register(name) }
            let (ada, bob) = (try #require(Address("ada")), try #require(Address("bob")))
            let (dan, eve) = (try #require(Address("dan")), try #require(Address("eve")))
            // Dan comes with the third message, eve was put out; that is not in order yet.
            let group = Address(group: 2748)
            var list = try Group.made(by: ada, name: "hens", with: [bob, eve], id: 1, atMilliseconds: 1).get()
            try list.make(.add([dan]), by: ada, id: 2, atMilliseconds: 1)
            list.settle([(version: 1, number: 1), (version: 2, number: 3)])
            try list.make(.remove([eve]), by: ada, id: 3, atMilliseconds: 1)
            _ = await server.registers.perform(.change(group, .group(.create(list))))
            server.mailboxes.answer(
                .readers([
                    .init(user: bob, since: 1, progress: .init(deliveredUpTo: 2, readUpTo: 1)),
                    .init(user: eve, since: 1, progress: .init(deliveredUpTo: 3)),
                    // Of an earlier membership.
                    .init(user: dan, since: 1, progress: .init(deliveredUpTo: 9)),
                ]))
            func ask(_ number: Int, device: String = "2748", by name: String = "ada") async throws -> HTTPReply {
                try await server.ask("GET", "/v1/messages/\(group):\(device):1:\(number)", token: tokens[name])
            }
            func readers(_ number: Int, by name: String = "ada") async throws -> [String] {
                let status = try JSONDecoder().decode(
                    Status.self, from: Data(try await ask(number, by: name).body.utf8))
                return status.readers.map { "\($0.user) \($0.read ? "read" : $0.delivered ? "has" : "waits")" }
            }
            #expect(try await readers(1) == ["bob read"])
            #expect(try await readers(2) == ["bob has"])
            #expect(try await readers(3) == ["bob waits", "dan waits"])
            #expect(try await readers(3, by: "dan") == ["ada waits", "bob waits"])
            _ = try await server.ask("PATCH", "/v1/me", #"{"privacy":{"readReceipts":false}}"#, token: tokens["ada"])
            #expect(try await readers(1) == ["bob has"])

            let asked = server.mailboxes.asked
            #expect(asked.allSatisfy { $0 == .readers(group) } && !asked.isEmpty)
            #expect(try await ask(4)["code"] == "UNKNOWN_MESSAGE", "no number yet")
            #expect(try await ask(1, device: "5")["code"] == "UNKNOWN_MESSAGE")
            for name in ["eve", "fay"] { #expect(try await ask(1, by: name)["code"] == "UNKNOWN_GROUP") }
            #expect(server.mailboxes.asked.count == asked.count)
            server.mailboxes.answer(.unavailable)
            #expect(try await ask(1)["code"] == "UNAVAILABLE")
        }
    }

    @Test(arguments: [
        "bob", "bob:1:2", "bob:1:2:0", "bob:x:1:1", "Bob:1:1:1", "bob:1:1:1:1", "bob:1::1",
        "@0123456789abcdef0123456789abcdef:1:1:1",
    ])
    func `what names no message is refused`(id: String) async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let answer = try await server.ask("GET", "/v1/messages/\(id)", token: ada)
            #expect(answer.status == 400 && answer["code"] == "BAD_MESSAGE_ID")
        }
    }

    @Test func `a conversation with a person is erased, whether or not there is one`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            server.mailboxes.answer(.erased)
            #expect(try await server.ask("DELETE", "/v1/conversations/bob", token: ada).status == 204)
            let (one, two) = (try #require(Address("ada")), try #require(Address("bob")))
            #expect(server.mailboxes.asked == [.erase(user: one, other: two)])
            for name in ["Bob", "~5f0c2a91d3e4b687", "bob%2Fpeople", "@0123456789abcdef0123456789abcdef"] {
                let answer = try await server.ask("DELETE", "/v1/conversations/\(name)", token: ada)
                #expect(answer.status == 400 && answer["code"] == "BAD_USER_NAME", "\(name)")
            }
            #expect(server.mailboxes.asked.count == 1)
            server.mailboxes.answer(.unavailable)
            #expect(try await server.ask("DELETE", "/v1/conversations/bob", token: ada)["code"] == "UNAVAILABLE")
        }
    }

    @Test(arguments: [("GET", "/v1/unread"), ("GET", "/v1/messages/bob:1:1:1"), ("DELETE", "/v1/conversations/bob")])
    func `nobody is answered without a token, nor all the time`(method: String, path: String) async throws {
        var rates = RequestRates()
        rates.mailboxes = Rate(burst: 2, interval: .seconds(1000))
        try await TestServer.run(rates: rates) { server in
            let ada = try await server.register("ada")
            #expect(try await server.ask(method, path).status == 401)
            for _ in 0..<2 { #expect(try await server.ask(method, path, token: ada).status != 429) }
            #expect(try await server.ask(method, path, token: ada)["code"] == "RATE_LIMITED")
        }
    }
}
