import RoostCore
import RoostMembership
import Testing

@Suite struct IdentityTests {
    @Test func `a restart is a new life at once, wherever it is lived`() {
        var transcript = Transcript(knowing: [2, 3])
        let moved = node(2, boot: 2, at: "elsewhere:7401")
        let news = MemberUpdate.alive(moved, cluster: noCluster, incarnation: Incarnation(boot: 2))
        transcript.hear(from: 2, .gossip, [news], boot: 2, process: 99)
        #expect(transcript.said == [.memberRestarted(moved)])
        transcript.hear(from: 3, .gossip, [.dead(nodeID(2), incarnation: Incarnation(boot: 1))])
        #expect(transcript.said.isEmpty, "that was the earlier life")
        #expect(transcript.machine.members[1].description == moved)
    }

    @Test func `what an earlier life sends is dropped`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .gossip, [transcript.alive(2, boot: 3)], boot: 3)
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)), boot: 2)
        #expect(transcript.said == [.dropped(.staleLife(nodeID(2)))])
        #expect(transcript.sent.map(\.0.kind) == [.gossip], "and told which life it is in now")
    }

    @Test func `a copied data directory is seen by the node itself`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 1, .ping(sequence: 1, target: nodeID(1)), process: 12345, at: "copy:7401")
        #expect(transcript.actions == [.identityConflict(address: "copy:7401")])
        transcript.hear(from: 1, .ping(sequence: 2, target: nodeID(1)), process: 12345, at: "copy:7401")
        #expect(transcript.actions.isEmpty, "said once")
        transcript.now = transcript.now + .seconds(10)
        transcript.hear(from: 1, .ping(sequence: 3, target: nodeID(1)), process: 12345, at: "copy:7401")
        #expect(transcript.actions == [.identityConflict(address: "copy:7401")], "and again after a while")
    }

    @Test func `a copied data directory is seen by a third node, which tells the copy`() throws {
        var transcript = Transcript(knowing: [2])
        let copy = MemberUpdate.alive(
            node(2, at: "copy:7401"), cluster: noCluster, incarnation: Incarnation(boot: 1))
        transcript.hear(
            from: 2, .listRequest(sequence: 1, after: noCluster), [copy], process: 12345, at: "copy:7401")
        #expect(transcript.said == [.dropped(.identityInUse(nodeID(2)))])
        let (answer, place) = try #require(transcript.sent.first)
        #expect(place == "copy:7401")
        #expect(answer.updates.contains(transcript.alive(2)))
        #expect(transcript.machine.members[1].description == node(2))
    }

    @Test func `when the first process is gone, another of the same boot is heard`() throws {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)), process: 12345, at: "copy:7401")
        #expect(transcript.said == [.dropped(.identityInUse(nodeID(2)))])
        transcript.hear(from: 3, .gossip, [.dead(nodeID(2), incarnation: Incarnation(boot: 1))])
        let copy = MemberUpdate.alive(
            node(2, at: "copy:7401"), cluster: noCluster, incarnation: try #require(Incarnation(boot: 1).next))
        transcript.hear(from: 2, .ping(sequence: 2, target: nodeID(1)), [copy], process: 12345, at: "copy:7401")
        #expect(transcript.said == [.memberChanged(nodeID(2), .alive)])
        transcript.hear(from: 2, .ping(sequence: 3, target: nodeID(1)))
        #expect(transcript.said == [.dropped(.identityInUse(nodeID(2)))], "and the first is a stranger now")
    }

    @Test func `who speaks from the address of another process has taken its place`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)))
        transcript.hear(from: 2, .ping(sequence: 2, target: nodeID(1)), process: 12345)
        #expect(transcript.said.isEmpty, "one address, one process")
        transcript.hear(from: 2, .ping(sequence: 3, target: nodeID(1)), at: "copy:7401")
        #expect(transcript.said == [.dropped(.identityInUse(nodeID(2)))])
    }

    @Test func `one that others say is back may be another process of the same boot`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 3, .gossip, [.dead(nodeID(2), incarnation: Incarnation(boot: 1))])
        transcript.hear(from: 3, .gossip, [transcript.alive(2, counter: 1)])
        #expect(transcript.said == [.memberChanged(nodeID(2), .alive)])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)), process: 12345, at: "translated:7401")
        #expect(transcript.said.isEmpty, "an older state of its directory had been there, and died")
    }

    @Test func `one that others say has restarted is another process`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)))
        transcript.hear(from: 3, .gossip, [transcript.alive(2, boot: 2)])
        #expect(transcript.said == [.memberRestarted(node(2, boot: 2))])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)), boot: 2, process: 12345, at: "translated:7401")
        #expect(transcript.said.isEmpty)
    }

    @Test func `news of this node at another address is a conflict`() {
        var transcript = Transcript(knowing: [2])
        let other = MemberUpdate.alive(
            node(1, at: "copy:7401"), cluster: noCluster, incarnation: Incarnation(boot: 1))
        transcript.hear(from: 2, .gossip, [other])
        #expect(transcript.said == [.identityConflict(address: "copy:7401")])
    }

    @Test func `news of a later life of this node is a conflict: an old data directory was brought back`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .gossip, [.suspect(nodeID(1), incarnation: Incarnation(boot: 2), accuser: nodeID(2))])
        #expect(transcript.said == [.identityConflict(address: address(2))])
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 1))
    }

    @Test func `who may stay outbids what a copy has said in its name`() throws {
        var transcript = Transcript(knowing: [2])
        let claim = MemberUpdate.alive(
            node(1, boot: 4, at: "copy:7401"), cluster: noCluster, incarnation: Incarnation(boot: 4))
        transcript.hear(from: 2, .gossip, [claim])
        transcript.uphold()
        #expect(transcript.said.isEmpty)
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 5))
        let told = try transcript.pass { !$0.updates.isEmpty }.0
        #expect(told.incarnation == Incarnation(boot: 5))
        #expect(
            told.updates.contains(.alive(node(1, boot: 5), cluster: noCluster, incarnation: Incarnation(boot: 5))))
        transcript.uphold()
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 5), "once")
    }

    @Test func `a copy that was opened less often has said nothing that is believed`() {
        var transcript = Transcript(boot: 3)
        transcript.hear(
            from: 1, .ping(sequence: 1, target: nodeID(1)), boot: 2, process: 12345, at: "copy:7401")
        #expect(transcript.said == [.identityConflict(address: "copy:7401")])
        transcript.uphold()
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 3))
    }

    @Test func `a claim above which there is no life is not outbid`() {
        var transcript = Transcript(knowing: [2])
        let last = Incarnation(boot: UInt64(UInt32.max))
        transcript.hear(from: 2, .gossip, [.suspect(nodeID(1), incarnation: last, accuser: nodeID(2))])
        transcript.uphold()
        #expect(transcript.said == [.dropped(.implausibleIncarnation)])
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 1))
    }

    @Test func `others believe in who outbids a copy, where it is`() {
        var transcript = Transcript(knowing: [2])
        let copy = node(2, boot: 2, at: "copy:7401")
        transcript.hear(
            from: 3, .gossip, [.alive(copy, cluster: noCluster, incarnation: Incarnation(boot: 2))])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)))
        #expect(transcript.said == [.dropped(.staleLife(nodeID(2)))])
        transcript.hear(from: 2, .ping(sequence: 2, target: nodeID(1)), [transcript.alive(2, boot: 3)], boot: 3)
        #expect(transcript.said == [.memberRestarted(node(2, boot: 3))])
    }

    @Test func `news of an earlier life of this node, at another address, is none`() {
        var transcript = Transcript(boot: 5)
        transcript.hear(from: 2, .gossip, [transcript.alive(2)])
        let earlier = MemberUpdate.alive(
            node(1, boot: 4, at: "before:7401"), cluster: noCluster, incarnation: Incarnation(boot: 4))
        transcript.hear(from: 2, .gossip, [earlier])
        #expect(transcript.said.isEmpty)
    }

    @Test func `before the start nothing is taken and nothing is due`() {
        var machine = MembershipMachine(local: node(1), seeds: [address(2)], random: SeededRandom(seed: 1))
        #expect(machine.nextDeadline == .distantFuture)
        var actions: [MembershipAction] = []
        let datagram = GossipDatagram(
            cluster: noCluster, sender: nodeID(2), incarnation: Incarnation(boot: 1), process: 2, epoch: 0,
            epochHash: 0, kind: .ping(sequence: 1, target: nodeID(1)), updates: [])
        machine.received(datagram, from: address(2), now: .zero, into: &actions)
        #expect(actions == [.dropped(.notStarted)])
    }
}
