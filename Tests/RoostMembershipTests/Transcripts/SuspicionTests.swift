import RoostCore
import RoostMembership
import Testing

@Suite struct SuspicionTests {
    private func suspect(_ number: Int, by accuser: Int, counter: UInt64 = 0) -> MemberUpdate {
        .suspect(
            nodeID(number), incarnation: Incarnation(rawValue: 1 << 32 + counter), accuser: nodeID(accuser))
    }

    @Test func `a suspect that refutes is alive`() {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 3, .gossip, [suspect(2, by: 3)])
        #expect(transcript.said == [.memberChanged(nodeID(2), .suspect)])
        transcript.hear(from: 3, .gossip, [transcript.alive(2)])
        #expect(transcript.status(of: 2) == .suspect, "the same incarnation refutes nothing")
        transcript.hear(from: 2, .gossip, [transcript.alive(2, counter: 1)])
        #expect(transcript.said == [.memberChanged(nodeID(2), .alive)])
        transcript.hear(from: 3, .gossip, [suspect(2, by: 3)])
        #expect(transcript.said.isEmpty, "the accusation is older than the refutation")
    }

    @Test func `a suspect is told at once`() throws {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 3, .gossip, [suspect(2, by: 3)])
        transcript.hear(from: 2, .ping(sequence: 1, target: nodeID(1)))
        let (ack, _) = try #require(transcript.sent.first)
        #expect(ack.updates.first == suspect(2, by: 3))
        // Also when the rumour has long been told often enough.
        transcript.pass(.seconds(2))
        transcript.hear(from: 2, .ping(sequence: 2, target: nodeID(1)))
        #expect(transcript.sent.first?.0.updates.first == suspect(2, by: 3))
    }

    @Test func `a suspect that stays silent is dead after the shortest suspicion when nobody else could confirm`() {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 3, .gossip, [suspect(2, by: 3)])
        transcript.pass(.milliseconds(3999))
        #expect(transcript.status(of: 2) == .suspect)
        transcript.pass(.milliseconds(1))
        #expect(transcript.said.contains(.memberChanged(nodeID(2), .dead)))
    }

    /// Lifeguard, section IV-B, with K = 2, Min = 4 s and Max = 24 s: 24, 24 − 20 · log 2 / log 3 = 11.4, and 4.
    @Test(arguments: [([3], 24000), ([3, 4], 11382), ([3, 4, 5], 4000), ([3, 3, 3], 24000), ([3, 4, 5, 6], 4000)])
    func `independent accusers shorten a suspicion`(accusers: [Int], milliseconds: Int) throws {
        var transcript = Transcript(knowing: [2, 3, 4, 5, 6])
        let begun = transcript.now
        for accuser in accusers { transcript.hear(from: accuser, .gossip, [suspect(2, by: accuser)]) }
        var died: Instant?
        while died == nil, transcript.now < .zero + .seconds(60) {
            _ = try transcript.pass { _ in true }
            for (datagram, place) in transcript.sent {
                let number = try #require((2...6).first { address($0) == place })
                guard case .ping(let sequence, _) = datagram.kind else { continue }
                transcript.hear(from: number, .ack(sequence: sequence))
            }
            if transcript.status(of: 2) == .dead { died = transcript.now }
        }
        let lasted = try #require(died).since(begun).nanoseconds / 1_000_000
        #expect(abs(Int(lasted) - milliseconds) <= 20, "\(lasted) ms")
    }

    @Test func `a new accuser is told on`() throws {
        var transcript = Transcript(knowing: [2, 3, 4, 5, 6])
        transcript.hear(from: 3, .gossip, [suspect(2, by: 3)])
        transcript.pass(.seconds(3))
        transcript.hear(from: 4, .gossip, [suspect(2, by: 4)])
        let told = try transcript.pass { $0.kind == .gossip }
        #expect(told.0.updates.contains(suspect(2, by: 4)))
    }

    @Test func `an accused node raises its incarnation and says so at once`() throws {
        var transcript = Transcript(knowing: [2, 3])
        transcript.pass(.seconds(2))
        transcript.hear(from: 2, .ping(sequence: 5, target: nodeID(1)), [suspect(1, by: 2)])
        let (ack, _) = try #require(transcript.sent.first)
        #expect(ack.updates.first == transcript.alive(1, counter: 1))
        #expect(ack.incarnation == Incarnation(rawValue: 1 << 32 + 1))
        let doubt = transcript.machine.healthScore
        transcript.hear(from: 3, .gossip, [suspect(1, by: 3)])
        #expect(transcript.machine.healthScore == doubt, "refuted already")
        #expect(transcript.machine.members.first?.incarnation == Incarnation(rawValue: 1 << 32 + 1))
    }

    @Test func `a node held dead that lives says so`() throws {
        var transcript = Transcript(knowing: [2])
        transcript.hear(
            from: 2, .ping(sequence: 5, target: nodeID(1)), [.dead(nodeID(1), incarnation: Incarnation(boot: 1))])
        #expect(transcript.sent.first?.0.updates.first == transcript.alive(1, counter: 1))
    }

    @Test func `the dead come back by a newer incarnation only`() {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 3, .gossip, [.dead(nodeID(2), incarnation: Incarnation(boot: 1))])
        #expect(transcript.said == [.memberChanged(nodeID(2), .dead)])
        transcript.hear(from: 3, .gossip, [transcript.alive(2), suspect(2, by: 3), suspect(2, by: 3, counter: 1)])
        #expect(transcript.status(of: 2) == .dead)
        transcript.hear(from: 2, .gossip, [transcript.alive(2, counter: 1)])
        #expect(transcript.said == [.memberChanged(nodeID(2), .alive)])
    }

    @Test func `a forged incarnation at the end of a life changes nothing`() {
        var transcript = Transcript(knowing: [2])
        let last = Incarnation(rawValue: 1 << 32 | 0xFFFF_FFFF)
        transcript.hear(from: 2, .gossip, [.suspect(nodeID(1), incarnation: last, accuser: nodeID(2))])
        #expect(transcript.said == [.dropped(.implausibleIncarnation)])
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 1))
    }

    @Test func `the dead that no ring names are forgotten, and those of the ring are not`() {
        var transcript = Transcript(knowing: [2, 3])
        transcript.machine.adoptRing(
            cluster: cluster, epoch: 1, hash: Array(repeating: 7, count: 32), members: [node(2)])
        let deaths: [MemberUpdate] = [2, 3].map { .dead(nodeID($0), incarnation: Incarnation(boot: 1)) }
        transcript.hear(from: 3, .gossip, deaths)
        transcript.pass(.seconds(59))
        #expect(transcript.status(of: 3) == .dead)
        transcript.pass(.seconds(10))
        #expect(transcript.status(of: 2) == .dead)
        #expect(transcript.status(of: 3) == nil)
    }

    @Test func `the dead of the ring are sought, and told what is held against them`() throws {
        var transcript = Transcript(knowing: [2, 3])
        transcript.machine.adoptRing(
            cluster: cluster, epoch: 1, hash: Array(repeating: 7, count: 32), members: [node(2)])
        let death = MemberUpdate.dead(nodeID(2), incarnation: Incarnation(boot: 1))
        transcript.hear(from: 3, .gossip, [death])
        let sought = transcript.pass(.seconds(25), answering: 3).filter { $0.to == address(2) }
        #expect(transcript.status(of: 3) == .alive)
        #expect(!sought.isEmpty)
        #expect(sought.allSatisfy { if case .listRequest = $0.0.kind { true } else { false } })
        #expect(sought.first?.0.updates.first == death)
    }

    // MARK: Goodbyes

    @Test func `a goodbye is no death`() {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 2, .gossip, [.left(nodeID(2), incarnation: Incarnation(boot: 1))])
        #expect(transcript.said == [.memberChanged(nodeID(2), .left)])
        transcript.hear(from: 3, .gossip, [.dead(nodeID(2), incarnation: Incarnation(boot: 1)), suspect(2, by: 3)])
        #expect(transcript.said.isEmpty)
        transcript.hear(from: 2, .gossip, [transcript.alive(2, boot: 2)], boot: 2)
        #expect(
            transcript.said == [.memberRestarted(node(2, boot: 2)), .memberChanged(nodeID(2), .alive)])
    }

    @Test func `a node that leaves tells the others at once, answers still, and refutes no more`() {
        var transcript = Transcript(knowing: [2, 3])
        var actions: [MembershipAction] = []
        transcript.machine.leave(now: transcript.now, into: &actions)
        let goodbye = MemberUpdate.left(nodeID(1), incarnation: Incarnation(boot: 1))
        let told = actions.compactMap { action -> String? in
            guard case .send(let datagram, let place) = action, datagram.updates.contains(goodbye) else { return nil }
            return place
        }
        #expect(told.sorted() == [address(2), address(3)])
        transcript.hear(from: 2, .ping(sequence: 5, target: nodeID(1)), [suspect(1, by: 2)])
        #expect(transcript.sent.first?.0.kind == .ack(sequence: 5))
        #expect(transcript.machine.members.first?.incarnation == Incarnation(boot: 1))
        transcript.hear(from: 2, .gossip, [suspect(3, by: 2)])
        transcript.pass(.seconds(30))
        #expect(transcript.sent.allSatisfy { $0.0.kind == .gossip })
        #expect(transcript.said == [.memberChanged(nodeID(3), .dead)])
        #expect(transcript.machine.nextDeadline == .distantFuture)
    }
}
