import RoostCore
import RoostMembership
import Testing

@Suite struct ClusterTests {
    private let hash = Array(repeating: UInt8(7), count: 32)
    private let hash64: UInt64 = 0x0707_0707_0707_0707

    private func inCluster(_ others: [Int]) -> Transcript {
        var transcript = Transcript(knowing: others)
        transcript.machine.adoptRing(
            cluster: cluster, epoch: 3, hash: hash, members: ([1] + others).map { node($0, boot: 0) })
        return transcript
    }

    @Test func `nodes that wait for a ring see each other, by id`() {
        let transcript = Transcript(knowing: [5, 2, 3])
        #expect(transcript.machine.members.map(\.description) == [node(1), node(2), node(3), node(5)])
        #expect(transcript.machine.members.allSatisfy { $0.cluster.isZero && $0.status == .alive && !$0.isInRing })
    }

    @Test func `a datagram says which ring its sender goes by`() {
        var transcript = inCluster([2])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)))
        let datagram = transcript.sent.first?.0
        #expect(datagram?.cluster == cluster)
        #expect(datagram?.epoch == 3)
        #expect(datagram?.epochHash == hash64)
    }

    @Test func `another cluster is not listened to`() {
        var transcript = inCluster([2])
        transcript.hear(
            from: 4, .ping(sequence: 1, target: nodeID(1)), [transcript.alive(4, in: otherCluster)],
            cluster: otherCluster, epoch: 9)
        #expect(transcript.actions == [.dropped(.otherCluster(otherCluster))])
        #expect(transcript.status(of: 4) == nil)
    }

    @Test func `a waiting node passes on members of another cluster in vain`() {
        var transcript = inCluster([2])
        transcript.hear(from: 4, .gossip, [transcript.alive(4), transcript.alive(5, in: otherCluster)])
        #expect(transcript.said == [.memberJoined(node(4)), .dropped(.updateOfOtherCluster(nodeID(5)))])
    }

    @Test func `a waiting node sees a cluster and is told of its ring`() {
        var transcript = Transcript()
        transcript.hear(from: 2, .gossip, [transcript.alive(2, in: cluster)], cluster: cluster, epoch: 3, epochHash: 1)
        #expect(transcript.said == [.peerHasNewerEpoch(3, from: nodeID(2)), .memberJoined(node(2))])
        #expect(transcript.machine.members.map(\.cluster) == [noCluster, cluster])
    }

    @Test func `an older ring is no news, and a newer one is`() {
        var transcript = inCluster([2])
        transcript.hear(from: 2, .gossip, cluster: cluster, epoch: 2, epochHash: 5)
        #expect(transcript.said.isEmpty)
        transcript.hear(from: 2, .gossip, cluster: cluster, epoch: 3, epochHash: hash64)
        #expect(transcript.said.isEmpty)
        transcript.hear(from: 2, .gossip, cluster: cluster, epoch: 4, epochHash: 5)
        #expect(transcript.said == [.peerHasNewerEpoch(4, from: nodeID(2))])
    }

    @Test func `two rings of one number are told apart`() {
        var transcript = inCluster([2])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)), cluster: cluster, epoch: 3, epochHash: 5)
        #expect(transcript.actions == [.dropped(.epochForked(3, nodeID(2)))])
    }

    @Test func `who has another ring of the same number is met, and nothing else of it is believed`() {
        var transcript = inCluster([2])
        transcript.hear(
            from: 4, .gossip, [transcript.alive(4, in: cluster), transcript.alive(5, in: cluster)], cluster: cluster,
            epoch: 3, epochHash: 5)
        #expect(
            transcript.actions == [
                .dropped(.epochForked(3, nodeID(4))), .memberJoined(node(4)),
            ])
    }

    @Test func `a waiting node that names a ring names none`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .gossip, epoch: 4, epochHash: 5)
        #expect(transcript.said.isEmpty)
    }

    @Test func `who adopts a ring tells everybody`() throws {
        var transcript = Transcript(knowing: [2, 3])
        transcript.pass(.milliseconds(100))
        transcript.machine.adoptRing(
            cluster: cluster, epoch: 1, hash: hash, members: [1, 2, 3].map { node($0, boot: 0) })
        let told = try transcript.pass { $0.kind == .gossip }
        #expect(told.0.epoch == 1)
        #expect(told.0.updates.contains(transcript.alive(1, counter: 1, in: cluster)))
        #expect(transcript.machine.members.map(\.isInRing) == [true, true, true])
    }

    @Test func `who adopts a ring forgets other clusters`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 4, .gossip, [transcript.alive(4, in: otherCluster)])
        #expect(transcript.status(of: 4) == .alive)
        transcript.machine.adoptRing(cluster: cluster, epoch: 1, hash: hash, members: [node(1)])
        #expect(transcript.status(of: 4) == nil)
        #expect(transcript.status(of: 2) == .alive)
    }

    @Test func `a member known from the ring only is suspect until it is heard of`() {
        var transcript = Transcript()
        transcript.machine.adoptRing(
            cluster: cluster, epoch: 1, hash: hash, members: [1, 2, 3].map { node($0, boot: 0) })
        #expect(transcript.machine.members.map(\.status) == [.alive, .suspect, .suspect])
        transcript.pass(.milliseconds(1200))
        let asked = transcript.sent.filter { if case .listRequest = $0.0.kind { true } else { false } }
        #expect(Set(asked.map(\.to)) == [address(2), address(3)])
        transcript.hear(
            from: 2, .gossip, [transcript.alive(2, in: cluster)], cluster: cluster, epoch: 1, epochHash: hash64)
        #expect(transcript.said == [.memberChanged(nodeID(2), .alive)])
        transcript.pass(.seconds(60))
        #expect(transcript.said.contains(.memberChanged(nodeID(3), .dead)))
    }

    @Test func `members are limited`() {
        var transcript = Transcript()
        for number in 2...Limits.membersMax { transcript.hear(from: number, .gossip, [transcript.alive(number)]) }
        #expect(transcript.machine.members.count == Limits.membersMax)
        transcript.hear(from: 5000, .gossip, [transcript.alive(5000)])
        #expect(transcript.said == [.dropped(.membersFull(nodeID(5000)))])
    }
}
