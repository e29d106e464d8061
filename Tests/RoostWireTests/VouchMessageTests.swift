import RoostConsensus
import RoostCore
import RoostNode
import RoostWire
import Testing

/// What owners ask each other before they drop anything comes back from its bytes as it was.
@Suite struct VouchMessageTests {
    private let ballot = Ballot(round: 300, proposer: UniqueID(high: 1, low: 2))

    private func check(_ message: PeerMessage) throws {
        var writer = ByteWriter()
        PeerMessageCodec.write(message, to: &writer)
        #expect(try PeerMessageCodec.read(writer.bytes, in: 0..<writer.count) == message)
        for count in 0..<writer.count {
            #expect(throws: ByteReaderError.self) { try PeerMessageCodec.read(writer.bytes, in: 0..<count) }
        }
    }

    @Test func question() throws {
        let alice = try #require(Address("alice"))
        let vouch = ReplicaRequest.Vouch(token: 9, accounts: [.init(user: alice, ballot: ballot)])
        try check(.request(.init(slot: Slot(3), version: 5, kind: .vouch(vouch))))
    }

    @Test func answer() throws {
        let (alice, bob) = (try #require(Address("alice")), try #require(Address("bob")))
        let state = RegisterState(promised: ballot, accepted: ballot, value: [1, 2, 3])
        let doubts = [GatewayReply.Doubt(user: alice, newer: nil), .init(user: bob, newer: state)]
        try check(.reply(.init(token: 6, kind: .vouched(doubts))))
        try check(.reply(.init(token: 6, kind: .vouched([]))))
    }
}
