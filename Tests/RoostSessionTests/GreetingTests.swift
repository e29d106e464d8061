import RoostCore
import RoostSession
import Testing

/// From the first frame to the last word.
@Suite struct GreetingTests {
    @Test func `hello, welcome, nothing pending, drained`() {
        var session = Conversation()
        #expect(session.hears(.hello(.init(token: "t"))) == [.authenticate(token: "t")])
        #expect(!session.machine.isAuthenticated)
        #expect(
            session.authenticated() == [
                .frame(.welcome(.init(user: bob, device: 0xB0B, node: "n1", window: Limits.windowDefault))),
                .subscribe(window: Limits.windowDefault),
            ])
        #expect(session.machine.isAuthenticated)
        #expect(session.backlog([]) == [.frame(.drained)])
        #expect(session.backlog([]).isEmpty, "once is enough")
    }

    @Test func `the token of the header serves, the one in hello goes before it`() {
        var header = Conversation(bearerToken: "of the header")
        #expect(header.hears(.hello(.init())) == [.authenticate(token: "of the header")])
        var both = Conversation(bearerToken: "of the header")
        #expect(both.hears(.hello(.init(token: "of hello"))) == [.authenticate(token: "of hello")])
    }

    @Test(arguments: [(0, Limits.windowDefault), (-1, Limits.windowDefault), (7, 7), (100_000, Limits.windowMax)])
    func `the window asked for is granted within the limit`(asked: Int, granted: Int) {
        var session = Conversation(bearerToken: "t")
        _ = session.hears(.hello(.init(window: asked)))
        #expect(session.authenticated().last == .subscribe(window: granted))
        #expect(session.machine.window == granted)
    }

    @Test(arguments: [ClientFrame.ping(nonce: 1), .send(send(1)), .ack(fromAlice, upTo: 1)])
    func `a first frame other than hello ends it`(first: ClientFrame) {
        var session = Conversation(bearerToken: "t")
        let answer = session.hears(first)
        #expect(refusals(answer) == [Refusal(code: .unauthenticated)])
        #expect(answer.last == .close(.unauthenticated))
        #expect(session.machine.isOver)
        #expect(session.hears(.hello(.init())).isEmpty, "after the end nothing is said")
    }

    @Test func `no token anywhere ends it`() {
        var session = Conversation()
        let answer = session.hears(.hello(.init()))
        #expect(refusals(answer) == [Refusal(code: .unauthenticated)])
        #expect(answer.last == .close(.unauthenticated))
    }

    @Test func `a wrong token ends it with the reason`() {
        var session = Conversation()
        _ = session.hears(.hello(.init(token: "wrong")))
        let answer = session.step { machine, _, actions in
            machine.refused(.unauthenticated, .init(.unauthenticated, "no such token"), into: &actions)
        }
        #expect(
            answer == [.frame(.error(.init(.unauthenticated, "no such token"))), .close(.unauthenticated)])
        #expect(session.authenticated().isEmpty, "an answer that comes too late changes nothing")
    }

    @Test func `hello must come before the deadline, and so must the owners' answer`() {
        var silent = Conversation()
        #expect(silent.waits(TimeSpan(nanoseconds: Limits.authenticationDeadline.nanoseconds - 1)).isEmpty)
        #expect(silent.waits(TimeSpan(nanoseconds: 1)) == [.close(.authenticationTimeout)])

        var unanswered = Conversation()
        #expect(unanswered.waits(.seconds(6)).isEmpty)
        _ = unanswered.hears(.hello(.init(token: "t")))
        #expect(unanswered.waits(.seconds(3)).isEmpty)
        #expect(unanswered.waits(.seconds(1)) == [.close(.authenticationTimeout)], "hello buys no time")
    }

    @Test func `before welcome nothing is taken and nothing is lost by asking`() {
        var session = Conversation()
        _ = session.hears(.hello(.init(token: "t")))
        #expect(refusals(session.hears(.ping(nonce: 1))) == [Refusal(code: .badFrame)])
        #expect(session.authenticated().count == 2)
    }

    @Test func `a second hello and bytes that are no frame are refused, the session goes on`() {
        var session = Conversation.live()
        #expect(refusals(session.hears(.hello(.init(token: "t")))) == [Refusal(code: .badFrame)])
        let malformed = session.step { machine, now, actions in
            machine.receivedMalformed(.init(.badFrame, "what?"), now: now, into: &actions)
        }
        #expect(malformed == [.frame(.error(.init(.badFrame, "what?")))])
        #expect(session.hears(.ping(nonce: 42)) == [.frame(.pong(nonce: 42))])
    }

    @Test func `a client that says nothing is let go, a control frame counts as a word`() {
        var session = Conversation.live()
        #expect(session.waits(.seconds(74)).isEmpty)
        session.machine.heard(now: session.now)
        #expect(session.waits(.seconds(74)).isEmpty)
        #expect(session.hears(.ping(nonce: 1)) == [.frame(.pong(nonce: 1))])
        #expect(session.waits(.seconds(74)).isEmpty)
        #expect(session.waits(.seconds(1)) == [.close(.silent)])
        #expect(session.waits(.seconds(75)).isEmpty, "once")
    }

    @Test func `a node that stops says bye with a hint`() {
        var session = Conversation.live()
        let answer = session.step { machine, _, actions in
            machine.drain(reason: "stopping", reconnectAfterMilliseconds: 250, into: &actions)
        }
        #expect(
            answer == [
                .frame(.bye(reason: "stopping", reconnectAfterMilliseconds: 250)), .close(.goingAway),
            ])
        #expect(session.machine.isOver)
    }

    @Test func `a replaced session hears why`() {
        var session = Conversation.live()
        let answer = session.step { machine, _, actions in
            machine.expel(.sessionReplaced, .init(.sessionReplaced, "elsewhere"), into: &actions)
        }
        #expect(answer == [.frame(.error(.init(.sessionReplaced, "elsewhere"))), .close(.sessionReplaced)])
        #expect(session.pushed(1).isEmpty)
    }
}
