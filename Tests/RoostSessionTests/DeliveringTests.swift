import RoostCore
import RoostSession
import Testing

/// alice's messages come to bob.
@Suite struct DeliveringTests {
    @Test func `pushed messages are released in order as they come`() {
        var session = Conversation.live()
        #expect(session.pushed(1) == [.frame(.message(message(1)))])
        #expect(released(session.pushed(2)) == [2])
        #expect(session.pushed(2).isEmpty, "another replica pushing the same is no second delivery")
        #expect(session.pushed(1).isEmpty)
        #expect(
            session.acks(2) == [.acknowledge(fromAlice, upTo: 2, sender: alice)])
        #expect(session.acks(2).isEmpty, "an ack twice says nothing new")
        #expect(session.acks(1).isEmpty)
        #expect(!session.machine.hasGap)
    }

    @Test func `before the backlog is known nothing is released`() {
        var session = Conversation.subscribing()
        #expect(session.pushed(1).isEmpty)
        #expect(session.backlog([pending(top: 1)]).isEmpty, "not drained: 1 waits")
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 1, count: Limits.windowDefault)])
        let answer = session.fetched([1])
        #expect(answer == [.frame(.message(message(1))), .frame(.drained)])
    }

    @Test func `a message whose predecessor is missing waits, and the gap is fetched after the patience`() {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(session.pushed(3).isEmpty)
        #expect(session.machine.hasGap)
        #expect(
            session.step { machine, now, actions in machine.repairGaps(now: now, into: &actions) }.isEmpty,
            "the replica that pushes gets its time")
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 2, count: Limits.windowDefault - 1)])
        #expect(session.losesPatience().isEmpty, "one fetch at a time")
        #expect(released(session.fetched([2, 3])) == [2, 3])
        #expect(!session.machine.hasGap)
    }

    @Test func `the missing message comes by itself, and with it the way is free`() {
        var session = Conversation.live()
        _ = session.pushed(2)
        #expect(released(session.pushed(1)) == [1])
        #expect(session.machine.hasGap, "2 was not kept: the mailbox is the buffer")
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 2, count: Limits.windowDefault - 1)])
        #expect(released(session.fetched([2])) == [2])
    }

    @Test func `a number that is only announced is fetched`() {
        var session = Conversation.live()
        #expect(session.announced(1).isEmpty)
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 1, count: Limits.windowDefault)])
        #expect(released(session.fetched([1])) == [1])
    }

    @Test func `a fetch that finds a hole releases up to it and looks again`() {
        var session = Conversation.live()
        _ = session.announced(4)
        _ = session.losesPatience()
        let answer = session.fetched([1, 2, 4])
        #expect(released(Array(answer.prefix(2))) == [1, 2])
        #expect(answer.dropFirst(2) == [.fetch(fromAlice, from: 3, count: Limits.windowDefault - 2)])
        #expect(session.fetched([]).isEmpty, "nobody has 3: it was never `sent`, and is not asked for without pause")
        #expect(session.machine.hasGap)
        #expect(session.losesPatience().isEmpty, "the pause is longer after a fetch that brought nothing")
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 3, count: Limits.windowDefault - 2)])
        #expect(released(session.pushed(3)) == [3], "its sender sent it again")
    }

    @Test func `a fetch without a majority is tried again`() {
        var session = Conversation.live()
        _ = session.announced(1)
        _ = session.losesPatience()
        session.machine.fetchFailed(fromAlice, now: session.now)
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 1, count: Limits.windowDefault)])
    }

    @Test func `an answer to a fetch that nobody waits for releases nothing`() {
        var session = Conversation.live()
        #expect(session.fetched([1]).isEmpty)
    }

    @Test func `a closed window drops, an ack opens it and what is missing is fetched`() {
        var session = Conversation.live(window: 2)
        #expect(released(session.pushed(1)) == [1])
        #expect(released(session.pushed(2)) == [2])
        #expect(session.pushed(3).isEmpty)
        #expect(session.losesPatience().isEmpty, "there is no room to fetch into")
        #expect(
            session.acks(1) == [
                .acknowledge(fromAlice, upTo: 1, sender: alice), .fetch(fromAlice, from: 3, count: 1),
            ])
        #expect(released(session.fetched([3])) == [3])
        #expect(session.pushed(4).isEmpty, "two are out again")
    }

    @Test func `the window holds over all streams`() {
        var session = Conversation.live(window: 2)
        _ = session.pushed(1)
        #expect(released(session.pushed(1, key: fromDave)) == [1])
        #expect(session.pushed(2).isEmpty)
        #expect(session.pushed(2, key: fromDave).isEmpty)
    }

    @Test func `a fetch that brings more than the window takes releases what fits`() {
        var session = Conversation.live(window: 2)
        _ = session.announced(5)
        _ = session.losesPatience()
        #expect(released(session.fetched([1, 2, 3])) == [1, 2])
    }

    @Test(arguments: [2, 0, UInt64.max])
    func `an ack of what was never delivered is refused`(upTo: StreamNumber) {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(refusals(session.acks(upTo)) == [Refusal(code: .badAck, number: upTo)])
        #expect(session.acks(1) == [.acknowledge(fromAlice, upTo: 1, sender: alice)])
    }

    @Test func `an ack of somebody else's stream is refused`() {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(refusals(session.acks(1, fromDave)) == [Refusal(code: .badAck, number: 1)])
    }

    @Test func `a released message is not acknowledged for the client`() {
        var session = Conversation.live()
        for number in 1...3 as ClosedRange<StreamNumber> { _ = session.pushed(number) }
        #expect(session.acks(2) == [.acknowledge(fromAlice, upTo: 2, sender: alice)])
        #expect(session.machine.resumePoints.map(\.released) == [3])
        _ = session.acks(3)
        #expect(session.machine.resumePoints.isEmpty)
    }

    @Test func `a watermark above what was released moves on to it: the device has stored that`() {
        var session = Conversation.live(window: 1)
        _ = session.pushed(1)
        _ = session.announced(4, watermark: 3)
        #expect(session.losesPatience().isEmpty, "what was given is on its way still, and takes its room")
        #expect(session.acks(1) == [.fetch(fromAlice, from: 4, count: 1)], "the owners know that already")
    }

    @Test func `what the device stored in an earlier connection is not delivered again`() {
        var session = Conversation.live()
        #expect(session.pushed(5, watermark: 5).isEmpty)
        #expect(released(session.pushed(6, watermark: 5)) == [6])
        #expect(refusals(session.acks(7)) == [Refusal(code: .badAck, number: 7)])
    }
}

/// bob comes back, and messages wait.
@Suite struct BacklogTests {
    @Test func `the backlog comes from the watermark on, and drained only after all of it`() {
        var session = Conversation.subscribing()
        #expect(session.backlog([pending(watermark: 4, top: 6), pending(fromDave, top: 1)]).isEmpty)
        #expect(released(session.pushed(5, watermark: 4)) == [5])
        #expect(released(session.pushed(6, watermark: 4)) == [6])
        #expect(session.pushed(1, key: fromDave) == [.frame(.message(message(1, fromDave))), .frame(.drained)])
        #expect(released(session.pushed(7, watermark: 4)) == [7], "drained comes once")
    }

    @Test func `what comes after the backlog was counted does not put drained off`() {
        var session = Conversation.subscribing()
        _ = session.backlog([pending(top: 1)])
        _ = session.announced(2)
        #expect(session.pushed(1) == [.frame(.message(message(1))), .frame(.drained)])
    }

    @Test func `a backlog of nothing new is drained at once`() {
        var session = Conversation.subscribing()
        #expect(session.backlog([pending(watermark: 6, top: 6)]) == [.frame(.drained)])
        #expect(refusals(session.acks(6)).isEmpty, "an ack that was lost may be said again")
    }

    @Test func `a backlog wider than the window comes piece by piece`() {
        var session = Conversation.subscribing(window: 2)
        _ = session.backlog([pending(top: 5)])
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 1, count: 2)])
        #expect(released(session.fetched([1, 2])) == [1, 2])
        #expect(session.acks(2) == [.acknowledge(fromAlice, upTo: 2, sender: alice)])
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 3, count: 2)])
        #expect(released(session.fetched([3, 4])) == [3, 4])
        #expect(session.acks(4) == [.acknowledge(fromAlice, upTo: 4, sender: alice)])
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 5, count: 2)])
        #expect(session.fetched([5]) == [.frame(.message(message(5))), .frame(.drained)])
    }

    @Test func `an owner that comes back late may know more`() {
        var session = Conversation.live()
        #expect(
            session.step { machine, _, actions in machine.backlogGrew([pending(top: 1)], into: &actions) }.isEmpty)
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 1, count: Limits.windowDefault)])
    }
}

/// Messages whose predecessors are lost for good.
@Suite struct LostBeforeTests {
    @Test func `a message is released over what is lost right before it`() {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(session.pushed(5, lostFrom: 3).isEmpty, "2 may still come")
        #expect(released(session.pushed(2)) == [2])
        #expect(session.pushed(5, lostFrom: 3) == [.frame(.message(message(5, lostFrom: 3)))])
        #expect(released(session.pushed(6)) == [6])
        #expect(session.pushed(5, lostFrom: 3).isEmpty, "another replica pushing the same is no second delivery")
    }

    @Test func `what the client has stored is not told to be lost`() {
        var session = Conversation.live()
        #expect(
            session.pushed(5, lostFrom: 1, watermark: 3) == [.frame(.message(message(5, lostFrom: 4)))])
        #expect(session.pushed(6, lostFrom: 6) == [.frame(.message(message(6)))])
    }

    @Test func `a fetch goes over what is lost`() {
        var session = Conversation.live()
        _ = session.announced(9)
        _ = session.losesPatience()
        let frames = [message(4, lostFrom: 1), message(7), message(9, lostFrom: 8)]
        let answer = session.step { machine, now, actions in
            machine.fetched(fromAlice, frames, watermark: 0, now: now, into: &actions)
        }
        #expect(
            answer == [
                .frame(.message(message(4, lostFrom: 1))),
                .fetch(fromAlice, from: 5, count: Limits.windowDefault - 4),
            ])
    }

    @Test func `what is lost takes room in the window until it is acknowledged`() {
        var session = Conversation.live(window: 4)
        #expect(released(session.pushed(5, lostFrom: 1)) == [5])
        #expect(session.pushed(6).isEmpty)
        #expect(session.acks(5).contains(.acknowledge(fromAlice, upTo: 5, sender: alice)))
        #expect(released(session.pushed(6) + session.pushed(7)) == [6, 7])
        #expect(session.acks(7) == [.acknowledge(fromAlice, upTo: 7, sender: alice)])
    }

    @Test func `after a loss the backlog is asked for anew, and what is known no more is not waited for`() {
        var session = Conversation.subscribing()
        #expect(session.backlog([pending(top: 3)]).isEmpty)
        #expect(released(session.pushed(1)) == [1])
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 2, count: Limits.windowDefault - 1)])
        session.machine.forgetBacklog()
        #expect(!session.machine.hasGap)
        #expect(session.pushed(2).isEmpty, "not before the owners that are left have told")
        #expect(session.backlog([pending(top: 2)]).isEmpty)
        #expect(session.losesPatience() == [.fetch(fromAlice, from: 2, count: Limits.windowDefault - 1)])
        #expect(session.fetched([2]) == [.frame(.message(message(2))), .frame(.drained)])
    }
}

/// How far others got with what bob wrote, and how far bob got himself.
@Suite struct ReceiptTests {
    @Test func `receipts are passed on`() {
        var session = Conversation.live()
        #expect(
            session.step { machine, _, actions in
                machine.receipt(Self.receipt, into: &actions)
            } == [.frame(.receipt(Self.receipt))])
    }

    private static let receipt = StreamReceipt(
        reader: carol, key: StreamKey(device: 7, stream: 9), deliveredUpTo: 3, readUpTo: 1)

    @Test func `what is known is passed on, if it is not too much at once nor too often`() {
        var session = Conversation.live()
        func code(_ actions: [SessionAction]) -> ErrorCode? {
            guard case .frame(.error(let error)) = actions.first, actions.count == 1 else { return nil }
            return error.code
        }
        #expect(session.hears(.receiptsKnown([Self.receipt])) == [.receiptsKnown([Self.receipt])])
        #expect(session.hears(.receiptsKnown([])).isEmpty)
        let many = Array(repeating: Self.receipt, count: Limits.receiptsKnownMax + 1)
        #expect(code(session.hears(.receiptsKnown(many))) == .badFrame)
        #expect(session.hears(.receiptsKnown(Array(many.dropLast()))).count == 1)
        let flood = (0..<Limits.receiptsKnownRate.burst).map { _ in session.hears(.receiptsKnown([Self.receipt])) }
        #expect(flood.last.flatMap(code) == .rateLimited)
    }

    @Test func `a read of what was delivered here is told, one of an earlier connection is checked first`() {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(
            session.hears(.read(from: "alice", fromAlice, upTo: 1)) == [
                .read(fromAlice, upTo: 1, sender: alice)
            ])
        #expect(
            session.hears(.read(from: "dave", fromDave, upTo: 8)) == [
                .checkRead(fromDave, upTo: 8, sender: name("dave"))
            ])
        #expect(
            refusals(
                session.step { machine, _, actions in machine.readRefused(fromDave, upTo: 8, into: &actions) })
                == [Refusal(code: .badAck, number: 8)])
    }

    @Test func `a read beyond what was delivered here is checked: an owner may be behind`() {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(
            session.hears(.read(from: "alice", fromAlice, upTo: 2)) == [
                .checkRead(fromAlice, upTo: 2, sender: alice)
            ])
    }

    @Test(arguments: [("alice", 0), ("carol", 1)])
    func `a read of what never came is refused`(from: String, upTo: StreamNumber) {
        var session = Conversation.live()
        _ = session.pushed(1)
        #expect(
            refusals(session.hears(.read(from: from, fromAlice, upTo: upTo)))
                == [Refusal(code: .badAck, number: upTo)])
    }

    @Test func `a read of a name that is none is refused`() {
        var session = Conversation.live()
        #expect(
            refusals(session.hears(.read(from: "?", fromAlice, upTo: 1))) == [Refusal(code: .badUserName)])
    }
}
