import RoostConsensus
import RoostCore
import Testing

@Suite struct AcceptorTests {
    static func ballot(_ round: UInt64, _ proposer: Int = 1) -> Ballot {
        Ballot(round: round, proposer: node(proposer))
    }

    @Test func ballotsAreOrderedByRoundThenProposer() {
        #expect(Self.ballot(1, 9) < Self.ballot(2, 1))
        #expect(Self.ballot(2, 1) < Self.ballot(2, 2))
        #expect(Ballot.zero < Self.ballot(1, 0))
        #expect(!Ballot.zero.isUsable && Self.ballot(1).isUsable)
        #expect(Self.ballot(Ballot.roundMax).isUsable && !Self.ballot(Ballot.roundMax + 1).isUsable)
    }

    @Test func aPromiseTellsWhatWasAcceptedAndBindsFromThenOn() {
        let fresh = RegisterState()
        let (promised, reply) = fresh.preparing(Self.ballot(3))
        #expect(reply == .promised(accepted: .zero, value: []))
        #expect(promised == RegisterState(promised: Self.ballot(3)))

        let (accepted, answer) = promised.accepting(Self.ballot(3), value: [7])
        #expect(answer == .accepted)
        #expect(accepted == RegisterState(promised: Self.ballot(3), accepted: Self.ballot(3), value: [7]))

        let (again, told) = accepted.preparing(Self.ballot(5))
        #expect(told == .promised(accepted: Self.ballot(3), value: [7]))
        #expect(again == RegisterState(promised: Self.ballot(5), accepted: Self.ballot(3), value: [7]))
    }

    @Test func whatIsBelowThePromiseIsRefusedAndChangesNothing() {
        let state = RegisterState(promised: Self.ballot(5, 2), accepted: Self.ballot(3), value: [7])
        for low in [Self.ballot(5, 1), Self.ballot(4, 9), Self.ballot(3), .zero] {
            #expect(state.preparing(low).reply == .conflict(promised: Self.ballot(5, 2)))
            #expect(state.preparing(low).state == state)
            #expect(state.accepting(low, value: [8]).reply == .conflict(promised: Self.ballot(5, 2)))
            #expect(state.accepting(low, value: [8]).state == state)
        }
    }

    @Test func aRepeatedRequestIsAnsweredAgain() {
        let (state, _) = RegisterState().preparing(Self.ballot(2))
        #expect(state.preparing(Self.ballot(2)).reply == .promised(accepted: .zero, value: []))
        let (next, _) = state.accepting(Self.ballot(2), value: [1])
        #expect(next.accepting(Self.ballot(2), value: [1]).reply == .accepted)
        #expect(next.accepting(Self.ballot(2), value: [1]).state == next)
    }

    @Test func anAcceptWithoutAPromiseOfItsOwnBinds() {
        let (state, reply) = RegisterState().accepting(Self.ballot(4), value: [1])
        #expect(reply == .accepted)
        #expect(state.preparing(Self.ballot(3)).reply == .conflict(promised: Self.ballot(4)))
    }

    @Test func ballotsThatNobodyMayUseAreRefused() {
        let fresh = RegisterState()
        for ballot in [Ballot.zero, Self.ballot(0), Self.ballot(Ballot.roundMax + 1), Self.ballot(.max)] {
            #expect(fresh.preparing(ballot).reply == .conflict(promised: .zero))
            #expect(fresh.accepting(ballot, value: [1]).reply == .conflict(promised: .zero))
            #expect(fresh.accepting(ballot, value: [1]).state == fresh)
        }
    }

    @Test func stateAsBytes() throws {
        let state = RegisterState(promised: Self.ballot(300, 2), accepted: Self.ballot(7, 1), value: [9, 8])
        let zeros = [UInt8](repeating: 0, count: 8)
        let golden: [UInt8] =
            [0xAC, 0x02] + zeros + [2, 0, 0, 0, 0, 0, 0, 0] + [7] + zeros + [1, 0, 0, 0, 0, 0, 0, 0] + [2, 9, 8]
        #expect(state.encode() == golden)
        for state in [state, RegisterState(), RegisterState(promised: Self.ballot(1))] {
            #expect(try RegisterState(decoding: state.encode()) == state)
        }
        let longest = RegisterState(
            promised: Self.ballot(1), accepted: Self.ballot(1),
            value: Array(repeating: 1, count: RegisterState.valueBytesMax))
        #expect(try RegisterState(decoding: longest.encode()) == longest)
    }

    @Test func hostileBytesAreRefusedOrAState() {
        let state = RegisterState(promised: Self.ballot(300, 2), accepted: Self.ballot(7, 1), value: [9, 8])
        let bytes = state.encode()
        for length in bytes.indices { #expect(Self.refusal(Array(bytes[..<length])) != nil) }
        #expect(Self.refusal(bytes + [0]) == .trailingBytes(1))
        for position in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << bit
                do throws(ByteReaderError) {
                    let read = try RegisterState(decoding: flipped)
                    #expect(read != state && read.accepted <= read.promised)
                } catch {
                    continue
                }
            }
        }
    }

    @Test func ballotsThatNoAcceptorCanHaveTakenAreRefused() {
        func refusal(promised: Ballot, accepted: Ballot, value: [UInt8]) -> ByteReaderError? {
            Self.refusal(RegisterState(promised: promised, accepted: accepted, value: value).encode())
        }
        let accepted = ByteReaderError.invalidValue(field: "accepted ballot")
        #expect(refusal(promised: Self.ballot(2), accepted: Self.ballot(3), value: []) == accepted)
        #expect(refusal(promised: Self.ballot(2), accepted: Self.ballot(0, 1), value: [1]) == accepted)
        let promised = ByteReaderError.invalidValue(field: "promised ballot")
        #expect(refusal(promised: Self.ballot(.max), accepted: .zero, value: []) == promised)
        let value = [UInt8](repeating: 0, count: RegisterState.valueBytesMax + 1)
        let limit = RegisterState.valueBytesMax
        #expect(
            refusal(promised: Self.ballot(2), accepted: Self.ballot(2), value: value)
                == .tooLong(limit + 1, limit: limit))
    }

    static func refusal(_ bytes: [UInt8]) -> ByteReaderError? {
        do throws(ByteReaderError) {
            _ = try RegisterState(decoding: bytes)
            return nil
        } catch {
            return error
        }
    }
}
