import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import Testing

/// A group's message for several mailboxes of one shard, as their replica keeps it.
@Suite("Expansion")
struct ExpansionTests {
    private let node = UniqueID(high: 1, low: 1)
    private let orderer = UniqueID(high: 2, low: 2)
    private let now = Instant(nanoseconds: 1_000_000_000)
    private let group = Address(group: 77)
    private let place = LogLocation(segment: 4, blockOffset: 8, index: 0)
    private var shard: ShardMachine

    init() throws {
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let record = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [member])
        shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        var actions: [ShardAction] = []
        shard.ringAdopted(RingTable(record), now: now, into: &actions)
    }

    private func recipient(_ number: Int, version: UInt64 = 1, floor: StreamNumber = 0) -> Expansion.Recipient {
        let user = GroupListTests.user(number)
        return .init(
            slot: SlotCount.standard.slot(of: user.text), version: version, member: user, since: 3, floor: floor)
    }

    private func expansion(_ recipients: [Expansion.Recipient], numbers: ClosedRange<StreamNumber> = 1...1)
        -> PeerMessage
    {
        .expand(
            Expansion(
                token: 9, group: group,
                messages: numbers.map { .init(number: $0, sentAtMilliseconds: 5, body: [1, 2, 3]) },
                recipients: recipients))
    }

    private mutating func hear(_ message: PeerMessage) -> [ShardAction] {
        var actions: [ShardAction] = []
        shard.peerSent(message, from: orderer, now: now, into: &actions)
        return actions
    }

    private mutating func appended(_ token: UInt64, at locations: [LogLocation]) -> [ShardAction] {
        var actions: [ShardAction] = []
        shard.appended(token, locations: locations, now: now, into: &actions)
        return actions
    }

    private func append(_ actions: [ShardAction]) throws -> (records: [LogRecord], token: UInt64) {
        for case .append(let records, isDurable: true, let token) in actions { return (records, token) }
        return try #require(nil as (records: [LogRecord], token: UInt64)?)
    }

    private func kept(_ actions: [ShardAction]) -> [Slot]? {
        for case .send(orderer, .reply(let reply)) in actions {
            if case .expanded(let slots) = reply.kind { return slots }
        }
        return nil
    }

    private mutating func store(_ number: Int, upTo: StreamNumber) -> [ShardAction] {
        let user = GroupListTests.user(number)
        let kind = ReplicaRequest.Kind.acknowledge(
            .init(user: user, device: 8, key: .ofGroup(group, since: 3), sender: group, upTo: upTo))
        let slot = SlotCount.standard.slot(of: user.text)
        var actions = hear(.request(ReplicaRequest(slot: slot, version: 1, kind: kind)))
        // The only owner drops it when it looks at what is settled.
        shard.timerFired(now: now + .seconds(2), wallMilliseconds: 0, into: &actions)
        return actions
    }

    private mutating func register(_ number: Int, isDeleted: Bool = false) throws {
        let user = GroupListTests.user(number)
        let name = try #require(user.user)
        var account = Account(
            name: name, password: PasswordRecord(costLog2: 15, blockSize: 8, parallelism: 3, salt: [1], hash: [2]),
            devices: [.init(id: 8, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)])
        if isDeleted {
            account.close()
            let isGone = account.delete()
            #expect(isGone)
        }
        let ballot = Ballot(round: 1, proposer: orderer)
        let kind = ReplicaRequest.Kind.acceptRegister(token: 5, key: user, ballot: ballot, value: account.encode())
        let slot = SlotCount.standard.slot(of: user.text)
        let actions = hear(.request(ReplicaRequest(slot: slot, version: 1, kind: kind)))
        _ = appended(try append(actions).token, at: [LogLocation(segment: 1, blockOffset: 0, index: UInt32(number))])
    }

    private func freed(_ actions: [ShardAction], of segment: UInt32) -> UInt32 {
        actions.reduce(0) { sum, action in
            if case .freed(segment, let bytes) = action { sum + bytes } else { sum }
        }
    }

    @Test("One record for all mailboxes, and an answer when it is on disk")
    mutating func oneRecord() throws {
        let first = hear(expansion([recipient(1), recipient(2), recipient(3)]))
        let (records, token) = try append(first)
        #expect(records.count == 1 && records[0].body == [1, 2, 3])
        #expect(kept(first) == nil)
        #expect(Set(try #require(kept(appended(token, at: [place])))).count == 3)
        // Once more: nothing new is logged, and the answer is the same.
        let again = try append(hear(expansion([recipient(1), recipient(2), recipient(3)])))
        #expect(again.records.isEmpty)
        #expect(kept(appended(again.token, at: []))?.count == 3)
    }

    @Test("Each mailbox is fenced by the version of its own slot")
    mutating func fence() throws {
        let (records, token) = try append(hear(expansion([recipient(1), recipient(2, version: 7)])))
        guard case .expansion(let head) = try ReplicaRecord(kind: records[0].kind, head: records[0].head) else {
            Issue.record("no expansion")
            return
        }
        #expect(head.recipients.map(\.member) == [GroupListTests.user(1)])
        #expect(kept(appended(token, at: [place])) == [recipient(1).slot])
    }

    @Test("The record is dead when the last mailbox needs it no more, and not before")
    mutating func deadOnce() throws {
        for number in 1...3 { try register(number) }
        let token = try append(hear(expansion([recipient(1), recipient(2), recipient(3)]))).token
        _ = appended(token, at: [place])
        #expect(freed(store(1, upTo: 1), of: 4) == 0)
        #expect(freed(store(2, upTo: 1), of: 4) == 0)
        #expect(freed(store(3, upTo: 1), of: 4) == 3 + 64)
    }

    @Test("A segment that is emptied takes the record along for those who need it")
    mutating func moved() throws {
        for number in 1...3 { try register(number) }
        let (records, token) = try append(hear(expansion([recipient(1), recipient(2), recipient(3)])))
        _ = appended(token, at: [place])
        _ = store(2, upTo: 1)
        var actions: [ShardAction] = []
        shard.clean(segment: 4, [StoredRecord(records[0], at: place)], into: &actions)
        let move = try append(actions)
        guard case .expansion(let head) = try ReplicaRecord(kind: move.records[0].kind, head: move.records[0].head)
        else {
            Issue.record("no expansion")
            return
        }
        #expect(head.recipients.map(\.member) == [GroupListTests.user(1), GroupListTests.user(3)])
        #expect(move.records[0].body == [1, 2, 3])
        let elsewhere = LogLocation(segment: 6, blockOffset: 0, index: 0)
        let done = appended(move.token, at: [elsewhere])
        #expect(done.contains(.cleaned(segment: 4)) && freed(done, of: 4) == 3 + 64)
        #expect(freed(store(1, upTo: 1), of: 6) == 0)
        #expect(freed(store(3, upTo: 1), of: 6) == 3 + 64)
    }

    @Test("Somebody deleted holds nobody up")
    mutating func deleted() throws {
        try register(1, isDeleted: true)
        let (records, token) = try append(hear(expansion([recipient(1, floor: 3), recipient(2)])))
        guard case .expansion(let head) = try ReplicaRecord(kind: records[0].kind, head: records[0].head) else {
            Issue.record("no expansion")
            return
        }
        #expect(records.count == 1 && head.recipients.map(\.member) == [GroupListTests.user(2)])
        #expect(kept(appended(token, at: [place]))?.count == 2)
        #expect(shard.counts.pendingMessages == 1)
    }

    @Test("What the log refuses was never held")
    mutating func refused() throws {
        let token = try append(hear(expansion([recipient(1), recipient(2)]))).token
        var actions: [ShardAction] = []
        shard.appendRefused(token, now: now, into: &actions)
        #expect(kept(actions) == nil && shard.counts.pendingMessages == 0)
        #expect(try append(hear(expansion([recipient(1), recipient(2)]))).records.count == 1)
    }

    @Test("A stream that begins late has its floor in the log ahead of its first message")
    mutating func floor() throws {
        let (records, token) = try append(hear(expansion([recipient(1, floor: 57)], numbers: 58...58)))
        #expect(records.map(\.kind) == [ReplicaRecord.Kind.watermark.rawValue, ReplicaRecord.Kind.expansion.rawValue])
        let ends = [
            LogLocation(segment: 4, blockOffset: 8, index: 0), LogLocation(segment: 4, blockOffset: 8, index: 1),
        ]
        #expect(kept(appended(token, at: ends)) == [recipient(1).slot])
        // The next has it already.
        let next = try append(hear(expansion([recipient(1, floor: 57)], numbers: 59...59)))
        #expect(next.records.map(\.kind) == [ReplicaRecord.Kind.expansion.rawValue])
    }

    @Test("A restart finds the message in each mailbox")
    mutating func replayed() throws {
        let records = try append(hear(expansion([recipient(1), recipient(2)]))).records
        var next = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 2))
        try next.replay(
            slot: records[0].slot, kind: records[0].kind, head: records[0].head, bodyBytes: 3, at: place)
        #expect(next.counts.pendingMessages == 2 && next.counts.mailboxes == 2)
        // A node with two shards gives the record to both; each takes its own.
        var two = [0, 1].map {
            ShardMachine(node: node, nodeName: "n1", shard: $0, shardCount: 2, random: SeededRandom(seed: 2))
        }
        for index in two.indices {
            try two[index].replay(
                slot: records[0].slot, kind: records[0].kind, head: records[0].head, bodyBytes: 3, at: place)
        }
        #expect(two[0].counts.pendingMessages + two[1].counts.pendingMessages == 2)
    }
}
