import Foundation
import RoostCore
import RoostNode
import RoostTransport
import Synchronization
import Testing

/// Profiles, lookups, devices, contacts and blocks over HTTP.
@Suite struct PeopleResourcesTests {
    // MARK: Profiles

    @Test func `a person reads and changes what it says of itself`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let before = try await server.ask("GET", "/v1/me", token: ada)
            #expect(before.status == 200)
            #expect(before["user"] == "ada" && before["presence"] == "everyone" && !before.body.contains("email"))
            let edited = try await server.ask(
                "PATCH", "/v1/me", #"{"displayName":"Ada L.","avatar":"p1","privacy":{"presence":"nobody"}}"#,
                token: ada)
            #expect(edited.status == 200)
            let after = try await server.ask("GET", "/v1/me", token: ada)
            #expect(after.fields == edited.fields)
            #expect(after["displayName"] == "Ada L." && after["avatar"] == "p1" && after["presence"] == "nobody")
            #expect(after["findableByMobile"] == "everyone")
            #expect(!after.body.contains("password") && !after.body.contains("hash"))
        }
    }

    @Test(arguments: [
        (#"{"displayName":"a\nb"}"#, "BAD_DISPLAY_NAME"),
        (#"{"displayName":"\#(String(repeating: "x", count: 129))"}"#, "BAD_DISPLAY_NAME"),
        (#"{"displayName":"\u202eada"}"#, "BAD_DISPLAY_NAME"), (#"{"avatar":"a b"}"#, "BAD_AVATAR"),
        (#"{"privacy":{"presence":"friends"}}"#, "BAD_REQUEST"), (#"{"displayName":7}"#, "BAD_REQUEST"),
        (#"{"privacy":{"readReceipts":"no"}}"#, "BAD_REQUEST"), ("[]", "BAD_REQUEST"),
    ])
    func `a bad edit changes nothing`(body: String, code: String) async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let before = try await server.ask("GET", "/v1/me", token: ada).fields
            let answer = try await server.ask("PATCH", "/v1/me", body, token: ada)
            #expect(answer.status == 400)
            #expect(answer["code"] == code)
            #expect(try await server.ask("GET", "/v1/me", token: ada).fields == before)
        }
    }

    @Test(arguments: [
        ("GET", "/v1/me"), ("PATCH", "/v1/me"), ("DELETE", "/v1/me"), ("PUT", "/v1/me/email"),
        ("DELETE", "/v1/me/mobile"), ("PUT", "/v1/me/password"), ("GET", "/v1/users/ada"),
        ("GET", "/v1/users?email=a@b"), ("GET", "/v1/devices"), ("PATCH", "/v1/devices/1"), ("DELETE", "/v1/devices/1"),
        ("GET", "/v1/contacts"), ("PUT", "/v1/contacts/ada"), ("GET", "/v1/blocks"), ("PUT", "/v1/blocks/ada"),
    ])
    func `nothing of it without a token`(method: String, path: String) async throws {
        try await TestServer.run { server in
            _ = try await server.register("ada")
            for token in [nil, "ada.0000000000000001.\(String(repeating: "A", count: 43))"] {
                let answer = try await server.ask(method, path, "{}", token: token)
                #expect(answer.status == 401)
                #expect(answer["code"] == "UNAUTHENTICATED")
            }
        }
    }

    // MARK: Handles and lookups

    @Test func `one has an e-mail address, in whatever letters, and gives it up for others`() async throws {
        try await TestServer.run { server in
            let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
            let taken = try await server.ask("PUT", "/v1/me/email", #"{"email":"Ada@Example.org"}"#, token: ada)
            #expect(taken.status == 200)
            #expect(taken["email"] == "ada@example.org")
            let refused = try await server.ask("PUT", "/v1/me/email", #"{"email":"ada@example.ORG"}"#, token: bob)
            #expect(refused.status == 409)
            #expect(refused["code"] == "EMAIL_TAKEN")
            #expect(
                try await server.ask("PUT", "/v1/me/email", #"{"email":"ada@example.org"}"#, token: ada).status == 200)
            #expect(try await server.ask("DELETE", "/v1/me/email", token: ada).status == 204)
            #expect(try await server.ask("DELETE", "/v1/me/email", token: ada).status == 204)
            #expect(
                try await server.ask("PUT", "/v1/me/email", #"{"email":"ada@example.org"}"#, token: bob).status == 200)
            let without = try await server.ask("GET", "/v1/me", token: ada).body
            #expect(!without.contains("email\":\""))
            let number = #"{"mobile":"+4930123456"}"#
            #expect(try await server.ask("PUT", "/v1/me/mobile", number, token: ada).status == 200)
            #expect(try await server.ask("PUT", "/v1/me/mobile", number, token: bob)["code"] == "MOBILE_TAKEN")
        }
    }

    @Test(arguments: [
        ("/v1/me/email", #"{"email":"no address"}"#, "BAD_EMAIL"), ("/v1/me/email", #"{"email":"аda@b"}"#, "BAD_EMAIL"),
        ("/v1/me/email", #"{"mobile":"+4930123456"}"#, "BAD_REQUEST"),
        ("/v1/me/mobile", #"{"mobile":"030"}"#, "BAD_MOBILE"),
        ("/v1/me/mobile", "{}", "BAD_REQUEST"),
    ])
    func `what is no handle is refused`(path: String, body: String, code: String) async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let answer = try await server.ask("PUT", path, body, token: ada)
            #expect(answer.status == 400)
            #expect(answer["code"] == code)
        }
    }

    @Test func `people are found by the whole of the name, and by handles where they allow it`() async throws {
        try await TestServer.run { server in
            let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
            _ = try await server.ask("PATCH", "/v1/me", #"{"displayName":"Ada","avatar":"p"}"#, token: ada)
            _ = try await server.ask("PUT", "/v1/me/email", #"{"email":"ada@example.org"}"#, token: ada)
            _ = try await server.ask("PUT", "/v1/me/mobile", #"{"mobile":"+4930123456"}"#, token: ada)
            let found = #"{"avatar":"p","displayName":"Ada","user":"ada"}"#
            func byEmail(_ token: String) async throws -> HTTPReply {
                try await server.ask("GET", "/v1/users?email=ADA%40example.org", token: token)
            }
            func byMobile() async throws -> HTTPReply {
                try await server.ask("GET", "/v1/users?mobile=%2B4930123456", token: bob)
            }
            for answer in [try await server.ask("GET", "/v1/users/ada", token: bob), try await byMobile()] {
                #expect(answer.status == 200)
                #expect(answer.body.contains(#""user":"ada""#) && answer.body.contains(#""displayName":"Ada""#))
                #expect(answer.body.count == found.count, "nothing else is told: \(answer.body)")
            }
            // By e-mail address only contacts, unless she says otherwise; herself always.
            let hidden = try await byEmail(bob)
            #expect(hidden.status == 404)
            #expect(hidden["code"] == "UNKNOWN_USER")
            #expect(try await byEmail(ada).status == 200)
            #expect(try await server.ask("PUT", "/v1/contacts/bob", token: ada).status == 204)
            #expect(try await byEmail(bob).status == 200)
            _ = try await server.ask("PATCH", "/v1/me", #"{"privacy":{"findableByEmail":"nobody"}}"#, token: ada)
            #expect(try await byEmail(bob).body == hidden.body)
            server.mailboxes.answer(.erased)
            // Who is blocked finds nobody there, in the same words as for a stranger's address.
            #expect(try await server.ask("PUT", "/v1/blocks/bob", token: ada).status == 204)
            #expect(try await byMobile().body == hidden.body)
            let nobody = try await server.ask("GET", "/v1/users?mobile=%2B4930999999", token: bob)
            #expect(nobody.body == hidden.body)
        }
    }

    @Test(arguments: [
        ("/v1/users", "BAD_REQUEST"), ("/v1/users?email=", "BAD_EMAIL"), ("/v1/users?email=a%25", "BAD_EMAIL"),
        ("/v1/users?email=a@b&mobile=%2B4930123456", "BAD_REQUEST"), ("/v1/users?name=ada", "BAD_REQUEST"),
        ("/v1/users/Ada", "BAD_USER_NAME"), ("/v1/users/ad%C3%A1", "BAD_USER_NAME"),
        ("/v1/users/\(String(repeating: "a", count: 65))", "BAD_USER_NAME"),
    ])
    func `there is no listing, and no part of a name is enough`(path: String, code: String) async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let answer = try await server.ask("GET", path, token: ada)
            #expect(answer.status == 400)
            #expect(answer["code"] == code)
        }
    }

    @Test func `who looks up too many is told when to go on, and nobody else is`() async throws {
        var rates = RequestRates.standard
        rates.lookups = Rate(burst: 3, interval: .seconds(60))
        try await TestServer.run(rates: rates) { server in
            let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
            let paths = ["/v1/users/bob", "/v1/users?email=a%40b", "/v1/users/nobody"]
            for path in paths { #expect(try await server.ask("GET", path, token: ada).status != 429) }
            for (method, path) in [
                ("GET", "/v1/users/bob"), ("GET", "/v1/users?email=a%40b"), ("PUT", "/v1/contacts/bob"),
            ] {
                let answer = try await server.ask(method, path, token: ada)
                #expect(answer.status == 429)
                #expect(answer["code"] == "RATE_LIMITED")
                #expect(answer.headers.contains("Retry-After: 60") || answer.headers.contains("Retry-After: 61"))
            }
            #expect(try await server.ask("GET", "/v1/users/ada", token: bob).status == 200)
        }
    }

    @Test func `passwords are not tried without end`() async throws {
        var rates = RequestRates.standard
        rates.logins = Rate(burst: 2, interval: .seconds(60))
        try await TestServer.run(rates: rates) { server in
            let ada = try await server.register("ada")
            let wrong = #"{"name":"ada","password":"wrong horse"}"#
            for _ in 0..<2 { #expect(try await server.ask("POST", "/v1/sessions", wrong).status == 401) }
            let hashes = server.passwords.hashes
            #expect(try await server.ask("POST", "/v1/sessions", wrong)["code"] == "RATE_LIMITED")
            let change = #"{"password":"wrong horse","newPassword":"another horse"}"#
            #expect(try await server.ask("PUT", "/v1/me/password", change, token: ada).status == 429)
            #expect(try await server.ask("DELETE", "/v1/me", wrong, token: ada).status == 429)
            #expect(server.passwords.hashes == hashes)
        }
    }

    // MARK: Devices

    @Test func `devices are linked, named, listed and removed, and a seventh is refused`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let login = #"{"name":"ada","password":"correct horse","deviceName":"the tablet"}"#
            var others: [String] = []
            for _ in 1..<6 { others.append(try await server.ask("POST", "/v1/sessions", login)["token"]) }
            let seventh = try await server.ask("POST", "/v1/sessions", login)
            #expect(seventh.status == 409)
            #expect(seventh["code"] == "TOO_MANY_DEVICES")
            let own = try await server.ask("GET", "/v1/me", token: ada)["device"]
            let other = try await server.ask("GET", "/v1/me", token: others[0])["device"]
            #expect(
                try await server.ask("PATCH", "/v1/devices/\(own)", #"{"name":"☎️"}"#, token: others[0]).status == 204)
            let list = try await server.ask("GET", "/v1/devices", token: ada).body
            #expect(list.components(separatedBy: #""device":"#).count == 7)
            #expect(list.components(separatedBy: "the tablet").count == 6)
            #expect(list.contains("☎️") && list.components(separatedBy: #""current":true"#).count == 2)
            #expect(try await server.ask("DELETE", "/v1/devices/\(other)", token: ada).status == 204)
            #expect(try await server.ask("GET", "/v1/me", token: others[0]).status == 401)
            #expect(try await server.ask("DELETE", "/v1/devices/\(other)", token: ada)["code"] == "UNKNOWN_DEVICE")
            #expect(try await server.ask("PATCH", "/v1/devices/\(other)", #"{"name":"x"}"#, token: ada).status == 404)
            #expect(
                try await server.ask("PATCH", "/v1/devices/\(own)", #"{"name":"a\u0000"}"#, token: ada)["code"]
                    == "BAD_DEVICE_NAME")
            #expect(try await server.ask("DELETE", "/v1/devices/first", token: ada)["code"] == "BAD_REQUEST")
            #expect(try await server.ask("POST", "/v1/sessions", login).status == 201)
        }
    }

    // MARK: Password and end

    @Test func `a new password needs the old one, and removes other devices only if asked`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let other = try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"correct horse"}"#)[
                "token"]
            let wrong = #"{"password":"wrong horse","newPassword":"another horse"}"#
            #expect(try await server.ask("PUT", "/v1/me/password", wrong, token: ada)["code"] == "WRONG_CREDENTIALS")
            let short = #"{"password":"correct horse","newPassword":"x"}"#
            #expect(try await server.ask("PUT", "/v1/me/password", short, token: ada)["code"] == "PASSWORD_TOO_SHORT")
            let first = #"{"password":"correct horse","newPassword":"another horse"}"#
            #expect(try await server.ask("PUT", "/v1/me/password", first, token: ada).status == 204)
            #expect(try await server.ask("GET", "/v1/me", token: other).status == 200)
            #expect(
                try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"correct horse"}"#).status
                    == 401)
            let second = #"{"password":"another horse","newPassword":"third horse","removeDevices":true}"#
            #expect(try await server.ask("PUT", "/v1/me/password", second, token: ada).status == 204)
            #expect(try await server.ask("GET", "/v1/me", token: other).status == 401)
            #expect(try await server.ask("GET", "/v1/me", token: ada).status == 200)
            #expect(
                try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"third horse"}"#).status == 201)
        }
    }

    /// Something elsewhere that an account has to leave, out of reach at first.
    private final class Departure: AccountDeparture {
        private let state = Mutex((isReachable: false, left: [UserName]()))

        var left: [UserName] { state.withLock { $0.left } }
        func becomeReachable() { state.withLock { $0.isReachable = true } }

        func leave(_ user: UserName) async -> Bool {
            state.withLock { state in
                if state.isReachable { state.left.append(user) }
                return state.isReachable
            }
        }
    }

    @Test func `a deleted account is gone, its name is not free, its handles are`() async throws {
        let departure = Departure()
        try await TestServer.run(departures: [departure]) { server in
            let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
            _ = try await server.ask("PUT", "/v1/me/mobile", #"{"mobile":"+4930123456"}"#, token: ada)
            server.mailboxes.answer(.erased)
            _ = try await server.ask("PUT", "/v1/blocks/bob", token: ada)
            let password = #"{"password":"correct horse"}"#
            #expect(try await server.ask("DELETE", "/v1/me", #"{"password":"wrong horse"}"#, token: ada).status == 401)
            #expect(try await server.ask("GET", "/v1/me", token: ada).status == 200)
            // What has to be left cannot be reached: it stays begun, nobody gets in, and it can be asked for again.
            #expect(try await server.ask("DELETE", "/v1/me", password, token: ada).status == 503)
            #expect(try await server.ask("GET", "/v1/me", token: ada).status == 401)
            #expect(try await server.ask("GET", "/v1/users/ada", token: bob)["code"] == "UNKNOWN_USER")
            #expect(
                try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"correct horse"}"#).status
                    == 401)
            departure.becomeReachable()
            #expect(try await server.ask("DELETE", "/v1/me", password, token: ada).status == 204)
            #expect(departure.left.map(\.text) == ["ada"])
            #expect(try await server.ask("DELETE", "/v1/me", password, token: ada).status == 401)
            #expect(
                try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"correct horse"}"#).status
                    == 401)
            #expect(
                try await server.ask("POST", "/v1/users", #"{"name":"ada","password":"correct horse"}"#)["code"]
                    == "NAME_TAKEN")
            #expect(
                try await server.ask("PUT", "/v1/me/mobile", #"{"mobile":"+4930123456"}"#, token: bob).status == 200)
            let people = await server.registers.perform(.read(Address(try #require(UserName("ada"))).part(People.part)))
            #expect(people == .value([]))
        }
    }

    @Test func `who is disabled is told so, if the password or the token is right`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let name = try #require(UserName("ada"))
            _ = await server.registers.perform(.change(Address(name), .account(.setDisabled(true))))
            for answer in [
                try await server.ask("GET", "/v1/me", token: ada),
                try await server.ask("DELETE", "/v1/me", #"{"password":"correct horse"}"#, token: ada),
                try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"correct horse"}"#),
            ] {
                #expect(answer.status == 403)
                #expect(answer["code"] == "ACCOUNT_DISABLED")
            }
            #expect(
                try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"wrong horse"}"#).status == 401)
        }
    }

    // MARK: Lists

    @Test func `a block drops what waits, and says so when it could not`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let (one, other) = (try #require(Address("ada")), try #require(Address("mallory")))
            server.mailboxes.answer(.unavailable)
            #expect(try await server.ask("PUT", "/v1/blocks/mallory", token: ada).status == 503)
            #expect(try await server.ask("GET", "/v1/blocks", token: ada).body == #"{"blocked":["mallory"]}"#)
            server.mailboxes.answer(.erased)
            #expect(try await server.ask("PUT", "/v1/blocks/mallory", token: ada).status == 204)
            #expect(server.mailboxes.asked == [.drop(user: one, from: other), .drop(user: one, from: other)])
        }
    }

    @Test func `contacts and blocks are lists of one's own`() async throws {
        try await TestServer.run { server in
            let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
            #expect(try await server.ask("GET", "/v1/contacts", token: ada).body == #"{"contacts":[]}"#)
            for _ in 0..<2 { #expect(try await server.ask("PUT", "/v1/contacts/bob", token: ada).status == 204) }
            server.mailboxes.answer(.erased)
            #expect(try await server.ask("PUT", "/v1/blocks/mallory", token: ada).status == 204)
            #expect(try await server.ask("GET", "/v1/contacts", token: ada).body == #"{"contacts":["bob"]}"#)
            #expect(try await server.ask("GET", "/v1/blocks", token: ada).body == #"{"blocked":["mallory"]}"#)
            #expect(try await server.ask("GET", "/v1/contacts", token: bob).body == #"{"contacts":[]}"#)
            #expect(try await server.ask("PUT", "/v1/contacts/nobody", token: ada)["code"] == "UNKNOWN_USER")
            #expect(try await server.ask("PUT", "/v1/contacts/ada", token: ada)["code"] == "BAD_REQUEST")
            #expect(try await server.ask("PUT", "/v1/blocks/Bob", token: ada)["code"] == "BAD_USER_NAME")
            for _ in 0..<2 { #expect(try await server.ask("DELETE", "/v1/contacts/bob", token: ada).status == 204) }
            #expect(try await server.ask("DELETE", "/v1/blocks/mallory", token: ada).status == 204)
            #expect(try await server.ask("GET", "/v1/blocks", token: ada).body == #"{"blocked":[]}"#)
        }
    }

    @Test func `a full list says so`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            let list = Address(try #require(UserName("ada"))).part(People.part)
            for number in 0..<Limits.blockedMax {
                let name = try #require(UserName("n\(number)"))
                _ = await server.registers.perform(.change(list, .people(.add(name, .blocked))))
            }
            let answer = try await server.ask("PUT", "/v1/blocks/mallory", token: ada)
            #expect(answer.status == 409)
            #expect(answer["code"] == "TOO_MANY_BLOCKED")
        }
    }

    @Test func `when owners do not answer, it says when to come back`() async throws {
        try await TestServer.run { server in
            let ada = try await server.register("ada")
            server.registers.fail(with: .unavailable)
            for (method, path) in [("GET", "/v1/me"), ("GET", "/v1/contacts"), ("PUT", "/v1/blocks/bob")] {
                let answer = try await server.ask(method, path, token: ada)
                #expect(answer.status == 503)
                #expect(answer["code"] == "UNAVAILABLE")
            }
            let list = Address(try #require(UserName("ada"))).part(People.part)
            for (fault, status) in [
                (RegisterAnswer.unavailable, 503), (.outcomeUnknown, 503), (.refused(reason: 99), 500),
            ] {
                server.registers.fail(with: fault, at: list)
                let answer = try await server.ask("GET", "/v1/contacts", token: ada)
                #expect(answer.status == status)
                #expect(answer["text"].contains("may have been made") == (fault == .outcomeUnknown))
            }
        }
    }
}
