import RoostCore
import RoostSession
import Testing

/// What a session makes of `watch` and `typing`.
@Suite("Watching and typing")
struct WatchingTests {
    private var machine: SessionMachine
    private var now = Instant(nanoseconds: 100_000_000_000)

    init() throws {
        machine = SessionMachine(nodeName: "n1", bearerToken: nil, ownStream: 1, now: now)
        var actions: [SessionAction] = []
        machine.received(.hello(.init(token: "x")), now: now, wallMilliseconds: 1, into: &actions)
        machine.authenticated(user: try #require(Address("alice")), device: 1, into: &actions)
    }

    private mutating func say(_ frame: ClientFrame, after milliseconds: UInt64 = 0) -> [SessionAction] {
        now = now + .milliseconds(milliseconds)
        var actions: [SessionAction] = []
        machine.received(frame, now: now, wallMilliseconds: 1, into: &actions)
        return actions
    }

    private func code(_ actions: [SessionAction]) -> ErrorCode? {
        guard case .frame(.error(let error)) = actions.first, actions.count == 1 else { return nil }
        return error.code
    }

    @Test("A set of people and groups is passed on once each; one that is too large or names neither changes nothing")
    mutating func sets() throws {
        let bob = try #require(Address("bob"))
        let carol = try #require(Address("carol"))
        #expect(say(.watch(["carol", "bob", "carol"])) == [.watch([carol, bob])])
        let group = try #require(Address("~0123456789abcdef"))
        #expect(say(.watch([group.text, "bob"])) == [.watch([group, bob])])
        #expect(say(.watch([])) == [.watch([])])
        #expect(code(say(.watch((0...Limits.watchedMax).map { "p\($0)" }))) == .tooManyWatched)
        for name in ["Bob", "", "~0123456789abcde", "bob/people", "~0123456789abcdef/order"] {
            #expect(code(say(.watch([name]))) == .badUserName, "\(name)")
        }
    }

    @Test("A screen that changes all the time is refused, until a moment has passed")
    mutating func watchFlood() {
        let answers = (0..<(Int(Limits.watchRate.burst) + 5)).map { _ in say(.watch(["bob"])) }
        #expect(answers.prefix(Int(Limits.watchRate.burst)).allSatisfy { code($0) == nil })
        #expect(answers.dropFirst(Int(Limits.watchRate.burst)).allSatisfy { code($0) == .rateLimited })
        #expect(code(say(.watch(["bob"]), after: 1000)) == nil)
    }

    @Test("Typing in one conversation is passed on every few seconds, in others beside it")
    mutating func typing() throws {
        let bob = try #require(Address("bob"))
        let group = try #require(Address("~0123456789abcdef"))
        #expect(say(.typing(to: "bob", isRecording: false)) == [.typing(to: bob, isRecording: false)])
        #expect(say(.typing(to: "bob", isRecording: false), after: 1000).isEmpty)
        #expect(say(.typing(to: group.text, isRecording: true)) == [.typing(to: group, isRecording: true)])
        // A client that says it every three seconds is never taken to have paused.
        #expect(say(.typing(to: "bob", isRecording: true), after: 1900) == [.typing(to: bob, isRecording: true)])
        #expect(code(say(.typing(to: "bob/people", isRecording: false))) == .badUserName)
    }

    @Test("A flood of typing is refused with an error, and goes nowhere")
    mutating func typingFlood() {
        var answers: [[SessionAction]] = []
        for index in 0..<(Int(Limits.typingRate.burst) + 10) {
            answers.append(say(.typing(to: "p\(index)", isRecording: false)))
        }
        #expect(answers.prefix(Int(Limits.typingRate.burst)).allSatisfy { code($0) == nil && $0.count == 1 })
        #expect(answers.dropFirst(Int(Limits.typingRate.burst)).allSatisfy { code($0) == .rateLimited })
    }
}
