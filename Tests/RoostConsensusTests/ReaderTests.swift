import RoostConsensus
import RoostCore
import Testing

@Suite struct ReaderTests {
    let first = Ballot(round: 1, proposer: node(9))
    let second = Ballot(round: 2, proposer: node(8))

    @Test func aMajorityOfOneBallotIsTheValue() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(reader.members == nodes(1, 2, 3))
        #expect(reader.answered(by: node(2), accepted: first, value: [1]) == nil)
        #expect(reader.answered(by: node(3), accepted: first, value: [1]) == .value([1]))
    }

    @Test func aRegisterThatWasNeverWrittenIsEmpty() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(reader.answered(by: node(1), accepted: .zero, value: []) == nil)
        #expect(reader.answered(by: node(2), accepted: .zero, value: []) == .value([]))
    }

    @Test func twoThatDisagreeWaitForTheThird() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(reader.answered(by: node(1), accepted: second, value: [2]) == nil)
        #expect(reader.answered(by: node(2), accepted: first, value: [1]) == nil)
        #expect(reader.gaveUpWaiting() == .needsRound, "the second ballot may be decided: the third could have it")
        #expect(reader.answered(by: node(3), accepted: first, value: [1]) == .value([1]))
    }

    @Test func whoHasPromisedMoreIsNotCounted() {
        // It has the value from another's copy, and may be about to accept something else.
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(reader.answered(by: node(1), promised: second, accepted: first, value: [1]) == nil)
        #expect(reader.answered(by: node(2), promised: first, accepted: first, value: [1]) == nil)
        #expect(reader.gaveUpWaiting() == .needsRound)
        #expect(reader.answered(by: node(3), promised: second, accepted: first, value: [1]) == .needsRound)
        var other = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(other.answered(by: node(1), promised: second, accepted: first, value: [1]) == nil)
        #expect(other.answered(by: node(2), promised: first, accepted: first, value: [1]) == nil)
        #expect(other.answered(by: node(3), promised: first, accepted: first, value: [1]) == .value([1]))
    }

    @Test func threeThatDisagreeNeedARound() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(reader.answered(by: node(1), accepted: second, value: [2]) == nil)
        #expect(reader.answered(by: node(2), accepted: first, value: [1]) == nil)
        #expect(reader.answered(by: node(3), accepted: .zero, value: []) == .needsRound)
    }

    @Test func oneOfThreeIsNoAnswer() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3)))
        #expect(reader.gaveUpWaiting() == nil)
        #expect(reader.answered(by: node(1), accepted: first, value: [1]) == nil)
        #expect(reader.answered(by: node(1), accepted: first, value: [1]) == nil, "said twice counts once")
        #expect(reader.answered(by: node(7), accepted: first, value: [1]) == nil, "a stranger does not count")
        #expect(reader.gaveUpWaiting() == nil)
    }

    @Test func oneOwnerAloneIsAMajority() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1)))
        #expect(reader.answered(by: node(1), accepted: first, value: [1]) == .value([1]))
    }

    @Test func whileASlotMovesBothMajoritiesHaveToAgree() {
        var reader = RegisterReader(quorum: Quorum(current: nodes(1, 2, 3), next: nodes(3, 4, 5)))
        #expect(reader.members == nodes(1, 2, 3, 4, 5))
        #expect(reader.answered(by: node(1), accepted: first, value: [1]) == nil)
        #expect(reader.answered(by: node(2), accepted: first, value: [1]) == nil, "a majority of the current only")
        #expect(reader.answered(by: node(3), accepted: first, value: [1]) == nil)
        #expect(reader.answered(by: node(5), accepted: first, value: [1]) == .value([1]))
    }

    @Test func quorums() {
        let all = Quorum(allOf: nodes(1, 2, 3))
        #expect(!all.isReached(by: nodes(1, 3)) && all.isReached(by: nodes(3, 1, 2)) && all.members == nodes(1, 2, 3))
        let joint = Quorum(current: nodes(1, 2, 3), next: nodes(1, 2, 4))
        #expect(joint.members == nodes(1, 2, 3, 4))
        #expect(joint.isReached(by: nodes(1, 2)), "the two kept owners are enough: a slow joiner stalls nothing")
        #expect(!joint.isReached(by: nodes(1, 3)))
        #expect(!joint.isReached(by: nodes(3, 4)))
        #expect(joint.isReached(by: nodes(1, 3, 4)))
        #expect(!Quorum(current: nodes(1, 2, 3, 4)).isReached(by: nodes(1, 2)), "half is no majority")
        #expect(!Quorum(current: nodes(1, 2, 3)).isReached(by: nodes(1, 8, 9)))
    }
}
