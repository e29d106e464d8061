import RoostCore
import RoostSession
import Testing

/// bob sends to carol.
@Suite struct SendingTests {
    @Test func `the first message opens the stream, what follows meanwhile goes with it, sent comes for all`() {
        var session = Conversation.live()
        #expect(
            session.hears(.send(.init(id: 5, to: "carol", stream: 9, number: 1, body: Array("a".utf8)))) == [
                .frame(.accepted(id: 5, to: carol, stream: 9, number: 1)), .open(toCarol),
            ])
        #expect(session.sends(2, "b").isEmpty)
        #expect(session.opened(top: 0) == [.replicate(toCarol, [outbound(1, "a"), outbound(2, "b")])])
        #expect(session.batchSent() == [.frame(.sent(to: carol, stream: 9, upTo: 2))])
        #expect(session.sends(3) == [.replicate(toCarol, [outbound(3)])], "an open stream asks no more")
    }

    @Test func `one batch is under way, the next takes all that came meanwhile`() {
        var session = Conversation.sending()
        #expect(session.sends(2) == [.replicate(toCarol, [outbound(2)])])
        #expect(session.sends(3).isEmpty)
        #expect(session.sends(4).isEmpty)
        #expect(
            session.batchSent() == [
                .frame(.sent(to: carol, stream: 9, upTo: 2)), .replicate(toCarol, [outbound(3), outbound(4)]),
            ])
    }

    @Test func `streams do not wait for each other`() {
        var session = Conversation.sending()
        _ = session.sends(2)
        let other = OutboundKey(to: alice, stream: 9)
        #expect(
            session.hears(.send(.init(to: "alice", stream: 9, number: 1, body: []))) == [.open(other)])
        #expect(
            session.opened(other, top: 0) == [
                .replicate(other, [outbound(1, "")])
            ])
    }

    @Test func `a number too far on an open stream is refused with the next one`() {
        var session = Conversation.sending()
        #expect(
            refusals(session.sends(3)) == [Refusal(code: .sequenceGap, number: 3, expected: 2)])
        #expect(session.sends(2) == [.replicate(toCarol, [outbound(2)])], "the stream goes on")
    }

    @Test func `a stream that does not follow on what the owners hold is refused, message by message`() {
        var session = Conversation.live()
        _ = session.sends(5)
        _ = session.sends(6)
        #expect(
            refusals(session.opened(top: 3)) == [
                Refusal(code: .sequenceGap, number: 5, expected: 4),
                Refusal(code: .sequenceGap, number: 6, expected: 4),
            ])
        #expect(session.sends(4) == [.open(toCarol)], "and may begin again where it was told")
    }

    @Test func `a session goes on after the numbers of an earlier one`() {
        var session = Conversation.live()
        _ = session.sends(8)
        #expect(session.opened(top: 7) == [.replicate(toCarol, [outbound(8)])])
    }

    @Test func `without a majority every message is told, and a retry begins anew`() {
        var session = Conversation.sending()
        _ = session.sends(2, "b")
        _ = session.sends(3, "c")
        #expect(
            refusals(session.fails(.unavailable)) == [
                Refusal(code: .unavailable, number: 2), Refusal(code: .unavailable, number: 3),
            ])
        #expect(session.batchSent().isEmpty, "an answer of the batch that was given up is not `sent`")
        #expect(session.sends(2, "b", isRetry: true) == [.open(toCarol)])
        _ = session.sends(3, "c", isRetry: true)
        #expect(
            session.opened(top: 1) == [
                .replicate(toCarol, [outbound(2, "b", isRetry: true), outbound(3, "c", isRetry: true)])
            ])
        #expect(session.batchSent() == [.frame(.sent(to: carol, stream: 9, upTo: 3))])
    }

    @Test func `what was on its way behind a failure is refused until the stream begins from the bottom`() {
        var session = Conversation.sending()
        _ = session.sends(2, "b")
        _ = session.fails(.overloaded, at: 2)
        // A minority may hold 2 by now, and tell so: 3 would make it look sent.
        #expect(refusals(session.sends(3)) == [Refusal(code: .unavailable, number: 3)])
        #expect(session.sends(2, "b", isRetry: true) == [.open(toCarol)])
        #expect(session.sends(3).isEmpty)
        #expect(
            session.opened(top: 2) == [.replicate(toCarol, [outbound(2, "b", isRetry: true), outbound(3)])])
    }

    @Test func `a stream that could not be opened waits for its lowest number, too`() {
        var session = Conversation.live()
        _ = session.sends(5)
        _ = session.sends(6)
        _ = session.fails(.unavailable)
        #expect(refusals(session.sends(7)) == [Refusal(code: .unavailable, number: 7)])
        #expect(session.sends(4) == [.open(toCarol)], "lower is as good")
    }

    @Test func `a second try of what was sent does not hold up what follows when it fails`() {
        var session = Conversation.sending()
        _ = session.sends(2)
        _ = session.batchSent()
        _ = session.sends(2, isRetry: true)
        _ = session.fails(.unavailable)
        #expect(session.sends(3) == [.open(toCarol)], "2 is sent and never comes again")
        _ = session.fails(.unavailable)
        #expect(refusals(session.sends(4)) == [Refusal(code: .unavailable, number: 4)])
        #expect(session.sends(3, isRetry: true) == [.open(toCarol)])
    }

    @Test func `failed streams make room for others when nothing else does`() {
        var session = Conversation.live()
        for stream in 1...UInt64(Limits.openStreamsMax + 1) {
            let key = OutboundKey(to: carol, stream: stream)
            #expect(session.hears(.send(.init(to: "carol", stream: stream, number: 1, body: []))) == [.open(key)])
            _ = session.fails(.unavailable, key: key)
        }
        let first = OutboundKey(to: carol, stream: 1)
        #expect(
            session.hears(.send(.init(to: "carol", stream: 1, number: 2, body: []))) == [.open(first)], "forgotten")
    }

    @Test func `of a refused batch the culprit hears its own reason, the others that they may come again`() {
        var session = Conversation.live()
        for number in 1...3 as ClosedRange<StreamNumber> { _ = session.sends(number) }
        _ = session.opened(top: 0)
        _ = session.sends(4)
        #expect(
            refusals(session.fails(.sequenceReused, at: 2)) == [
                Refusal(code: .unavailable, number: 1), Refusal(code: .sequenceReused, number: 2),
                Refusal(code: .unavailable, number: 3), Refusal(code: .unavailable, number: 4),
            ])
    }

    @Test func `an unknown recipient is told of every message`() {
        var session = Conversation.live()
        _ = session.sends(1)
        _ = session.sends(2)
        #expect(
            refusals(session.fails(.unknownUser)) == [
                Refusal(code: .unknownUser, number: 1), Refusal(code: .unknownUser, number: 2),
            ])
    }

    @Test func `a number that the owners have heard of is no news: without the mark it may be another message`() {
        var session = Conversation.sending()
        #expect(session.sends(1, "another") == [.replicate(toCarol, [outbound(1, "another", isRetry: false)])])
        _ = session.sends(2)
        _ = session.sends(2, "another")
        #expect(session.batchSent().last == .replicate(toCarol, [outbound(2)]))
        #expect(session.batchSent().last == .replicate(toCarol, [outbound(2, "another", isRetry: false)]))

        var later = Conversation.live()
        _ = later.sends(7)
        _ = later.sends(8)
        #expect(later.opened(top: 7) == [.replicate(toCarol, [outbound(7, isRetry: false), outbound(8)])])
    }

    @Test func `a number sent again on an open stream goes in a batch of its own`() {
        var session = Conversation.sending()
        _ = session.sends(2, "b")
        _ = session.sends(3, "c")
        _ = session.sends(2, "b", isRetry: true)
        #expect(session.batchSent().last == .replicate(toCarol, [outbound(3, "c")]))
        #expect(session.batchSent().last == .replicate(toCarol, [outbound(2, "b", isRetry: true)]))
    }

    @Test(arguments: [0, 1 << 63, UInt64.max])
    func `numbers that nobody reaches by counting are refused`(number: StreamNumber) {
        var session = Conversation.live()
        #expect(refusals(session.sends(number)) == [Refusal(code: .badNumber, number: number)])
        #expect(session.sends(1) == [.open(toCarol)])
    }

    @Test func `a stream without a number and a number without a stream are refused`() {
        var session = Conversation.live()
        #expect(
            refusals(session.hears(.send(.init(to: "carol", stream: 0, number: 3, body: []))))
                == [Refusal(code: .badNumber, number: 3)])
        #expect(
            refusals(session.hears(.send(.init(to: "carol", stream: 3, number: 0, body: []))))
                == [Refusal(code: .badNumber)])
    }

    @Test func `a bad name and a long body are refused`() {
        var session = Conversation.live()
        #expect(
            refusals(session.hears(.send(.init(to: "Carol!", stream: 1, number: 1, body: []))))
                == [Refusal(code: .badUserName, number: 1)])
        let long = [UInt8](repeating: 0, count: Limits.bodyBytesMax + 1)
        #expect(
            refusals(session.hears(.send(.init(to: "carol", stream: 1, number: 1, body: long))))
                == [Refusal(code: .bodyTooLarge, number: 1)])
        #expect(
            session.hears(.send(.init(to: "carol", stream: 1, number: 1, body: Array(long.dropLast()))))
                == [.open(OutboundKey(to: carol, stream: 1))])
    }

    @Test func `what waits for sent is bounded in messages, and room comes back with sent`() {
        var session = Conversation.live()
        let limit = StreamNumber(Limits.unsentMessagesMax)
        for number in 1...limit { #expect(refusals(session.sends(number)).isEmpty) }
        #expect(refusals(session.sends(limit + 1)) == [Refusal(code: .tooManyUnsent, number: limit + 1)])
        _ = session.opened(top: 0)
        _ = session.batchSent()
        #expect(refusals(session.sends(limit + 1)).isEmpty)
    }

    @Test func `what waits for sent is bounded in bytes, and room comes back with a failure`() {
        var session = Conversation.live()
        let body = String(repeating: "x", count: Limits.bodyBytesMax)
        let fitting = StreamNumber(Limits.unsentBytesMax / (Limits.bodyBytesMax + 1))
        for number in 1...fitting { #expect(refusals(session.sends(number, body)).isEmpty) }
        #expect(refusals(session.sends(fitting + 1, body)) == [Refusal(code: .tooManyUnsent, number: fitting + 1)])
        _ = session.opened(top: 0)
        #expect(session.fails(.unavailable).count == Int(fitting))
        #expect(session.sends(1, body) == [.open(toCarol)])
        for number in 2...fitting { #expect(refusals(session.sends(number, body)).isEmpty) }
    }

    @Test func `a batch is bounded in bytes`() {
        var session = Conversation.live()
        let body = String(repeating: "x", count: Limits.bodyBytesMax)
        for number in 1...6 as ClosedRange<StreamNumber> { _ = session.sends(number, body) }
        #expect(session.opened(top: 0) == [.replicate(toCarol, (1...3).map { outbound($0, body) })])
        #expect(session.batchSent().last == .replicate(toCarol, (4...6).map { outbound($0, body) }))
    }

    @Test func `the state of a stream is asked of the owners and told`() {
        var session = Conversation.live()
        #expect(
            session.hears(.query(id: 3, to: "carol", stream: 9)) == [.query(id: 3, toCarol)])
        let state = ServerFrame.StreamState(
            id: 3, to: carol, stream: 9, heldUpTo: 5, deliveredUpTo: 4, readUpTo: 2)
        #expect(
            session.step { machine, _, actions in machine.stateKnown(state, into: &actions) }
                == [.frame(.state(state))])
        #expect(refusals(session.hears(.query(id: 3, to: "?", stream: 9))) == [Refusal(code: .badUserName)])
    }
}

/// bob's client does not number: the gateway does, in a stream of the connection.
@Suite struct UnnumberedSendingTests {
    private func say(_ text: String, id: UInt64 = 0, to: String = "carol") -> ClientFrame {
        .send(.init(id: id, to: to, stream: 0, number: 0, body: Array(text.utf8)))
    }

    @Test func `the gateway numbers from 1 and says which`() {
        var session = Conversation.live()
        let own = OutboundKey(to: carol, stream: ownStream)
        #expect(
            session.hears(say("a", id: 1)) == [
                .frame(.accepted(id: 1, to: carol, stream: ownStream, number: 1)), .open(own),
            ])
        #expect(
            session.hears(say("b", id: 2)) == [.frame(.accepted(id: 2, to: carol, stream: ownStream, number: 2))])
        #expect(session.opened(own, top: 0) == [.replicate(own, [outbound(1, "a"), outbound(2, "b")])])
    }

    @Test func `after a failure it numbers in a fresh stream: the old numbers may be held with another body`() {
        var session = Conversation.live()
        let own = OutboundKey(to: carol, stream: ownStream)
        _ = session.hears(say("a"))
        _ = session.opened(own, top: 0)
        #expect(session.fails(.unavailable, key: own).count == 1)
        let opened = session.hears(say("b"))
        guard case .open(let fresh) = opened.last else {
            Issue.record("no stream was opened: \(opened)")
            return
        }
        #expect(fresh.to == carol)
        #expect(fresh != own)
        #expect(session.opened(fresh, top: 0) == [.replicate(fresh, [outbound(1, "b")])])
    }

    @Test func `after a loss of the recipient's owners a stream is opened anew`() {
        var session = Conversation.sending(top: 4)
        session.machine.forgetPlaces { $0 == alice }
        guard case .replicate = session.sends(6).first else {
            Issue.record("another's loss is none of this stream")
            return
        }
        _ = session.batchSent()
        session.machine.forgetPlaces { $0 == carol }
        #expect(session.sends(7) == [.open(toCarol)])
        #expect(
            refusals(session.opened(top: 2)) == [Refusal(code: .sequenceGap, number: 7, expected: 3)],
            "they know of 2 only: what was sent behind it is lost")
    }

    @Test func `a stream that was forgotten to make room is not numbered again from 1`() {
        var session = Conversation.live()
        var seen: Set<OutboundKey> = []
        func speak(to: String) {
            for action in session.hears(say("x", to: to)) {
                guard case .open(let key) = action else { continue }
                let isNew = seen.insert(key).inserted
                #expect(isNew, "\(key) was begun twice")
                _ = session.opened(key, top: 0)
                _ = session.batchSent(key)
            }
        }
        speak(to: "carol")
        for index in 0..<Limits.openStreamsMax { speak(to: "u\(index)") }
        speak(to: "carol")
        #expect(seen.count == Limits.openStreamsMax + 2)
    }
}
