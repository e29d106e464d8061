import RoostCore
import RoostNode
import Testing

/// Which links may stand, by what the two ends remember of each other.
@Suite struct LifeMachineTests {
    private static let node = NodeID(high: 1, low: 1)
    private static let peer = NodeID(high: 1, low: 2)
    private static let cluster = ClusterID(high: 7, low: 7)
    private static let none = ClusterID(high: 0, low: 0)

    private func life(boot: UInt64, process: UInt64, position: UInt64) -> NodeLife {
        NodeLife(boot: boot, process: process, position: position)
    }

    /// A node in its third life, whose log was at 100 when it started.
    private func machine(isLogDamaged: Bool = false) -> LifeMachine {
        LifeMachine(
            node: Self.node, own: life(boot: 3, process: 30, position: 100), isLogDamaged: isLogDamaged,
            memory: LifeMemory(), now: .zero)
    }

    private func hello(
        from node: NodeID = peer, in cluster: ClusterID = cluster, boot: UInt64 = 1, process: UInt64 = 9,
        remembering remembered: NodeLife? = nil
    ) -> PeerHello {
        PeerHello(
            cluster: cluster, node: node, life: life(boot: boot, process: process, position: 5), remembered: remembered)
    }

    @Test func whoIsNotKnownIsAccepted() {
        #expect(machine().judge(hello(), cluster: Self.cluster) == .accepted)
        #expect(machine().judge(hello(in: Self.none), cluster: Self.cluster) == .accepted, "it waits for a ring")
        #expect(machine().judge(hello(), cluster: Self.none) == .accepted, "this one does")
    }

    @Test func anotherClusterIsRefused() {
        let other = ClusterID(high: 8, low: 8)
        #expect(machine().judge(hello(in: other), cluster: Self.cluster) == .refused(.otherCluster(other)))
    }

    @Test func thisNodesOwnIdentityIsAnswered() {
        #expect(
            machine().judge(hello(from: Self.node, process: 30), cluster: Self.cluster) == .answered(.isSelf))
        #expect(
            machine().judge(hello(from: Self.node, process: 31), cluster: Self.cluster) == .answered(.sameIdentity))
    }

    @Test func aNodeThatIsRememberedForMoreThanItHoldsStops() {
        let machine = machine()
        let further = life(boot: 2, process: 20, position: 101)
        #expect(
            machine.judge(hello(remembering: further), cluster: Self.cluster)
                == .refused(.ownDirectoryIsOlder(.position(found: 100, remembered: 101))))
        let later = life(boot: 4, process: 40, position: 1)
        #expect(
            machine.judge(hello(remembering: later), cluster: Self.cluster)
                == .refused(.ownDirectoryIsOlder(.boot(found: 3, remembered: 4))))
        #expect(
            machine.judge(hello(remembering: life(boot: 2, process: 20, position: 100)), cluster: Self.cluster)
                == .accepted)
        #expect(
            machine.judge(hello(remembering: life(boot: 3, process: 30, position: 170)), cluster: Self.cluster)
                == .accepted, "that is what this life has appended")
    }

    @Test func ofADamagedLogNobodyCanTellWhereItEnded() {
        let further = life(boot: 2, process: 20, position: 101)
        #expect(
            machine(isLogDamaged: true).judge(hello(remembering: further), cluster: Self.cluster) == .accepted)
    }

    @Test func aPeerThatIsBehindWhatIsRememberedIsToldSo() {
        var machine = machine()
        machine.heard(life(boot: 4, process: 40, position: 60), of: Self.peer)
        #expect(
            machine.judge(hello(boot: 3), cluster: Self.cluster)
                == .answered(.peerIsOlder(.boot(found: 3, remembered: 4))))
        #expect(machine.judge(hello(boot: 5), cluster: Self.cluster) == .accepted, "by position it judges itself")
        let told = machine.hello(to: Self.peer, cluster: Self.cluster, position: 120)
        #expect(told.remembered == life(boot: 4, process: 40, position: 60))
        #expect(told.life == life(boot: 3, process: 30, position: 120))
        machine.keep(only: [])
        #expect(machine.judge(hello(boot: 3), cluster: Self.cluster) == .accepted)
    }

    @Test func aNodeThatStopsAcceptsNobody() {
        var machine = machine()
        machine.end()
        #expect(machine.judge(hello(), cluster: Self.cluster) == .refused(.over))
    }

    @Test func newLivesGoToDiskAtOnceAndPositionsOnceAMinute() throws {
        var machine = machine()
        let nothing = machine.bytesToKeep(now: .zero + .seconds(1))
        #expect(nothing == nil, "nothing has happened")
        machine.heard(life(boot: 1, process: 9, position: 5), of: Self.peer)
        let first = machine.bytesToKeep(now: .zero + .seconds(2))
        #expect(try LifeMemory(decoding: #require(first)).life(of: Self.peer)?.position == 5)
        machine.heard(life(boot: 1, process: 9, position: 8), of: Self.peer)
        let tooEarly = machine.bytesToKeep(now: .zero + .seconds(61))
        #expect(tooEarly == nil)
        let second = machine.bytesToKeep(now: .zero + .seconds(62))
        #expect(try LifeMemory(decoding: #require(second)).life(of: Self.peer)?.position == 8)
        let last = machine.bytesToKeep(now: .zero + .seconds(63), isLast: true)
        #expect(last != nil)
    }
}
