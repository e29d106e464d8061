import RoostClient
import RoostCore
import RoostSession
import Testing

/// Who is on the screen, and who types, on the client's side.
@Suite struct ClientSessionPresenceTests {
    private var session = ClientSession(state: .init(), seed: 1)
    private let alice: Address
    private let bob: Address
    private var now = Instant(nanoseconds: 100_000_000_000)

    init() throws {
        alice = try #require(Address("alice"))
        bob = try #require(Address("bob"))
    }

    private mutating func online() -> [ClientSession.Action] {
        var actions: [ClientSession.Action] = []
        session.connected(now: now, into: &actions)
        session.received(
            .welcome(.init(user: alice, device: 1, node: "n1", window: 64)), now: now, into: &actions)
        return actions
    }

    @Test mutating func `the people on the screen are watched again after a reconnect`() {
        var actions: [ClientSession.Action] = []
        session.watch([bob], into: &actions)
        #expect(actions.isEmpty, "nobody to say it to")
        #expect(online().contains(.write(.watch(["bob"]))))
        session.disconnected(.broken(reason: "x"), now: now, into: &actions)
        #expect(online().contains(.write(.watch(["bob"]))))
        session.received(.presence(user: bob, .online), now: now, into: &actions)
        #expect(actions.last == .presence(bob, .online))
        let group = Address(group: 7)
        let progress = GroupProgress(delivered: [3, 2], read: [1, 0])
        session.received(.groupReceipt(group: group, progress), now: now, into: &actions)
        #expect(actions.last == .groupReceipt(group, progress))
    }

    @Test mutating func `a set that a node refuses for coming too often is told again after a second`() {
        var actions: [ClientSession.Action] = []
        session.watch([bob], into: &actions)
        _ = online()
        session.received(.error(.init(.rateLimited, "x", retryAfterMilliseconds: 1000)), now: now, into: &actions)
        #expect(actions.isEmpty && session.nextDeadline == now + .seconds(1))
        now = now + .seconds(1)
        session.wake(now: now, into: &actions)
        #expect(actions == [.write(.watch(["bob"]))])
    }

    @Test mutating func `keys are told every three seconds, and not at all without a connection`() {
        var actions: [ClientSession.Action] = []
        session.type(to: bob, now: now, into: &actions)
        #expect(actions.isEmpty)
        _ = online()
        for _ in 0..<40 {
            session.type(to: bob, now: now, into: &actions)
            now = now + .milliseconds(100)
        }
        #expect(actions == Array(repeating: .write(.typing(to: "bob", isRecording: false)), count: 2))
    }
}
