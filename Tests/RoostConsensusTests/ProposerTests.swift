import RoostConsensus
import RoostCore
import Testing

/// Transcripts of one proposer among three acceptors.
@Suite struct ProposerTests {
    /// A proposer and what it asked for since it was last looked at.
    struct Transcript {
        var proposer: Proposer
        private var actions: [Proposer.Action] = []

        init(_ change: TestChange, deadline: UInt64 = 10_000, quorum: Quorum = Quorum(current: nodes(1, 2, 3))) {
            proposer = Proposer(
                change: change, quorum: quorum, now: at(milliseconds: 0), deadline: at(milliseconds: deadline),
                random: SeededRandom(seed: 1), into: &actions)
        }

        mutating func take() -> [Proposer.Action] {
            defer { actions = [] }
            return actions
        }

        /// The ballot of the requests that are waiting, which are taken.
        mutating func takeBallot() -> Ballot {
            switch take().first {
            case .prepare(_, let ballot), .accept(_, let ballot, _): ballot
            case .finished, nil: .zero
            }
        }

        mutating func promised(_ number: Int, _ ballot: Ballot, _ accepted: Ballot = .zero, _ value: [UInt8] = []) {
            proposer.promised(by: node(number), ballot: ballot, accepted: accepted, value: value, into: &actions)
        }

        mutating func accepted(_ number: Int, _ ballot: Ballot) {
            proposer.accepted(by: node(number), ballot: ballot, into: &actions)
        }

        mutating func conflicted(_ promised: Ballot, _ ballot: Ballot, at milliseconds: UInt64 = 0) {
            proposer.conflicted(
                with: promised, ballot: ballot, now: at(milliseconds: milliseconds), into: &actions)
        }

        mutating func timer() {
            proposer.timerFired(now: proposer.nextDeadline, into: &actions)
        }

        /// Another round after a conflict with `promised`; its ballot.
        mutating func nextRound(above promised: Ballot, _ ballot: Ballot) -> Ballot {
            conflicted(promised, ballot)
            // After the first one it does not wait.
            if actions.isEmpty { timer() }
            return takeBallot()
        }
    }

    static func accepts(_ ballot: Ballot, _ value: [UInt8]) -> [Proposer.Action] {
        nodes(1, 2, 3).map { .accept($0, ballot, value) }
    }

    let other = Ballot(round: 5, proposer: node(9))

    @Test func twoPhasesOfAMajorityEach() {
        var transcript = Transcript(.append(1))
        let asked = transcript.take()
        guard case .prepare(_, let ballot) = asked.first else { return #expect(Bool(false), "\(asked)") }
        #expect(asked == nodes(1, 2, 3).map { .prepare($0, ballot) })
        transcript.promised(1, ballot)
        #expect(transcript.take() == [])
        transcript.promised(3, ballot)
        #expect(transcript.take() == Self.accepts(ballot, [1]))
        transcript.promised(2, ballot)
        transcript.accepted(2, ballot)
        #expect(transcript.take() == [])
        transcript.accepted(1, ballot)
        #expect(transcript.take() == [.finished(.decided([1]))])
        #expect(transcript.proposer.nextDeadline == .distantFuture)
        transcript.accepted(3, ballot)
        transcript.conflicted(other, ballot)
        transcript.timer()
        #expect(transcript.take() == [], "over is over")
    }

    @Test func theValueOfTheHighestBallotCounts() {
        for order in [[1, 2], [2, 1]] {
            var transcript = Transcript(.append(1))
            let ballot = transcript.takeBallot()
            for number in order {
                let accepted = Ballot(round: UInt64(number), proposer: node(0))
                transcript.promised(number, ballot, accepted, [UInt8(10 + number)])
            }
            #expect(transcript.take() == Self.accepts(ballot, [12, 1]))
        }
    }

    @Test func answersOfStrangersAndOfOtherRoundsDoNotCount() {
        var transcript = Transcript(.append(1))
        let ballot = transcript.takeBallot()
        transcript.promised(1, ballot)
        transcript.promised(1, ballot)
        transcript.promised(7, ballot, other, [66])
        transcript.promised(2, other)
        transcript.accepted(2, ballot)
        #expect(transcript.take() == [])
        transcript.promised(2, ballot)
        #expect(transcript.take() == Self.accepts(ballot, [1]))
        transcript.accepted(1, ballot)
        transcript.accepted(1, ballot)
        transcript.accepted(7, ballot)
        transcript.accepted(2, other)
        #expect(transcript.take() == [])
    }

    @Test func theFirstTryOutbidsAtOnceWhatItDidNotKnow() {
        var transcript = Transcript(.append(1))
        let ballot = transcript.takeBallot()
        transcript.conflicted(other, ballot, at: 100)
        let next = transcript.takeBallot()
        #expect(next.round == 6 && next.proposer == ballot.proposer)
        transcript.conflicted(other, ballot, at: 100)
        #expect(transcript.take() == [], "another acceptor says the same of the try before")
    }

    @Test func aSecondConflictPausesAndThenOutbids() {
        var transcript = Transcript(.append(1))
        let ballot = transcript.nextRound(above: Ballot(round: 2, proposer: node(9)), transcript.takeBallot())
        transcript.conflicted(other, ballot, at: 100)
        let pauseEnds = transcript.proposer.nextDeadline
        #expect(pauseEnds > at(milliseconds: 100) && pauseEnds < at(milliseconds: 240))
        #expect(transcript.take() == [])
        transcript.promised(1, ballot)
        transcript.promised(2, ballot)
        #expect(transcript.take() == [], "the round is given up")
        transcript.timer()
        let next = transcript.takeBallot()
        #expect(next.round == 6 && next.proposer == ballot.proposer)
    }

    @Test func pausesGrowAndStayBounded() {
        var transcript = Transcript(.append(1), deadline: 1_000_000_000)
        var longest: [UInt64] = []
        var ballot = transcript.nextRound(above: other, transcript.takeBallot())
        for round in 0..<200 {
            if round > 0 { ballot = transcript.takeBallot() }
            transcript.conflicted(ballot, ballot, at: 0)
            longest.append(transcript.proposer.nextDeadline.nanoseconds / 1_000_000)
            transcript.timer()
            #expect(longest[round] >= 2 && longest[round] < 4000)
        }
        #expect((longest[..<2].max() ?? 0) < 140)
        #expect((longest[100...].max() ?? 0) > 1000)
    }

    @Test func silenceStartsOverWithAHigherBallot() {
        var transcript = Transcript(.append(1))
        let ballot = transcript.takeBallot()
        transcript.promised(1, ballot)
        #expect(transcript.proposer.nextDeadline == at(milliseconds: 0) + Proposer.roundPatience)
        transcript.timer()
        #expect(transcript.takeBallot() > ballot)
    }

    @Test func givingUpBeforeAValueWentOutChangesNothing() {
        var transcript = Transcript(.append(1), deadline: 500)
        let ballot = transcript.takeBallot()
        transcript.promised(1, ballot)
        transcript.timer()
        #expect(transcript.take() == [.finished(.unavailable)])
    }

    @Test func givingUpAfterAValueWentOutLeavesItOpen() {
        var transcript = Transcript(.append(1), deadline: 500)
        let ballot = transcript.takeBallot()
        transcript.promised(1, ballot)
        transcript.promised(2, ballot)
        transcript.accepted(1, ballot)
        _ = transcript.take()
        transcript.timer()
        #expect(transcript.take() == [.finished(.outcomeUnknown)])
    }

    @Test func aRefusalIsFinalOnlyOnceTheValueIsDecided() {
        var transcript = Transcript(.create(1))
        let ballot = transcript.takeBallot()
        let before = Ballot(round: 0, proposer: node(9))
        transcript.promised(1, ballot, before, [4])
        transcript.promised(2, ballot)
        #expect(transcript.take() == Self.accepts(ballot, [4]))
        transcript.accepted(1, ballot)
        transcript.accepted(2, ballot)
        #expect(transcript.take() == [.finished(.refused(reason: TestChange.exists, value: [4]))])
    }

    @Test func aRefusalThatIsNotDecidedInTimeIsUnavailable() {
        var transcript = Transcript(.create(1), deadline: 500)
        let ballot = transcript.takeBallot()
        transcript.promised(1, ballot, Ballot(round: 0, proposer: node(9)), [4])
        transcript.promised(2, ballot)
        transcript.timer()
        #expect(transcript.take().last == .finished(.unavailable))
    }

    /// A creation sent to acceptors and not heard of again, and the ballot of the round after it.
    private func createdOnce() -> (Transcript, first: Ballot, second: Ballot) {
        var transcript = Transcript(.create(1), deadline: 100_000)
        let first = transcript.takeBallot()
        transcript.promised(1, first)
        transcript.promised(2, first)
        _ = transcript.take()
        let second = transcript.nextRound(above: first, first)
        return (transcript, first, second)
    }

    @Test func aLaterRoundFinishesWhatAnEarlierOneBegan() {
        var (transcript, first, second) = createdOnce()
        transcript.promised(1, second, first, [1])
        transcript.promised(3, second)
        #expect(transcript.take() == Self.accepts(second, [1]), "its own creation does not stand in its way")
        transcript.accepted(1, second)
        transcript.accepted(3, second)
        #expect(transcript.take() == [.finished(.decided([1]))])
    }

    @Test func aLaterRoundThatFindsNothingTriesAgain() {
        var (transcript, _, second) = createdOnce()
        transcript.promised(2, second)
        transcript.promised(3, second)
        #expect(transcript.take() == Self.accepts(second, [1]))
    }

    @Test func aLaterRoundThatFindsWorkOfOthersOnTopCannotTell() {
        var (transcript, _, second) = createdOnce()
        let third = transcript.nextRound(above: other, second)
        transcript.promised(1, third, other, [1, 8])
        transcript.promised(2, third)
        #expect(transcript.take() == [.finished(.outcomeUnknown)])
    }

    @Test func aLaterRoundThatFindsAnEarlierTryOfItsOwnCannotTell() {
        var (transcript, first, second) = createdOnce()
        transcript.promised(2, second)
        transcript.promised(3, second)
        _ = transcript.take()
        let third = transcript.nextRound(above: second, second)
        transcript.promised(1, third, first, [1])
        transcript.promised(2, third)
        #expect(transcript.take() == [.finished(.outcomeUnknown)])
    }

    @Test func aLaterRoundThatFindsOlderWorkOfOthersIsRefusedForGood() {
        var (transcript, _, second) = createdOnce()
        // Accepted below our first ballot by an acceptor that we had not heard: our try was not on top of it, nor it of ours.
        let older = Ballot(round: 0, proposer: node(9))
        transcript.promised(3, second, older, [8])
        transcript.promised(2, second)
        #expect(transcript.take() == Self.accepts(second, [8]))
        transcript.accepted(2, second)
        transcript.accepted(3, second)
        #expect(transcript.take() == [.finished(.refused(reason: TestChange.exists, value: [8]))])
    }

    @Test func aChangeThatKnowsItsWorkIsDecidedOnTopOfOthers() {
        var transcript = Transcript(.append(1), deadline: 100_000)
        let first = transcript.takeBallot()
        transcript.promised(1, first)
        transcript.promised(2, first)
        _ = transcript.take()
        let second = transcript.nextRound(above: other, first)
        transcript.promised(1, second, other, [1, 8])
        transcript.promised(2, second)
        #expect(transcript.take() == Self.accepts(second, [1, 8]))
        transcript.accepted(1, second)
        transcript.accepted(2, second)
        #expect(transcript.take() == [.finished(.decided([1, 8]))])
    }

    @Test func roundsThatNobodyMayUseDoNotLeadAstray() {
        var transcript = Transcript(.append(1))
        let ballot = transcript.takeBallot()
        let next = transcript.nextRound(above: Ballot(round: .max, proposer: node(9)), ballot)
        #expect(next.round == 2)
        let last = transcript.nextRound(above: Ballot(round: Ballot.roundMax, proposer: node(9)), next)
        #expect(last.round == Ballot.roundMax + 1, "refused by every acceptor, and in the end unavailable")
    }

    @Test func whileASlotMovesBothMajoritiesAreNeeded() {
        var transcript = Transcript(.append(1), quorum: Quorum(current: nodes(1, 2, 3), next: nodes(1, 2, 4)))
        let ballot = transcript.takeBallot()
        transcript.promised(1, ballot)
        transcript.promised(3, ballot)
        #expect(transcript.take() == [])
        transcript.promised(4, ballot)
        #expect(transcript.take().count == 4)
        transcript.accepted(4, ballot)
        transcript.accepted(3, ballot)
        #expect(transcript.take() == [])
        transcript.accepted(2, ballot)
        #expect(transcript.take() == [.finished(.decided([1]))])
    }
}
