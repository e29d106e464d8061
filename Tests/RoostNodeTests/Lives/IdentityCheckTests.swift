import RoostCore
import RoostNode
import Testing

/// What follows from who answers where another of a node's identity may live.
@Suite struct IdentityCheckTests {
    private let node = NodeID(high: 1, low: 1)
    /// A process away from where the ring names its node.
    private var check: IdentityCheck {
        IdentityCheck(
            node: node, own: IdentityClaim(address: "b:1", boot: 6, process: 60), ringAddress: "a:1")
    }

    private func answer(of other: NodeID, process: UInt64, boot: UInt64 = 5) -> PeerHello {
        PeerHello(
            cluster: ClusterID(high: 7, low: 7), node: other,
            life: NodeLife(boot: boot, process: process, position: 1))
    }

    @Test func aStartAsksWhereTheRingNamesTheNodeAndWhereItServedLast() {
        #expect(check.suspects(and: "c:1") == ["a:1", "c:1"])
        #expect(check.suspects(and: "b:1") == ["a:1"])
    }

    @Test func onlyAnotherProcessOfTheIdentityTakesIt() {
        #expect(check.isTaken(answer(of: node, process: 50)))
        #expect(!check.isTaken(answer(of: node, process: 60)), "it has reached itself")
        #expect(!check.isTaken(answer(of: NodeID(high: 1, low: 2), process: 50)), "somebody else has moved in there")
        #expect(!check.isTaken(nil))
    }

    @Test func whoRunsGoesForTheOneWhereTheRingNamesTheNode() {
        #expect(check.hasToGo(because: answer(of: node, process: 50), at: "a:1"))
        #expect(!check.hasToGo(because: answer(of: NodeID(high: 1, low: 2), process: 50), at: "a:1"))
        #expect(!check.hasToGo(because: nil, at: "a:1"))
        #expect(
            !check.hasToGo(because: answer(of: node, process: 50, boot: 7), at: "c:1"), "neither is: the later goes")
    }
}
