import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import Testing

/// Somebody who was put out of a group sends through a gateway that does not know it.
@Suite("Expelled sender")
struct ExpelledSenderTests {
    private let node = UniqueID(high: 1, low: 1)
    private let peer = UniqueID(high: 2, low: 2)
    private let now = Instant(nanoseconds: 1_000_000_000)
    private let group = Address(group: 7)
    private let key = StreamKey(device: 5, stream: 1)

    private func user(_ name: String) throws -> Address { try #require(Address(name)) }

    /// What an owner answers that has this list, holds the first message of Bob's, and knows it as finished or not.
    private func answer(isExpelled: Bool, isFinished: Bool) throws -> [ShardAction] {
        let (ada, bob) = (try user("ada"), try user("bob"))
        var list = try Group.made(by: ada, name: "hens", with: [bob], id: 1, atMilliseconds: 1).get()
        if isExpelled { try list.make(.remove([bob]), by: ada, id: 2, atMilliseconds: 2) }
        let slot = SlotCount.standard.slot(of: group.text)
        let ballot = Ballot(round: 1, proposer: node)
        let head = ReplicaRecord.MessageHead(
            recipient: group, sender: bob, key: key, number: 1, bodyHash: 9, sentAtMilliseconds: 1)
        var records: [ReplicaRecord] = [
            .register(key: group, RegisterState(promised: ballot, accepted: ballot, value: list.encode())),
            .message(head),
        ]
        if isFinished { records.append(.watermark(.init(user: group, device: 7, key: key, sender: bob, upTo: 1))) }
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        for (place, record) in records.enumerated() {
            let logged = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 1,
                at: LogLocation(segment: 1, blockOffset: 64, index: UInt32(place)))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let record = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [member])
        shard.ringAdopted(RingTable(record), now: now, into: &actions)
        actions = []
        var batch = ReplicaRequest.Replicate(
            token: 77, recipient: group, sender: bob, key: key,
            messages: [.init(number: 1, bodyHash: 9, sentAtMilliseconds: 1, isRetry: true, body: [1])])
        batch.listVersion = 1
        shard.peerSent(
            .request(ReplicaRequest(slot: slot, version: 1, kind: .replicate(batch))), from: peer, now: now,
            into: &actions)
        return actions.filter { if case .send(peer, _) = $0 { true } else { false } }
    }

    @Test("What is held of a member is confirmed")
    func member() throws {
        #expect(
            try answer(isExpelled: false, isFinished: false) == [
                .send(peer, .reply(.init(token: 77, kind: .replicated)))
            ])
    }

    @Test(
        "What is held of somebody who is out is not: a copy brought it, and a majority of one that knows would come of it"
    )
    func expelled() throws {
        #expect(
            try answer(isExpelled: true, isFinished: false)
                == [.send(peer, .reply(.init(token: 77, kind: .refused(.notAMember, at: 1))))])
    }

    @Test("What is in order of somebody who is out is confirmed")
    func finished() throws {
        let answers = try answer(isExpelled: true, isFinished: true)
        #expect(
            !answers.contains {
                if case .send(_, .reply(let reply)) = $0 { "\(reply.kind)".hasPrefix("refused") } else { false }
            })
    }
}
