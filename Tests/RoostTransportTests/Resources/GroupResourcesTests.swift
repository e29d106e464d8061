import Foundation
import RoostCore
import RoostNode
import RoostTransport
import Testing

/// Groups over HTTP.
@Suite struct GroupResourcesTests {
    private func run(
        _ names: [String], _ body: (TestServer, [String: String]) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            var tokens: [String: String] = [:]
            for name in names { tokens[name] = try await server.register(name) }
            try await body(server, tokens)
        }
    }

    private func make(
        _ server: TestServer, _ members: [String] = [], by token: String?, name: String = "hens"
    ) async throws -> HTTPReply {
        let list = members.map { "\"\($0)\"" }.joined(separator: ",")
        return try await server.ask("POST", "/v1/groups", #"{"name":"\#(name)","members":[\#(list)]}"#, token: token)
    }

    @Test func `a group is made, shown to its members and listed by each of them`() async throws {
        try await run(["ada", "bob", "eve"]) { server, tokens in
            let made = try await make(server, ["bob"], by: tokens["ada"])
            #expect(made.status == 201)
            #expect(made["name"] == "hens" && made["version"] == "1" && made.body.contains(#""inForce":true"#))
            let group = made["group"]
            #expect(Address(group)?.kind == .group)
            let shown = try await server.ask("GET", "/v1/groups/\(group)", token: tokens["bob"])
            #expect(shown.status == 200)
            #expect(shown.fields == made.fields)
            for (user, admin) in [("ada", true), ("bob", false)] {
                let list = try await server.ask("GET", "/v1/groups", token: tokens[user])
                #expect(list.body.contains(#""group":"\#(group)""#) && list.body.contains(#""admin":\#(admin)"#))
                #expect(list.body.contains(#""members":2"#))
            }
            #expect(try await server.ask("GET", "/v1/groups", token: tokens["eve"]).body == #"{"groups":[]}"#)
            for path in ["/v1/groups/\(group)", "/v1/groups/~0000000000000001", "/v1/groups/hens"] {
                let hidden = try await server.ask("GET", path, token: tokens["eve"])
                #expect(hidden.status == 404)
                #expect(hidden["code"] == "UNKNOWN_GROUP")
            }
        }
    }

    @Test func `admins take in, put out, name, promote and hand over; others do not`() async throws {
        try await run(["ada", "bob", "eve"]) { server, tokens in
            let group = try await make(server, ["bob"], by: tokens["ada"])["group"]
            func ask(_ method: String, _ path: String, _ body: String = "", by user: String) async throws -> HTTPReply {
                try await server.ask(method, "/v1/groups/\(group)\(path)", body, token: tokens[user])
            }
            for (method, path, body) in [
                ("PATCH", "", #"{"name":"x"}"#), ("PUT", "/members/eve", ""), ("DELETE", "/members/ada", ""),
                ("PUT", "/admins/bob", ""), ("POST", "/link", ""), ("DELETE", "", ""),
                ("POST", "/hand-over", #"{"to":"bob"}"#),
            ] {
                let refused = try await ask(method, path, body, by: "bob")
                #expect(refused.status == 403)
                #expect(refused["code"] == "NOT_AN_ADMIN")
                #expect(try await ask(method, path, body, by: "eve").status == 404)
            }
            #expect(
                try await ask("PUT", "/members/nobody", by: "bob")["code"] == "NOT_AN_ADMIN",
                "who there is, is not said to those who may not take people in")
            #expect(try await ask("PATCH", "", #"{"name":"roosters"}"#, by: "ada")["name"] == "roosters")
            #expect(try await ask("POST", "/members", #"{"members":["eve"]}"#, by: "ada").body.contains("eve"))
            #expect(try await ask("PUT", "/members/eve", by: "ada")["code"] == "ALREADY_IN_GROUP")
            #expect(try await ask("DELETE", "/members/ada", by: "ada")["code"] == "LAST_ADMIN")
            #expect(try await ask("POST", "/hand-over", #"{"to":"bob"}"#, by: "ada").status == 200)
            #expect(try await ask("DELETE", "/members/eve", by: "ada")["code"] == "NOT_AN_ADMIN")
            let without = try await ask("DELETE", "/members/eve", by: "bob")
            #expect(without.status == 200)
            #expect(!without.body.contains("eve"))
            #expect(try await ask("DELETE", "/members/eve", by: "bob")["code"] == "NOT_IN_GROUP")
            #expect(try await ask("DELETE", "/members/ada", by: "ada").status == 204)
            #expect(try await server.ask("GET", "/v1/groups", token: tokens["ada"]).body == #"{"groups":[]}"#)
            #expect(try await ask("DELETE", "", by: "bob").status == 204)
            #expect(try await ask("GET", "", by: "bob")["code"] == "UNKNOWN_GROUP")
        }
    }

    @Test func `a link lets in who has its secret, until there is another`() async throws {
        try await run(["ada", "bob", "eve"]) { server, tokens in
            let group = try await make(server, by: tokens["ada"])["group"]
            func join(_ secret: String, by user: String) async throws -> HTTPReply {
                try await server.ask(
                    "POST", "/v1/groups/\(group)/join", #"{"secret":"\#(secret)"}"#, token: tokens[user])
            }
            #expect(try await join("", by: "bob")["code"] == "BAD_LINK")
            let link = try await server.ask("POST", "/v1/groups/\(group)/link", token: tokens["ada"])
            #expect(link.status == 201)
            #expect(link["secret"].count == 32)
            #expect(try await join("0\(link["secret"].dropFirst())x", by: "bob")["code"] == "BAD_LINK")
            let groups = Address(try #require(UserName("bob"))).part(JoinedGroups.part)
            #expect(await server.registers.perform(.read(groups)) == .value([]), "nothing is noted for a bad link")
            #expect(try await join(link["secret"], by: "bob").body.contains(#""user":"bob""#))
            #expect(try await join(link["secret"], by: "bob")["code"] == "ALREADY_IN_GROUP")
            #expect(try await server.ask("GET", "/v1/groups", token: tokens["bob"]).body.contains(group))
            let other = try await server.ask("POST", "/v1/groups/\(group)/link", token: tokens["ada"])
            #expect(try await join(link["secret"], by: "eve")["code"] == "BAD_LINK")
            #expect(try await server.ask("DELETE", "/v1/groups/\(group)/link", token: tokens["ada"]).status == 204)
            #expect(try await join(other["secret"], by: "eve")["code"] == "BAD_LINK")
        }
    }

    @Test func `nobody is taken in who is not there, is shut out, or has blocked the one who asks`() async throws {
        try await run(["ada", "bob", "eve", "dan", "fay"]) { server, tokens in
            server.mailboxes.answer(.erased)
            #expect(try await server.ask("PUT", "/v1/blocks/ada", token: tokens["bob"]).status == 204)
            let dan = Address(try #require(UserName("dan")))
            _ = await server.registers.perform(.change(dan, .account(.setDisabled(true))))
            // Her account is about to be deleted.
            let groups = Address(try #require(UserName("fay"))).part(JoinedGroups.part)
            _ = await server.registers.perform(.change(groups, .joined(.close)))
            let absent = try await make(server, ["nobody"], by: tokens["ada"])
            for name in ["bob", "dan", "fay"] {
                let refused = try await make(server, ["eve", name], by: tokens["ada"])
                #expect(absent.status == 404 && refused.status == 404)
                #expect(absent["text"].replacing("nobody", with: name) == refused["text"])
            }
            #expect(try await server.ask("GET", "/v1/groups", token: tokens["eve"]).body == #"{"groups":[]}"#)
        }
    }

    @Test(arguments: [
        (#"{"name":""}"#, 400, "BAD_GROUP"), (#"{"name":"\#(String(repeating: "x", count: 101))"}"#, 400, "BAD_GROUP"),
        (#"{"name":"x","members":["bob","bob"]}"#, 400, "BAD_GROUP"),
        (#"{"name":"x","members":["ada"]}"#, 400, "BAD_GROUP"),
        (#"{"name":"x","members":["Bob"]}"#, 400, "BAD_USER_NAME"),
        (
            #"{"name":"x","members":[\#((1...1024).map { "\"n\($0)\"" }.joined(separator: ","))]}"#, 409, "GROUP_FULL"
        ),
        (#"{"name":"x","members":"bob"}"#, 400, "BAD_REQUEST"), (#"{"members":["bob"]}"#, 400, "BAD_REQUEST"),
    ])
    func `a bad group is not made`(body: String, status: Int, code: String) async throws {
        try await run(["ada", "bob"]) { server, tokens in
            let answer = try await server.ask("POST", "/v1/groups", body, token: tokens["ada"])
            #expect(answer.status == status)
            #expect(answer["code"] == code)
            #expect(try await server.ask("GET", "/v1/groups", token: tokens["ada"]).body == #"{"groups":[]}"#)
        }
    }

    @Test func `where the operators allow fewer members, more are not taken in`() async throws {
        try await TestServer.run(groupMembersMax: 2) { server in
            var tokens: [String: String] = [:]
            for name in ["ada", "bob", "eve"] { tokens[name] = try await server.register(name) }
            let many = try await make(server, ["bob", "eve"], by: tokens["ada"])
            #expect(many.status == 409 && many["code"] == "GROUP_FULL")
            let group = try await make(server, ["bob"], by: tokens["ada"])["group"]
            let third = try await server.ask("PUT", "/v1/groups/\(group)/members/eve", token: tokens["ada"])
            #expect(third.status == 409 && third["code"] == "GROUP_FULL")
            let link = try await server.ask("POST", "/v1/groups/\(group)/link", token: tokens["ada"])["secret"]
            let joined = try await server.ask(
                "POST", "/v1/groups/\(group)/join", #"{"secret":"\#(link)"}"#, token: tokens["eve"])
            #expect(joined["code"] == "GROUP_FULL")
        }
    }

    @Test func `one is not asked how often one makes groups for ever`() async throws {
        var rates = RequestRates()
        rates.groups = Rate(burst: 2, interval: .seconds(60))
        try await TestServer.run(rates: rates) { server in
            let ada = try await server.register("ada")
            for _ in 0..<2 { #expect(try await make(server, by: ada).status == 201) }
            let refused = try await make(server, by: ada)
            #expect(refused.status == 429)
            #expect(refused["code"] == "RATE_LIMITED")
        }
    }

    @Test func `an account that is deleted leaves its groups, and the first of the others takes its place`()
        async throws
    {
        try await run(["ada", "bob", "eve", "zoe"]) { server, tokens in
            let shared = try await make(server, ["zoe", "bob", "eve"], by: tokens["ada"])["group"]
            // She was before bob, and is not in it any more.
            let left = try await server.ask("DELETE", "/v1/groups/\(shared)/members/zoe", token: tokens["zoe"])
            #expect(left.status == 204)
            let alone = try await make(server, by: tokens["ada"])["group"]
            let gone = try await server.ask("DELETE", "/v1/me", #"{"password":"correct horse"}"#, token: tokens["ada"])
            #expect(gone.status == 204)
            let rest = try await server.ask("GET", "/v1/groups/\(shared)", token: tokens["eve"])
            struct Rest: Decodable {
                struct Member: Decodable, Equatable {
                    let user: String
                    let admin: Bool
                }
                let members: [Member]
            }
            let members = try JSONDecoder().decode(Rest.self, from: Data(rest.body.utf8)).members
            #expect(members == [.init(user: "bob", admin: true), .init(user: "eve", admin: false)])
            #expect(try await server.ask("GET", "/v1/groups/\(alone)", token: tokens["eve"]).status == 404)
            let back = try await server.ask("PUT", "/v1/groups/\(shared)/members/ada", token: tokens["bob"])
            #expect(back["code"] == "UNKNOWN_USER")
            let groups = Address(try #require(UserName("ada"))).part(JoinedGroups.part)
            guard case .value(let value) = await server.registers.perform(.read(groups)) else {
                Issue.record("the list is gone")
                return
            }
            #expect(try JoinedGroups(decoding: value).isClosed, "who had begun to take her in does not succeed")
        }
    }

    @Test func `what the owners cannot say is said`() async throws {
        try await run(["ada"]) { server, tokens in
            let group = try #require(Address(try await make(server, by: tokens["ada"])["group"]))
            let joined = Address(try #require(UserName("ada"))).part(JoinedGroups.part)
            for (path, name) in [
                ("/\(group)", group), ("/\(group)", group.part(GroupOrder.part)), ("", group), ("", joined),
            ] {
                for (fault, status) in [
                    (RegisterAnswer.unavailable, 503), (.outcomeUnknown, 503), (.refused(reason: 99), 500),
                ] where name != group.part(GroupOrder.part) || fault == .unavailable {
                    server.registers.fail(with: fault, at: name)
                    let answer = try await server.ask("GET", "/v1/groups\(path)", token: tokens["ada"])
                    #expect(answer.status == status, "\(fault) of \(name)")
                    #expect(answer["code"] == (status == 503 ? "UNAVAILABLE" : "INTERNAL_ERROR"))
                    #expect(answer["text"].contains("may have been made") == (fault == .outcomeUnknown))
                }
            }
            server.registers.fail(with: nil)
            #expect(try await server.ask("GET", "/v1/groups/\(group)", token: tokens["ada"]).status == 200)
        }
    }

    @Test(arguments: [true, false])
    func `a change that is decided is answered as such while it is not known to be in force`(isSilent: Bool)
        async throws
    {
        try await run(["ada"]) { server, tokens in
            let group = try #require(Address(try await make(server, by: tokens["ada"])["group"]))
            let order = group.part(GroupOrder.part)
            // Nobody tells how far the order is, or it is not so far.
            let answer = isSilent ? .unavailable : await server.registers.perform(.read(order))
            server.registers.fail(with: answer, at: order)
            let changed = try await server.ask(
                "PATCH", "/v1/groups/\(group)", #"{"name":"ducks"}"#, token: tokens["ada"])
            #expect(changed.status == 200)
            #expect(changed["name"] == "ducks" && changed.body.contains(#""inForce":false"#))
        }
    }

    @Test func `somebody who is in too many groups is taken into no other`() async throws {
        try await run(["ada", "bob"]) { server, tokens in
            let list = Address(try #require(UserName("bob"))).part(JoinedGroups.part)
            for number in 1...UInt64(Limits.groupsJoinedMax) {
                let entry = JoinedGroups.Entry(group: number, notedAtMilliseconds: 1)
                _ = await server.registers.perform(.change(list, .joined(.add(entry))))
            }
            let answer = try await make(server, ["bob"], by: tokens["ada"])
            #expect(answer.status == 409)
            #expect(answer["code"] == "TOO_MANY_GROUPS")
            #expect(try await make(server, by: tokens["ada"]).status == 201)
        }
    }

    @Test func `a group that is noted and never came to be is forgotten after an hour`() async throws {
        try await run(["ada"]) { server, tokens in
            let list = Address(try #require(UserName("ada"))).part(JoinedGroups.part)
            let now = UInt64(Date().timeIntervalSince1970 * 1000)
            for (group, noted) in [(1, now - 3_700_000), (2, now - 3_500_000)] as [(UInt64, UInt64)] {
                let entry = JoinedGroups.Entry(group: group, notedAtMilliseconds: noted)
                _ = await server.registers.perform(.change(list, .joined(.add(entry))))
            }
            #expect(try await server.ask("GET", "/v1/groups", token: tokens["ada"]).body == #"{"groups":[]}"#)
            guard case .value(let value) = await server.registers.perform(.read(list)) else {
                Issue.record("the list is gone")
                return
            }
            #expect(try JoinedGroups(decoding: value).entries.map(\.group) == [2])
        }
    }
}
