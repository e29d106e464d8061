import RoostCore
import RoostMembership
import Testing

@Suite struct GossipDatagramTests {
    static let kinds: [GossipDatagram.Kind] = [
        .ping(sequence: 1, target: nodeID(2)), .ack(sequence: .max), .pingRequest(sequence: 0, target: nodeID(3)),
        .nack(sequence: 77), .gossip, .listRequest(sequence: 5, after: noCluster),
        .listPage(sequence: 6, next: nodeID(4)), .listPage(sequence: 7, next: nil),
    ]

    private static func datagram(_ kind: GossipDatagram.Kind, _ updates: [MemberUpdate] = sample) -> GossipDatagram {
        GossipDatagram(
            cluster: cluster, sender: nodeID(1), incarnation: Incarnation(boot: 9), process: 0xDEAD_BEEF,
            epoch: .max, epochHash: 0x0102_0304_0506_0708, kind: kind, updates: updates)
    }

    static let sample: [MemberUpdate] = [
        .alive(node(2, boot: 4), cluster: cluster, incarnation: Incarnation(boot: 4)),
        .suspect(nodeID(3), incarnation: Incarnation(rawValue: 5), accuser: nodeID(2)),
        .dead(nodeID(4), incarnation: Incarnation(rawValue: .max)), .left(nodeID(5), incarnation: Incarnation(boot: 1)),
    ]

    /// Reads bytes as the socket does, knowing that only typed errors come out.
    private func decode(_ bytes: [UInt8]) -> Result<GossipDatagram, MembershipError> {
        Result { () throws(MembershipError) in try GossipDatagram(decoding: bytes) }
    }

    @Test(arguments: kinds)
    func `what is written is read`(kind: GossipDatagram.Kind) {
        for updates in [[], GossipDatagramTests.sample] {
            let datagram = GossipDatagramTests.datagram(kind, updates)
            #expect(decode(datagram.encode()) == .success(datagram))
        }
    }

    /// The bytes are a promise to nodes of other builds.
    @Test func `the format does not change by accident`() {
        let bytes = GossipDatagramTests.datagram(.ping(sequence: 1, target: nodeID(2))).encode()
        #expect(bytes.count == 267)
        #expect(CRC32C.checksum(bytes.dropLast(4)) == 3_336_532_814)
    }

    @Test(arguments: kinds)
    func `every truncation is refused`(kind: GossipDatagram.Kind) {
        let bytes = GossipDatagramTests.datagram(kind).encode()
        for count in 0..<bytes.count {
            if case .success = decode(Array(bytes[..<count])) { Issue.record("\(count) of \(bytes.count) bytes") }
        }
    }

    @Test(arguments: kinds)
    func `every flipped bit is refused`(kind: GossipDatagram.Kind) {
        let bytes = GossipDatagramTests.datagram(kind).encode()
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            if case .success = decode(flipped) { Issue.record("bit \(bit)") }
        }
    }

    @Test func `each refusal has its reason`() {
        let bytes = GossipDatagramTests.datagram(.gossip).encode()
        #expect(decode([]) == .failure(.notGossip))
        #expect(decode(Array("GET / HTTP/1.1\r\n\r\n".utf8)) == .failure(.notGossip))
        #expect(decode(Array(repeating: 0, count: 1401)) == .failure(.tooLong(bytes: 1401, limit: 1400)))
        var newer = bytes
        newer[4] = 2
        #expect(decode(newer) == .failure(.otherVersion(2)))
        var damaged = bytes
        damaged[20] ^= 1
        #expect(decode(damaged) == .failure(.badChecksum))
        #expect(decode(sealed(bytes.dropLast(4) + [0])) == .failure(.malformed(.trailingBytes(1))))
        #expect(decode(sealed(bytes.dropLast(5))) == .failure(.malformed(.truncated(needed: 8, left: 7))))
    }

    /// Gives changed bytes a checksum that holds, so that the fields behind it are reached.
    private func sealed(_ body: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.writeRaw(body)
        writer.writeFixed(CRC32C.checksum(body))
        return writer.bytes
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `hostile bytes are refused or are a datagram that can be written`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var accepted = 0
        for round in 0..<400 {
            let kind = GossipDatagramTests.kinds[random.below(GossipDatagramTests.kinds.count)]
            var bytes = Array(GossipDatagramTests.datagram(kind).encode().dropLast(4))
            switch round % 4 {
            case 0:
                bytes = Array("RSTG\u{1}".utf8) + (0..<random.below(1390)).map { _ in UInt8(random.below(256)) }
            case 1: bytes.removeLast(random.below(bytes.count - 5))
            default:
                for _ in 0...random.below(3) { bytes[5 + random.below(bytes.count - 5)] = UInt8(random.below(256)) }
            }
            guard case .success(let datagram) = decode(sealed(bytes)) else { continue }
            accepted += 1
            #expect(decode(datagram.encode()) == .success(datagram))
        }
        #expect(accepted > 0, "nothing got as far as the fields")
    }

    @Test func `nobody without a name takes part`() {
        var nameless = GossipDatagramTests.datagram(.gossip)
        nameless.sender = noCluster
        #expect(decode(nameless.encode()) == .failure(.malformed(.invalidValue(field: "sender"))))
        var shouting = node(2)
        shouting.name = "NODE 2"
        let update = MemberUpdate.alive(shouting, cluster: cluster, incarnation: Incarnation(boot: 1))
        #expect(
            decode(GossipDatagramTests.datagram(.gossip, [update]).encode())
                == .failure(.malformed(.invalidValue(field: "user name"))))
    }

    /// The longest names and addresses there can be.
    private func longest(_ number: Int) -> MemberDescription {
        let text = String(repeating: "x", count: MemberDescription.textBytesMax)
        return MemberDescription(
            id: nodeID(number), name: String(repeating: "n", count: 64), zone: text, address: text,
            clientAddress: text, boot: 1)
    }

    @Test(arguments: [false, true])
    func `no datagram of a node that knows a thousand is too long`(withLongestNames: Bool) throws {
        var actions: [MembershipAction] = []
        let own = withLongestNames ? longest(1) : node(1)
        var machine = MembershipMachine(local: own, seeds: [address(2)], random: SeededRandom(seed: 3))
        machine.adoptRing(cluster: cluster, epoch: .max, hash: Array(repeating: 255, count: 32), members: [])
        machine.start(now: .zero, into: &actions)
        let listRequest = GossipDatagram.Kind.listRequest(sequence: 1, after: noCluster)
        for number in 2...Limits.membersMax {
            let news = MemberUpdate.alive(
                withLongestNames ? longest(number) : node(number), cluster: cluster, incarnation: Incarnation(boot: 1))
            var datagram = GossipDatagramTests.datagram(number % 10 == 0 ? listRequest : .gossip, [news])
            datagram.sender = nodeID(number)
            datagram.incarnation = Incarnation(boot: 1)
            datagram.epochHash = .max
            if number % 3 == 0 {
                datagram.updates.append(
                    .suspect(nodeID(number), incarnation: Incarnation(boot: 1), accuser: nodeID(2)))
            }
            machine.received(datagram, from: address(number), now: .zero, into: &actions)
        }
        #expect(machine.members.count == Limits.membersMax)
        for _ in 0..<200 { machine.timerFired(now: machine.nextDeadline, into: &actions) }
        machine.leave(now: machine.nextDeadline, into: &actions)
        var longestSent = 0
        var sent = 0
        for case .send(let datagram, _) in actions {
            longestSent = max(longestSent, datagram.encode().count)
            sent += 1
        }
        #expect(sent > 300)
        #expect((1100...Limits.gossipDatagramBytesMax).contains(longestSent), "\(longestSent)")
    }
}
