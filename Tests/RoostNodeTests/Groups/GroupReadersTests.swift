import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// How far the members of a group are, as its owners say.
@Suite("Readers of a group")
struct GroupReadersTests {
    private var town: Town
    private let group = Address(group: 7)
    private let alice: UserName
    private let bob: UserName
    private let carol: UserName

    init() throws {
        town = try Town(nodes: 3)
        alice = try town.settle("alice", devices: [1])
        bob = try town.settle("bob", devices: [2])
        carol = try town.settle("carol", devices: [3])
        let list = Group.made(
            by: Address(alice), name: "hens", with: [Address(bob), Address(carol)], id: 1, atMilliseconds: 1)
        _ = town.ask(.change(group, .group(.create(try list.get()))))
        town.wait(milliseconds: 3000)
    }

    private mutating func readers(at index: Int = 0) -> [String] {
        guard case .readers(let readers) = town.ask(.readers(group), at: index) else { return ["?"] }
        return readers.map { "\($0.user) \($0.since) \($0.progress.deliveredUpTo) \($0.progress.readUpTo)" }.sorted()
    }

    /// Takes what has come from the group, and perhaps reads it.
    private mutating func take(_ client: Town.Client, upTo number: StreamNumber, isReading: Bool = false) {
        let key = StreamKey.ofGroup(group, since: 1)
        town.say(.ack(key, upTo: number), client)
        if isReading { town.say(.read(from: group.text, key, upTo: number), client) }
    }

    @Test("Each member that has said something is told of, by every owner, once")
    mutating func told() {
        let (one, two) = (town.connect(bob, 2), town.connect(carol, 3, at: 1))
        town.send(1, to: group.text, from: town.connect(alice, 1, at: 2))
        town.wait(milliseconds: 3000)
        #expect(readers().isEmpty)
        take(one, upTo: 2, isReading: true)
        take(two, upTo: 1)
        for index in 0..<3 { #expect(readers(at: index) == ["bob 1 2 2", "carol 1 1 0"]) }
    }

    @Test("What one owner has missed the others tell", arguments: 0..<3)
    mutating func missed(cut: Int) {
        let reader = town.connect(bob, 2, at: (cut + 1) % 3)
        take(reader, upTo: 1)
        town.setCut(true, cut)
        town.say(.read(from: group.text, .ofGroup(group, since: 1), upTo: 1), reader)
        town.setCut(false, cut)
        for index in 0..<3 { #expect(readers(at: index) == ["bob 1 1 1"]) }
    }

    @Test("Who is put out is not told of")
    mutating func gone() {
        let (one, two) = (town.connect(bob, 2), town.connect(carol, 3, at: 1))
        take(one, upTo: 1)
        take(two, upTo: 1)
        #expect(readers() == ["bob 1 1 0", "carol 1 1 0"])
        _ = town.ask(
            .change(group, .group(.edit(.remove([Address(carol)]), by: Address(alice), id: 2, atMilliseconds: 2))))
        town.wait(milliseconds: 3000)
        #expect(readers() == ["bob 1 1 0"])
    }

    @Test("An owner tells of those who are in the group now, and nothing of what devices know")
    func answer() throws {
        let node = UniqueID(high: 1, low: 1)
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "c:1")
        let ring = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [member]))
        let slot = ring.slot(of: group)
        var list = try Group.made(
            by: Address(alice), name: "hens", with: [Address(bob), Address(carol)], id: 1, atMilliseconds: 1
        ).get()
        // Not in order yet: the list still says who she was.
        try list.make(.remove([Address(carol)]), by: Address(alice), id: 2, atMilliseconds: 2)
        let ballot = Ballot(round: 1, proposer: node)
        let progress = ReceiptProgress(
            deliveredUpTo: 4, readUpTo: 2, deliveredAtMilliseconds: 17, readAtMilliseconds: 19,
            known: [.init(device: 5, deliveredUpTo: 1, readUpTo: 1)])
        let records: [ReplicaRecord] =
            [.register(key: group, RegisterState(promised: ballot, accepted: ballot, value: list.encode()))]
            + [bob, carol].map {
                .receipt(.init(user: group, key: .ofGroup(group, since: 1), reader: Address($0), progress))
            }
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        for (place, record) in records.enumerated() {
            let logged = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 0,
                at: LogLocation(segment: 1, blockOffset: 0, index: UInt32(place)))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        let now = Instant(nanoseconds: 1_000_000_000)
        shard.ringAdopted(ring, now: now, into: &actions)
        actions = []
        let question = ReplicaRequest(
            slot: slot, version: ring.version(of: slot), kind: .askReaders(token: 5, group: group))
        shard.peerSent(.request(question), from: node, now: now, into: &actions)
        let told = GroupReader(user: Address(bob), since: 1, progress: progress.known(toNoneBut: []))
        #expect(
            actions.filter { if case .send = $0 { true } else { false } }
                == [.send(node, .reply(GatewayReply(token: 5, kind: .readers([told]))))])
    }
}
