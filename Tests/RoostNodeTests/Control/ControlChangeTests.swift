import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import Testing

/// An operator's change, from the question to the answer, on one machine whose peers are played by hand.
@Suite struct ControlChangeTests {
    private let change = RingChange.limit(bytesPerSecond: 5)

    private func prepares(_ actions: [ControlAction]) -> [(token: UInt64, ballot: Ballot)] {
        actions.compactMap { action in
            guard case .send(_, .prepareEpoch(let token, _, let ballot)) = action else { return nil }
            return (token, ballot)
        }
    }

    /// Puts every vote of its own on disk at once, and returns what else it asks for.
    private func settled(_ control: inout LoneControl, _ actions: [ControlAction]) -> [ControlAction] {
        var queue = actions
        var rest: [ControlAction] = []
        while !queue.isEmpty {
            let action = queue.removeFirst()
            if case .persistVote(_, let token) = action {
                queue += control.after { $0.votePersisted(token, now: $1, into: &$2) }
            } else {
                rest.append(action)
            }
        }
        return rest
    }

    @Test func aChangeIsPromisedAcceptedPutOnDiskAndSentToAll() throws {
        let ring = try LoneControl.ring()
        let next = try ring.changed(change)
        var control = LoneControl(record: ring)
        let asked = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        let first = settled(&control, asked)
        let (token, ballot) = try #require(prepares(first).first)
        let promised = settled(
            &control, control.hearing(.epochPromised(token: token, ballot: ballot, accepted: .zero, value: [])))
        let accept = ControlMessage.acceptEpoch(token: token, epoch: 2, ballot: ballot, value: next.encode())
        #expect(promised.contains(.send(LoneControl.ids[1], accept)))
        #expect(control.hearing(.epochAccepted(token: token, ballot: ballot)) == [.persist(next)])
        let decided = control.after { $0.persisted(next, now: $1, into: &$2) }
        #expect(
            decided == [
                .send(LoneControl.ids[1], .ring(next.encode())), .send(LoneControl.ids[2], .ring(next.encode())),
                .changeAnswer(token: 1, .made(next)), .adopt(next),
            ])
    }

    @Test func aChangeThatLosesIsMadeOnTheRecordThatWon() throws {
        let ring = try LoneControl.ring()
        let other = try ring.changed(.pause)
        var control = LoneControl(record: ring)
        _ = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        #expect(control.hearing(.ring(other.encode())) == [.persist(other)])
        let adopted = settled(&control, control.after { $0.persisted(other, now: $1, into: &$2) })
        #expect(adopted.contains(.adopt(other)))
        #expect(prepares(adopted).count == 2)
        #expect(!adopted.contains { if case .changeAnswer = $0 { true } else { false } })
    }

    @Test func aChangeThatOthersHaveFinishedIsKnownByTheChain() throws {
        let ring = try LoneControl.ring()
        let own = try ring.changed(change)
        let later = try own.changed(.pause).changed(.resume)
        var control = LoneControl(record: ring)
        _ = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        #expect(control.hearing(.ring(later.encode())) == [.persist(later)])
        let adopted = control.after { $0.persisted(later, now: $1, into: &$2) }
        #expect(adopted.contains(.changeAnswer(token: 1, .made(later))))
    }

    @Test func aChangeThatIsNoMoreIsRefused() throws {
        let ring = try LoneControl.ring()
        let other = try ring.changed(.limit(bytesPerSecond: 9)).changed(change)
        var control = LoneControl(record: ring)
        _ = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        _ = control.hearing(.ring(other.encode()))
        let adopted = control.after { $0.persisted(other, now: $1, into: &$2) }
        #expect(adopted.contains(.changeAnswer(token: 1, .refused(.nothingToChange))))
    }

    @Test func whoHasJustBeenRemovedIsNotBroughtBackByWhatWaits() throws {
        let ring = try LoneControl.ring()
        let waiting = Member(
            id: UniqueID(high: 7, low: 7), name: "n7", zone: "z", address: "a7:1", clientAddress: "a7:2")
        let coming = try ring.changed(.add(waiting))
        let going = try coming.changed(.abort)
        let gone = try #require(going.advanced(hasMerged: { _, _ in false }))
        #expect(!gone.members.contains { $0.id == waiting.id })
        var control = LoneControl(record: going)
        // First in the queue, and behind something else.
        for changes in [[.add(waiting)], [change, .replace(LoneControl.ids[1], with: waiting)]] as [[RingChange]] {
            control = LoneControl(record: going)
            for (place, change) in changes.enumerated() {
                _ = control.after { $0.changeRequested(token: UInt64(place), change, now: $1, into: &$2) }
            }
            #expect(control.hearing(.ring(gone.encode())) == [.persist(gone)])
            let adopted = control.after { $0.persisted(gone, now: $1, into: &$2) }
            let last = UInt64(changes.count - 1)
            #expect(adopted.contains(.changeAnswer(token: last, .refused(.removedMeanwhile("n7")))))
        }
    }

    @Test func withoutAMajorityNothingIsMadeAndTheSilentAreNamed() throws {
        var control = LoneControl(record: try LoneControl.ring())
        let first = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        _ = settled(&control, first)
        control.now = control.now + .seconds(31)
        let late = control.after { $0.timerFired(now: $1, into: &$2) }
        #expect(
            late.contains(
                .changeAnswer(
                    token: 1,
                    .unavailable(answered: [LoneControl.ids[0]], silent: [LoneControl.ids[1], LoneControl.ids[2]]))))
    }

    @Test func whatHasGoneOutMayBeMadeYet() throws {
        var control = LoneControl(record: try LoneControl.ring())
        let first = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        let (token, ballot) = try #require(prepares(settled(&control, first)).first)
        _ = settled(
            &control, control.hearing(.epochPromised(token: token, ballot: ballot, accepted: .zero, value: [])))
        control.now = control.now + .seconds(31)
        let late = control.after { $0.timerFired(now: $1, into: &$2) }
        #expect(
            late.contains(
                .changeAnswer(
                    token: 1,
                    .outcomeUnknown(answered: [LoneControl.ids[0], LoneControl.ids[1]], silent: [LoneControl.ids[2]]))))
    }

    @Test func whatAnotherLeftHalfDecidedIsFinishedFirst() throws {
        let ring = try LoneControl.ring()
        let half = try ring.changed(.pause).encode()
        var control = LoneControl(record: ring)
        let first = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        let (token, ballot) = try #require(prepares(settled(&control, first)).first)
        let promised = settled(
            &control,
            control.hearing(
                .epochPromised(token: token, ballot: ballot, accepted: LoneControl.ballot(1, by: 0), value: half)))
        #expect(
            promised.contains(
                .send(LoneControl.ids[1], .acceptEpoch(token: token, epoch: 2, ballot: ballot, value: half))))
    }

    @Test func thereIsRoomForSoManyChanges() throws {
        var control = LoneControl(record: try LoneControl.ring())
        var last: [ControlAction] = []
        for token in 0...UInt64(Limits.ringChangesMax) {
            last = control.after { $0.changeRequested(token: token, change, now: $1, into: &$2) }
        }
        #expect(last == [.changeAnswer(token: UInt64(Limits.ringChangesMax), .busy)])
    }

    @Test func aNodeWithoutARingChangesNone() {
        var control = LoneControl(record: nil)
        let actions = control.after { $0.changeRequested(token: 1, change, now: $1, into: &$2) }
        #expect(actions == [.changeAnswer(token: 1, .noRing)])
    }
}
