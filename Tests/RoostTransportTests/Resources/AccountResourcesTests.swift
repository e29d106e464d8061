import Foundation
import RoostCore
import RoostNode
import RoostTransport
import Testing

@Suite("The HTTP resources")
struct AccountResourcesTests {
    private static let ada = #"{"name":"ada","password":"correct horse"}"#

    @Test("makes a user once")
    func create() async throws {
        try await TestServer.run { server in
            let first = try await server.ask("POST", "/v1/users", Self.ada)
            #expect(first.status == 201)
            #expect(first.body == #"{"user":"ada"}"#)
            let second = try await server.ask("POST", "/v1/users", Self.ada)
            #expect(second.status == 409)
            #expect(second["code"] == "NAME_TAKEN")
            #expect(server.passwords.hashes == 1)
        }
    }

    @Test("makes a user with a session whose token the account takes, a dot in the name and all")
    func createWithSession() async throws {
        try await TestServer.run { server in
            let answer = try await server.ask(
                "POST", "/v1/users", #"{"name":"a.d-a_9","password":"correct horse","session":true}"#)
            #expect(answer.status == 201)
            #expect(answer["user"] == "a.d-a_9")
            let token = try #require(AccessToken(answer["token"]))
            #expect(String(token.device) == answer["device"])
            guard case .value(let value) = await server.registers.perform(.read(Address(token.user))) else {
                Issue.record("no account")
                return
            }
            #expect(try Account(decoding: value).allows(token))
        }
    }

    @Test(
        "refuses what is no name or no password",
        arguments: [
            (#"{"name":"","password":"12345678"}"#, "BAD_USER_NAME"),
            (#"{"name":"Ada","password":"12345678"}"#, "BAD_USER_NAME"),
            (#"{"name":"a/b","password":"12345678"}"#, "BAD_USER_NAME"),
            (#"{"name":"\#(String(repeating: "a", count: 65))","password":"12345678"}"#, "BAD_USER_NAME"),
            (#"{"name":"ada","password":"1234567"}"#, "PASSWORD_TOO_SHORT"),
            (#"{"name":"ada","password":"\#(String(repeating: "a", count: 1025))"}"#, "PASSWORD_TOO_LONG"),
            (#"{"name":"ada"}"#, "BAD_REQUEST"), (#"{"name":7,"password":"12345678"}"#, "BAD_REQUEST"),
            ("[]", "BAD_REQUEST"), ("", "BAD_REQUEST"), ("{", "BAD_REQUEST"), ("null", "BAD_REQUEST"),
            (String(repeating: "[", count: 10_000), "BAD_REQUEST"),
        ])
    func badUsers(body: String, code: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.ask("POST", "/v1/users", body)
            #expect(answer.status == 400)
            #expect(answer["code"] == code)
            #expect(server.passwords.hashes == 0)
        }
    }

    @Test("logs in, and does the same work and gives the same answer for a stranger")
    func login() async throws {
        try await TestServer.run { server in
            _ = try await server.ask("POST", "/v1/users", Self.ada)
            let good = try await server.ask("POST", "/v1/sessions", Self.ada)
            #expect(good.status == 201)
            #expect(AccessToken(good["token"]) != nil)
            let before = server.passwords.hashes
            let wrong = try await server.ask("POST", "/v1/sessions", #"{"name":"ada","password":"wrong horse"}"#)
            let stranger = try await server.ask("POST", "/v1/sessions", #"{"name":"eve","password":"wrong horse"}"#)
            let nobody = try await server.ask("POST", "/v1/sessions", #"{"name":"E V E","password":"x"}"#)
            for answer in [wrong, stranger, nobody] {
                #expect(answer.status == 401)
                #expect(answer.body == wrong.body)
                #expect(answer["code"] == "WRONG_CREDENTIALS")
            }
            #expect(server.passwords.hashes == before + 3)
        }
    }

    @Test("gives a known device a new token and ends the old one's")
    func sameDevice() async throws {
        try await TestServer.run { server in
            _ = try await server.ask("POST", "/v1/users", Self.ada)
            let first = try await server.ask("POST", "/v1/sessions", Self.ada)
            let again = #"{"name":"ada","password":"correct horse","device":"\#(first["device"])"}"#
            let second = try await server.ask("POST", "/v1/sessions", again)
            #expect(second["device"] == first["device"])
            #expect(second["token"] != first["token"])
            #expect(try await server.ask("DELETE", "/v1/sessions", token: first["token"]).status == 401)
            #expect(try await server.ask("DELETE", "/v1/sessions", token: second["token"]).status == 204)

            let gone = try await server.ask("POST", "/v1/sessions", again)
            #expect(gone.status == 404)
            #expect(gone["code"] == "UNKNOWN_DEVICE")
            let odd = try await server.ask(
                "POST", "/v1/sessions", #"{"name":"ada","password":"correct horse","device":"-1"}"#)
            #expect(odd.status == 400)
        }
    }

    @Test("stops at the limit of devices, and goes on when one is gone")
    func devices() async throws {
        try await TestServer.run { server in
            _ = try await server.ask("POST", "/v1/users", Self.ada)
            var last = ""
            for _ in 0..<Limits.devicesMax {
                last = try await server.ask("POST", "/v1/sessions", Self.ada)["token"]
            }
            let more = try await server.ask("POST", "/v1/sessions", Self.ada)
            #expect(more.status == 409)
            #expect(more["code"] == "TOO_MANY_DEVICES")
            #expect(try await server.ask("DELETE", "/v1/sessions", token: last).status == 204)
            #expect(try await server.ask("POST", "/v1/sessions", Self.ada).status == 201)
        }
    }

    @Test(
        "ends no session without its token",
        arguments: [
            nil, "", "x", "ada.0000000000000001.short", "ada.0000000000000001.\(String(repeating: "A", count: 43))",
        ])
    func badTokens(token: String?) async throws {
        try await TestServer.run { server in
            _ = try await server.ask("POST", "/v1/users", Self.ada)
            let answer = try await server.ask("DELETE", "/v1/sessions", token: token)
            #expect(answer.status == 401)
            #expect(answer["code"] == "UNAUTHENTICATED")
            #expect(answer.headers.contains("WWW-Authenticate: Bearer"))
        }
    }

    @Test("says when to come back when the owners do not answer or too many wait")
    func comeBack() async throws {
        try await TestServer.run { server in
            for fault in [RegisterAnswer.unavailable, .outcomeUnknown] {
                server.registers.fail(with: fault)
                let answer = try await server.ask("POST", "/v1/users", Self.ada)
                #expect(answer.status == 503)
                #expect(answer["code"] == "UNAVAILABLE")
                #expect(answer.headers.contains("Retry-After: 2"))
            }
            server.registers.fail(with: nil)
            server.passwords.setOverloaded(true)
            let answer = try await server.ask("POST", "/v1/users", Self.ada)
            #expect(answer.status == 503)
            #expect(answer["code"] == "OVERLOADED")
            #expect(answer.headers.contains("Retry-After: 1"))
        }
    }

    @Test("tells how the node is")
    func health() async throws {
        try await TestServer.run { server in
            #expect(try await server.ask("GET", "/livez").status == 200)
            let ready = try await server.ask("GET", "/readyz")
            #expect(ready.status == 200)
            server.health.set(["the ring is not known yet"])
            let unready = try await server.ask("GET", "/readyz")
            #expect(unready.status == 503)
            #expect(unready.body.contains("the ring is not known yet"))
            let metrics = try await server.ask("GET", "/metrics")
            #expect(metrics.headers.contains("text/plain; version=0.0.4"))
            #expect(metrics.body.contains("roost_up 1\n"))
        }
    }
}
