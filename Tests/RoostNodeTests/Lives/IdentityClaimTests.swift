import RoostCore
import RoostNode
import Testing

/// Which of two living processes with one identity has to go.
@Suite struct IdentityClaimTests {
    private func claim(_ address: String, boot: UInt64, process: UInt64) -> IdentityClaim {
        IdentityClaim(address: address, boot: boot, process: process)
    }

    /// Exactly one goes, whoever looks first.
    private func loser(_ left: IdentityClaim, _ right: IdentityClaim, ring: String?) -> IdentityClaim? {
        switch (left.hasToGo(because: right, ringAddress: ring), right.hasToGo(because: left, ringAddress: ring)) {
        case (true, false): left
        case (false, true): right
        case (true, true), (false, false): nil
        }
    }

    @Test func theOneWhereTheRingNamesTheNodeStays() {
        let original = claim("a:1", boot: 5, process: 9)
        for copy in [claim("b:1", boot: 6, process: 1), claim("b:1", boot: 4, process: 1)] {
            #expect(loser(original, copy, ring: "a:1") == copy)
        }
    }

    @Test func whereNeitherIsThereTheHigherBootGoes() {
        let original = claim("a:1", boot: 5, process: 9)
        let copy = claim("b:1", boot: 6, process: 1)
        #expect(loser(original, copy, ring: "c:1") == copy)
        #expect(loser(original, copy, ring: nil) == copy)
        let twin = claim("b:1", boot: 5, process: 10)
        #expect(loser(original, twin, ring: nil) == twin)
    }

    @Test func aNodeThatReachesItselfStays() {
        let node = claim("inside:1", boot: 5, process: 9)
        let sameByAnotherAddress = claim("outside:1", boot: 5, process: 9)
        #expect(!node.hasToGo(because: sameByAnotherAddress, ringAddress: "outside:1"))
    }

    @Test func aStartLooksWhereAnotherMayLive() {
        #expect(IdentityClaim.suspectAddresses(own: "a:1", ring: "a:1", last: "a:1") == [])
        #expect(IdentityClaim.suspectAddresses(own: "b:1", ring: "a:1", last: "a:1") == ["a:1"])
        #expect(IdentityClaim.suspectAddresses(own: "c:1", ring: "a:1", last: "b:1") == ["a:1", "b:1"])
        #expect(IdentityClaim.suspectAddresses(own: "b:1", ring: nil, last: "a:1") == ["a:1"])
        #expect(IdentityClaim.suspectAddresses(own: "b:1", ring: nil, last: nil) == [])
    }
}
