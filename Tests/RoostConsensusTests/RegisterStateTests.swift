import RoostConsensus
import RoostCore
import Testing

@Suite("Acceptor")
struct RegisterStateTests {
    private func ballot(_ round: UInt64, _ proposer: UInt64 = 1) -> Ballot {
        Ballot(round: round, proposer: UniqueID(high: 0, low: proposer))
    }

    @Test("A promise forbids lower ballots, and is given again to the same one")
    func promise() {
        let (promised, reply) = RegisterState().preparing(ballot(5))
        #expect(reply == .promised(accepted: .zero, value: []))
        #expect(promised.preparing(ballot(4)).reply == .conflict(promised: ballot(5)))
        #expect(promised.accepting(ballot(4), value: [1]).reply == .conflict(promised: ballot(5)))
        #expect(promised.accepting(ballot(4), value: [1]).state == promised)
        #expect(promised.preparing(ballot(5)).reply == reply)
    }

    @Test("What was accepted is told to later proposers")
    func accepted() {
        let (state, reply) = RegisterState().accepting(ballot(3), value: [7])
        #expect(reply == .accepted)
        #expect(state.preparing(ballot(9)).reply == .promised(accepted: ballot(3), value: [7]))
    }

    @Test("Bytes survive; damaged ones are refused or valid")
    func bytes() throws {
        let state = RegisterState(promised: ballot(9, 4), accepted: ballot(3, 2), value: [1, 2, 3])
        let bytes = state.encode()
        #expect(try RegisterState(decoding: bytes) == state)
        for count in 0..<bytes.count {
            #expect(throws: ByteReaderError.self) { try RegisterState(decoding: Array(bytes[..<count])) }
        }
        let impossible = RegisterState(promised: ballot(1), accepted: ballot(2), value: [])
        #expect(throws: ByteReaderError.self) { try RegisterState(decoding: impossible.encode()) }
    }
}
