import RoostCore
import RoostMembership
import Testing

@Suite struct ProbeTests {
    @Test func `a ping is acknowledged to where it came from`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .ping(sequence: 9, target: nodeID(1)), at: "10.0.0.2:7401")
        #expect(transcript.sent.map(\.0.kind) == [.ack(sequence: 9)])
        #expect(transcript.sent.map(\.to) == ["10.0.0.2:7401"])
    }

    @Test func `a ping for the node that had this address before is not answered`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .ping(sequence: 9, target: nodeID(8)))
        #expect(transcript.sent.isEmpty)
        #expect(transcript.said == [.dropped(.notForThisNode(nodeID(8)))])
    }

    @Test func `a member that answers stays alive`() throws {
        var transcript = Transcript(knowing: [2, 3])
        for _ in 0..<20 {
            let ping = try transcript.passUntilPing()
            transcript.hear(from: ping.target == nodeID(2) ? 2 : 3, .ack(sequence: ping.sequence))
            #expect(transcript.said.isEmpty)
        }
        #expect(transcript.machine.members.map(\.status) == [.alive, .alive, .alive])
        #expect(transcript.machine.healthScore == 0)
    }

    @Test func `every member is pinged once a pass`() throws {
        var transcript = Transcript(knowing: Array(2...9))
        var targets: [NodeID] = []
        while targets.count < 24 {
            let ping = try transcript.passUntilPing()
            targets.append(ping.target)
            transcript.hear(from: Int(ping.target.low), .ack(sequence: ping.sequence))
        }
        for pass in 0..<3 {
            let targetsOfPass = targets[(pass * 8)..<(pass * 8 + 8)]
            #expect(targetsOfPass.sorted() == (2...9).map(nodeID))
        }
        #expect(targets[..<8] != targets[8..<16] && targets[8..<16] != targets[16...], "in an order of its own")
    }

    @Test func `a silent member is pinged by others, and a nack tells that they are well`() throws {
        var transcript = Transcript(knowing: [2, 3, 4, 5, 6])
        let ping = try transcript.passUntilPing()
        transcript.pass(.milliseconds(499))
        #expect(transcript.sent.allSatisfy { $0.0.kind == .gossip })
        transcript.pass(.milliseconds(1))
        let requests = transcript.sent.filter {
            $0.0.kind == .pingRequest(sequence: ping.sequence, target: ping.target)
        }
        #expect(requests.count == 3)
        #expect(!requests.contains { $0.to == ping.to })
        for request in requests {
            let relay = try #require((2...6).first { address($0) == request.to })
            transcript.hear(from: relay, .nack(sequence: ping.sequence))
            #expect(transcript.said.isEmpty)
        }
        transcript.pass(.milliseconds(500))
        #expect(transcript.said == [.memberChanged(ping.target, .suspect)])
        #expect(transcript.machine.healthScore == 0)
    }

    @Test func `an ack by way of another settles the probe`() throws {
        var transcript = Transcript(knowing: [2, 3, 4])
        let ping = try transcript.passUntilPing()
        transcript.pass(.milliseconds(500))
        let relay = try #require((2...4).first { nodeID($0) != ping.target })
        transcript.hear(from: relay, .ack(sequence: ping.sequence))
        #expect(transcript.said.isEmpty)
        transcript.pass(.milliseconds(500))
        #expect(!transcript.said.contains(.memberChanged(ping.target, .suspect)))
    }

    @Test func `an ack by somebody who was not asked settles nothing`() throws {
        var transcript = Transcript(knowing: [2, 3])
        let ping = try transcript.passUntilPing()
        let stranger = ping.target == nodeID(2) ? 3 : 2
        transcript.hear(from: stranger, .ack(sequence: ping.sequence))
        #expect(transcript.said == [.dropped(.unexpectedAnswer(nodeID(stranger)))])
        transcript.hear(from: Int(ping.target.low), .ack(sequence: ping.sequence &+ 1))
        #expect(transcript.said == [.dropped(.unexpectedAnswer(ping.target))])
    }

    @Test func `nacks that do not come make the node doubt itself and slow down`() throws {
        var transcript = Transcript(knowing: [2, 3, 4, 5])
        _ = try transcript.passUntilPing()
        let begun = transcript.now
        _ = try transcript.passUntilPing()
        #expect(transcript.now.since(begun) == .seconds(1))
        #expect(transcript.machine.healthScore == 3)
        let slowed = transcript.now
        let ping = try transcript.passUntilPing()
        #expect(transcript.now.since(slowed) == .seconds(4))
        transcript.hear(from: Int(ping.target.low), .ack(sequence: ping.sequence))
        #expect(transcript.machine.healthScore < 7)
    }

    @Test func `health has a worst`() {
        var transcript = Transcript(knowing: [2, 3, 4, 5, 6, 7, 8])
        transcript.pass(.seconds(60))
        #expect(transcript.machine.healthScore <= 7)
    }

    // MARK: For others

    @Test func `a node pings for another and passes the ack on`() throws {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 2, .pingRequest(sequence: 70, target: nodeID(3)))
        let (ping, place) = try #require(transcript.sent.first)
        guard case .ping(let sequence, nodeID(3)) = ping.kind else { throw Unexpected.kind(ping.kind) }
        #expect(place == address(3))
        transcript.hear(from: 3, .ack(sequence: sequence))
        #expect(transcript.sent.map(\.0.kind) == [.ack(sequence: 70)])
        #expect(transcript.sent.map(\.to) == [address(2)])
    }

    @Test func `a node that pings for another says when nothing comes back, and still passes a late ack on`() throws {
        var transcript = Transcript(knowing: [2, 3])
        transcript.hear(from: 2, .pingRequest(sequence: 70, target: nodeID(3)))
        guard case .ping(let sequence, _) = try #require(transcript.sent.first).0.kind else { return }
        transcript.pass(.milliseconds(400))
        #expect(transcript.sent.filter { $0.0.kind == .nack(sequence: 70) }.map(\.to) == [address(2)])
        transcript.pass(.milliseconds(300))
        #expect(!transcript.sent.contains { $0.0.kind == .nack(sequence: 70) })
        transcript.hear(from: 3, .ack(sequence: sequence))
        #expect(transcript.sent.map(\.0.kind) == [.ack(sequence: 70)])
    }

    @Test func `a node writes to no stranger for another`() {
        var transcript = Transcript(knowing: [2])
        transcript.hear(from: 2, .pingRequest(sequence: 70, target: nodeID(9)))
        #expect(transcript.sent.map(\.0.kind) == [.nack(sequence: 70)])
    }

    @Test func `pings for others are limited`() {
        var transcript = Transcript(knowing: [2, 3])
        for sequence in 0..<UInt32(Limits.relayedProbesMax) {
            transcript.hear(from: 2, .pingRequest(sequence: sequence, target: nodeID(3)))
        }
        #expect(transcript.said.isEmpty)
        transcript.hear(from: 2, .pingRequest(sequence: 9999, target: nodeID(3)))
        #expect(transcript.said == [.dropped(.tooManyRelays)])
        transcript.pass(.seconds(1))
        transcript.hear(from: 2, .pingRequest(sequence: 9999, target: nodeID(3)))
        #expect(transcript.said.isEmpty)
    }

    @Test func `a node that stood still accuses nobody of it`() throws {
        var transcript = Transcript(knowing: [2, 3, 4])
        let ping = try transcript.passUntilPing()
        let suspect = try #require((2...4).first { nodeID($0) != ping.target })
        transcript.hear(
            from: 4, .gossip, [.suspect(nodeID(suspect), incarnation: Incarnation(boot: 1), accuser: nodeID(4))])
        #expect(transcript.said == [.memberChanged(nodeID(suspect), .suspect)])
        transcript.now = transcript.now + .seconds(600)
        var actions: [MembershipAction] = []
        transcript.machine.timerFired(now: transcript.now, into: &actions)
        let said = actions.filter { if case .send = $0 { false } else { true } }
        #expect(said.isEmpty)
        #expect(transcript.machine.healthScore == 1)
    }
}
