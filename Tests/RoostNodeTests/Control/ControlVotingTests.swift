import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import Testing

/// A voter's part in deciding on an epoch, word by word.
@Suite struct ControlVotingTests {
    private let ballot = LoneControl.ballot(2)

    private func vote(in actions: [ControlAction]) throws -> (vote: EpochVote, token: UInt64) {
        try #require(actions.count == 1, "\(actions)")
        guard case .persistVote(let vote, let token) = actions[0] else {
            throw WrongAction(actions[0])
        }
        return (vote, token)
    }

    private struct WrongAction: Error {
        let action: ControlAction

        init(_ action: ControlAction) {
            self.action = action
        }
    }

    @Test func aPromiseIsSaidWhenItIsOnDiskAndNotBefore() throws {
        var control = LoneControl(record: try LoneControl.ring())
        let asked = control.hearing(.prepareEpoch(token: 9, epoch: 2, ballot: ballot))
        let (vote, token) = try vote(in: asked)
        #expect(vote == EpochVote(epoch: 2, state: RegisterState(promised: ballot)))
        let said = control.after { $0.votePersisted(token, now: $1, into: &$2) }
        #expect(
            said == [
                .send(LoneControl.ids[1], .epochPromised(token: 9, ballot: ballot, accepted: .zero, value: []))
            ])
        #expect(control.after { $0.votePersisted(token, now: $1, into: &$2) } == [])
    }

    @Test func aVoterThatComesBackKeepsItsPromise() throws {
        let ring = try LoneControl.ring()
        var control = LoneControl(record: ring)
        let (vote, _) = try vote(in: control.hearing(.prepareEpoch(token: 9, epoch: 2, ballot: ballot)))
        var later = LoneControl(record: ring, vote: try EpochVote(decoding: vote.encode()))
        #expect(
            later.hearing(.prepareEpoch(token: 8, epoch: 2, ballot: LoneControl.ballot(1)))
                == [
                    .send(LoneControl.ids[1], .epochConflict(token: 8, ballot: LoneControl.ballot(1), promised: ballot))
                ])
    }

    @Test func anAcceptedRecordIsToldToWhoeverAsksLater() throws {
        let ring = try LoneControl.ring()
        let next = try ring.changed(.limit(bytesPerSecond: 1)).encode()
        var control = LoneControl(record: ring)
        let (vote, token) = try vote(
            in: control.hearing(.acceptEpoch(token: 9, epoch: 2, ballot: ballot, value: next)))
        #expect(
            control.after { $0.votePersisted(token, now: $1, into: &$2) }
                == [.send(LoneControl.ids[1], .epochAccepted(token: 9, ballot: ballot))])
        var later = LoneControl(record: ring, vote: try EpochVote(decoding: vote.encode()))
        let higher = LoneControl.ballot(3)
        let (_, second) = try self.vote(in: later.hearing(.prepareEpoch(token: 4, epoch: 2, ballot: higher)))
        #expect(
            later.after { $0.votePersisted(second, now: $1, into: &$2) }
                == [
                    .send(
                        LoneControl.ids[1],
                        .epochPromised(token: 4, ballot: higher, accepted: ballot, value: next))
                ])
    }

    @Test func whatIsNoNextRecordIsNotAccepted() throws {
        let ring = try LoneControl.ring()
        let next = try ring.changed(.limit(bytesPerSecond: 1))
        let afterNext = try next.changed(.pause).encode()
        var control = LoneControl(record: ring)
        let refused = control.hearing(.acceptEpoch(token: 9, epoch: 2, ballot: ballot, value: afterNext))
        #expect(refused == [.ringRefused(from: LoneControl.ids[1], .doesNotFollow(epoch: 3))])
        let garbage = control.hearing(.acceptEpoch(token: 9, epoch: 2, ballot: ballot, value: [1, 2, 3]))
        guard case .ringRefused(_, .malformed)? = garbage.first, garbage.count == 1 else {
            Issue.record("garbage was answered with \(garbage)")
            return
        }
    }

    @Test func aDecidedEpochIsAnsweredWithTheRing() throws {
        let first = try LoneControl.ring()
        let second = try first.changed(.limit(bytesPerSecond: 1))
        var control = LoneControl(record: second)
        #expect(
            control.hearing(.prepareEpoch(token: 9, epoch: 2, ballot: ballot))
                == [.send(LoneControl.ids[1], .ring(second.encode()))])
    }

    @Test func aVoterThatIsBehindCatchesUpAndThenAnswers() throws {
        let first = try LoneControl.ring()
        let second = try first.changed(.limit(bytesPerSecond: 1))
        var control = LoneControl(record: first)
        #expect(
            control.hearing(.prepareEpoch(token: 9, epoch: 3, ballot: ballot)) == [
                .send(LoneControl.ids[1], .fetchRing)
            ])
        #expect(control.hearing(.ring(second.encode())) == [.persist(second)])
        let caughtUp = control.after { $0.persisted(second, now: $1, into: &$2) }
        #expect(caughtUp.first == .adopt(second))
        guard case .persistVote(let vote, _)? = caughtUp.last else {
            Issue.record("it was not heard again: \(caughtUp)")
            return
        }
        #expect(vote == EpochVote(epoch: 3, state: RegisterState(promised: ballot)))
    }

    @Test func whoHasNoVoteSaysNothing() throws {
        let ring = try LoneControl.ring().changed(.remove(LoneControl.ids[0]))
        #expect(!ring.voters.contains(LoneControl.ids[0]))
        var control = LoneControl(record: ring)
        #expect(control.hearing(.prepareEpoch(token: 9, epoch: 3, ballot: ballot)) == [])
    }

    @Test func anotherRingOfTheSameNumberIsShouted() throws {
        let ring = try LoneControl.ring()
        var control = LoneControl(record: try ring.changed(.limit(bytesPerSecond: 1)))
        let other = try ring.changed(.limit(bytesPerSecond: 2))
        #expect(control.hearing(.ring(other.encode())) == [.forked(2, from: LoneControl.ids[1])])
    }

    @Test func theRingOfAnotherClusterIsRefused() throws {
        var control = LoneControl(record: try LoneControl.ring())
        let other = try EpochRecord.first(
            clusterID: UniqueID(high: 6, low: 6), members: (0..<3).map(LoneControl.member)
        ).changed(.pause)
        #expect(
            control.hearing(.ring(other.encode())) == [
                .ringRefused(from: LoneControl.ids[1], .doesNotFollow(epoch: 2))
            ])
    }

    @Test func aNodeThatWaitsTakesOnlyARingThatNamesIt() throws {
        let ring = try LoneControl.ring()
        var control = LoneControl(index: 3, record: nil)
        #expect(control.hearing(.ring(ring.encode())) == [])
        let next = try ring.changed(.add(LoneControl.member(3)))
        #expect(control.hearing(.ring(next.encode())) == [.persist(next)])
    }

    @Test func aMemberThatLearnsARingWithoutItIsRemovedForGood() throws {
        let ring = try LoneControl.ring()
        let leaving = try ring.changed(.remove(LoneControl.ids[2]))
        var control = LoneControl(index: 2, record: leaving)
        // What is left of a ring of three when the third gives its slots up, without their moving one by one.
        var last = leaving
        while let next = last.advanced(hasMerged: { _, _ in true }) { last = next }
        #expect(!last.members.contains { $0.id == LoneControl.ids[2] })
        #expect(control.hearing(.ring(last.encode())) == [.persist(last)])
        #expect(control.after { $0.persisted(last, now: $1, into: &$2) } == [.removed(last)])
    }

    @Test func aVoteReadsWhatItWrites() throws {
        let value = try LoneControl.ring().encode()
        let vote = EpochVote(
            epoch: 77, state: RegisterState(promised: LoneControl.ballot(3), accepted: ballot, value: value))
        let bytes = vote.encode()
        #expect(try EpochVote(decoding: bytes) == vote)
        for length in bytes.indices where length % 97 == 0 || length < 80 {
            #expect(throws: ByteReaderError.self) { try EpochVote(decoding: Array(bytes[..<length])) }
        }
    }
}
