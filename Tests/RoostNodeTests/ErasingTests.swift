import RoostCore
import RoostMailbox
import RoostNode
import RoostRing
import Testing

/// A conversation is erased from the mailboxes of both.
@Suite struct ErasingTests {
    private let node = UniqueID(high: 1, low: 1)
    private let alice: Address
    private let bob: Address
    private let carol: Address
    private let key = StreamKey(device: 9, stream: 1)
    private let back = StreamKey(device: 8, stream: 1)
    private let table: RingTable
    private let now = Instant(nanoseconds: 1_000_000_000)
    private var shard: ShardMachine
    private var freed = 0
    private var answers: [MailboxAnswer] = []
    private var written: [LogRecord] = []

    init() throws {
        alice = try #require(Address("alice"))
        bob = try #require(Address("bob"))
        carol = try #require(Address("carol"))
        let member = Member(id: node, name: "n1", zone: "z", address: "a1:1", clientAddress: "a:2")
        table = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 9, low: 9), members: [member]))
        shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        let records: [ReplicaRecord] =
            (1...3).map { message(from: alice, to: bob, key, $0) } + [
                message(from: bob, to: alice, back, 1),
                message(from: carol, to: bob, StreamKey(device: 7, stream: 1), 1),
                message(from: alice, to: alice, .copy(of: 9, to: bob, stream: 1), 2),
                message(from: alice, to: alice, .copy(of: 9, to: carol, stream: 1), 2),
                .receipt(
                    .init(
                        user: alice, key: key, reader: bob,
                        ReceiptProgress(
                            deliveredUpTo: 2, readUpTo: 1, deliveredAtMilliseconds: 5, readAtMilliseconds: 5))),
                .receipt(
                    .init(
                        user: alice, key: key, reader: carol,
                        ReceiptProgress(deliveredUpTo: 2, deliveredAtMilliseconds: 5))),
            ]
        for (place, record) in records.enumerated() {
            let logged = record.logRecord(slot: table.slot(of: user(of: record)))
            try shard.replay(
                slot: logged.slot, kind: logged.kind, head: logged.head, bodyBytes: 10,
                at: LogLocation(segment: 1, blockOffset: 64, index: UInt32(place)))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        shard.ringAdopted(table, now: now, into: &actions)
        carryOut(actions)
    }

    private func message(from sender: Address, to recipient: Address, _ key: StreamKey, _ number: StreamNumber)
        -> ReplicaRecord
    {
        .message(
            .init(
                recipient: recipient, sender: sender, key: key, number: number, bodyHash: number, sentAtMilliseconds: 1)
        )
    }

    private func user(of record: ReplicaRecord) -> Address {
        switch record {
        case .message(let head): head.recipient
        case .receipt(let receipt): receipt.user
        default: alice
        }
    }

    /// A node by itself: what it says it hears, what it logs is written at once.
    private mutating func carryOut(_ actions: [ShardAction]) {
        var queue = actions[...]
        while let action = queue.popFirst() {
            var more: [ShardAction] = []
            switch action {
            case .send(_, let message): shard.peerSent(message, from: node, now: now, into: &more)
            case .append(let records, _, let token):
                written += records
                let places = records.indices.map { LogLocation(segment: 2, blockOffset: 64, index: UInt32($0)) }
                shard.appended(token, locations: places, now: now, into: &more)
            case .freed(_, let bytes): freed += Int(bytes)
            case .mailboxAnswer(_, let answer): answers.append(answer)
            default: break
            }
            queue.append(contentsOf: more)
        }
    }

    private mutating func ask(_ request: MailboxRequest) -> MailboxAnswer? {
        answers = []
        var actions: [ShardAction] = []
        shard.mailboxRequested(request, token: 1, now: now, into: &actions)
        carryOut(actions)
        return answers.last
    }

    @Test mutating func `nothing is held of it, and of others everything`() {
        #expect(shard.counts.pendingMessages == 7)
        #expect(ask(.erase(user: bob, other: alice)) == .erased)
        #expect(shard.counts.pendingMessages == 2, "carol's message, and the copy of what she was sent")
        #expect(freed >= 5 * 74)
        #expect(ask(.unread(bob)) == .unread([.init(with: carol, unread: 1)]))
    }

    @Test mutating func `what is late does not come back, and what is new does come`() {
        _ = ask(.erase(user: alice, other: bob))
        func arrives(_ number: StreamNumber) -> GatewayReply.Kind? {
            let batch = ReplicaRequest.Replicate(
                token: 5, recipient: bob, sender: alice, key: key,
                messages: [.init(number: number, bodyHash: number, sentAtMilliseconds: 1, isRetry: true, body: [1])])
            let slot = table.slot(of: bob)
            var actions: [ShardAction] = []
            var copy = shard
            copy.peerSent(
                .request(ReplicaRequest(slot: slot, version: table.version(of: slot), kind: .replicate(batch))),
                from: node, now: now, into: &actions)
            return actions.contains { if case .append(let records, _, _) = $0 { !records.isEmpty } else { false } }
                ? .replicated : nil
        }
        #expect(arrives(3) == nil, "erased")
        #expect(arrives(4) == .replicated)
    }

    @Test mutating func `receipts are forgotten, also when another owner still has them`() throws {
        _ = ask(.erase(user: bob, other: alice))
        let late = ReplicaRequest.Receipt(
            user: alice, key: key, reader: bob, ReceiptProgress(deliveredUpTo: 3, deliveredAtMilliseconds: 6))
        let slot = table.slot(of: alice)
        var actions: [ShardAction] = []
        shard.peerSent(
            .request(ReplicaRequest(slot: slot, version: table.version(of: slot), kind: .receipt(late, token: 4))),
            from: node, now: now, into: &actions)
        #expect(actions.isEmpty, "it is below the erasure")
        let mark = ReplicaRecord.receipt(
            .init(user: alice, key: key, reader: bob, ReceiptProgress(erasedUpTo: 3))
        ).logRecord(slot: slot)
        #expect(written.contains(mark))
        #expect(
            shard.isLive(
                .receipt(.init(user: alice, key: key, reader: bob, .init(erasedUpTo: 3))),
                at: .init(segment: 2, blockOffset: 64, index: 0)))
    }

    @Test mutating func `it may be asked twice`() {
        #expect(ask(.erase(user: bob, other: alice)) == .erased)
        #expect(ask(.erase(user: alice, other: bob)) == .erased)
        #expect(shard.counts.pendingMessages == 2)
    }

    @Test mutating func `an owner that hears late erases no more than was asked`() {
        let slot = table.slot(of: bob)
        let erase = ReplicaRequest.Erase(
            token: 5, user: bob, other: alice, inbound: [StreamPlace(key: key, upTo: 2)], own: [])
        var actions: [ShardAction] = []
        shard.peerSent(
            .request(ReplicaRequest(slot: slot, version: table.version(of: slot), kind: .erase(erase))), from: node,
            now: now, into: &actions)
        carryOut(actions)
        #expect(shard.counts.pendingMessages == 5, "what was sent after somebody had looked is still there")
    }

    @Test mutating func `to be asked how far streams have come changes nothing`() {
        let slot = table.slot(of: bob)
        let look = ReplicaRequest.Erase(token: 5, user: bob, other: alice, inbound: [], own: [])
        var actions: [ShardAction] = []
        shard.peerSent(
            .request(ReplicaRequest(slot: slot, version: table.version(of: slot), kind: .erase(look))), from: node,
            now: now, into: &actions)
        carryOut(actions)
        #expect(shard.counts.pendingMessages == 7)
        #expect(written.isEmpty)
    }

    @Test mutating func `of whom one wants to hear nothing, what waits goes, and nothing else`() {
        #expect(ask(.drop(user: bob, from: alice)) == .erased)
        #expect(shard.counts.pendingMessages == 4, "three of hers to him; not his to her, nor copies")
        #expect(ask(.unread(bob)) == .unread([.init(with: carol, unread: 1)]))
        let dropped = ReplicaRecord.watermark(
            .init(user: bob, device: InboundStream.nobody, key: key, sender: alice, upTo: 3))
        #expect(written == [dropped.logRecord(slot: table.slot(of: bob))], "what she was told of it stays")
    }
}
