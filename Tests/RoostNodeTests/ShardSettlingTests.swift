import RoostConsensus
import RoostCore
import RoostMailbox
import RoostNode
import RoostRing
import Testing

/// An owner drops what all devices that it knows have stored when a majority goes by the same account, and not before.
@Suite struct ShardSettlingTests {
    private let nodes = (1...3).map { UniqueID(high: UInt64($0), low: UInt64($0)) }
    private let bob: UserName
    private let alice: Address
    private let key = StreamKey(device: 9, stream: 1)
    private let table: RingTable
    private let slot: Slot
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var shard: ShardMachine

    init() throws {
        bob = try #require(UserName("bob"))
        alice = try #require(Address("alice"))
        let members = nodes.map {
            Member(id: $0, name: "n\($0.low)", zone: "z", address: "a\($0.low):1", clientAddress: "a:2")
        }
        table = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 9, low: 9), members: members))
        slot = table.slot(of: Address(bob))
        shard = ShardMachine(node: nodes[0], nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        try shard.begin(with: records(), of: slot)
        var actions: [ShardAction] = []
        shard.ringAdopted(table, now: now, into: &actions)
        #expect(shard.counts.settledMessages == 2 && shard.counts.pendingMessages == 0)
    }

    /// A log in which bob's phone has stored both messages.
    private func records() -> [ReplicaRecord] {
        let messages = (1...2).map { number in
            ReplicaRecord.message(
                .init(
                    recipient: Address(bob), sender: alice, key: key, number: number, bodyHash: number,
                    sentAtMilliseconds: 1))
        }
        let stored = ReplicaRecord.watermark(
            .init(user: Address(bob), device: 1, key: key, sender: alice, upTo: 2))
        return [.register(key: Address(bob), account([1], round: 5))] + messages + [stored]
    }

    private func account(_ devices: [DeviceID], round: UInt64, promised: UInt64? = nil) -> RegisterState {
        let account = Account(
            name: bob, password: .init(costLog2: 15, blockSize: 8, parallelism: 3, salt: [1], hash: [2]),
            devices: devices.map {
                .init(id: $0, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)
            })
        return RegisterState(promised: ballot(promised ?? round), accepted: ballot(round), value: account.encode())
    }

    private func ballot(_ round: UInt64) -> Ballot { Ballot(round: round, proposer: UniqueID(high: 1, low: 1)) }

    /// Lets time pass to the next look. Returns what goes to whom.
    private mutating func look() -> [(peer: NodeID, request: ReplicaRequest)] {
        var sent: [(peer: NodeID, request: ReplicaRequest)] = []
        let end = now + .milliseconds(1001)
        while shard.nextDeadline <= end {
            now = max(now, shard.nextDeadline)
            var actions: [ShardAction] = []
            shard.timerFired(now: now, wallMilliseconds: 0, into: &actions)
            for case .send(let peer, .request(let request)) in actions { sent.append((peer, request)) }
        }
        now = end
        return sent
    }

    private func questions(_ sent: [(peer: NodeID, request: ReplicaRequest)]) -> [ReplicaRequest.Vouch] {
        sent.compactMap { if case .vouch(let vouch) = $0.request.kind { vouch } else { nil } }
    }

    private mutating func hears(_ doubts: [GatewayReply.Doubt], token: GatewayToken, from peer: Int) -> [ShardAction] {
        var actions: [ShardAction] = []
        shard.peerSent(.reply(.init(token: token, kind: .vouched(doubts))), from: nodes[peer], now: now, into: &actions)
        return actions
    }

    @Test mutating func `one other owner that goes by the same account is enough, and is asked once`() throws {
        let sent = look()
        let asked = questions(sent)
        #expect(asked.count == 2 && Set(sent.map(\.peer)) == Set(nodes[1...]))
        #expect(asked.first?.accounts == [.init(user: Address(bob), ballot: ballot(5))])
        let token = try #require(asked.first?.token)
        let actions = hears([], token: token, from: 2)
        let floor = ReplicaRecord.watermark(
            .init(user: Address(bob), device: InboundStream.everybody, key: key, sender: alice, upTo: 2))
        guard case .append(let records, false, _) = actions.first else { return #expect(actions.count == 2) }
        #expect(records == [floor.logRecord(slot: slot)])
        #expect(actions.dropFirst() == [.freed(segment: 1, bytes: 2 * 74)])
        #expect(shard.counts.settledMessages == 0)
        #expect(hears([], token: token, from: 1).isEmpty)
        #expect(questions(look()).isEmpty, "nothing is settled, nobody is asked")
    }

    @Test mutating func `an account with another device is learned, and its device waited for`() throws {
        let asked = questions(look())
        let token = try #require(asked.first?.token)
        let newer = account([1, 2], round: 6)
        let actions = hears([.init(user: Address(bob), newer: newer)], token: token, from: 1)
        #expect(shard.counts.settledMessages == 0 && shard.counts.pendingMessages == 2)
        let logged = actions.contains { action in
            guard case .append(let records, true, _) = action else { return false }
            return records == [ReplicaRecord.register(key: Address(bob), newer).logRecord(slot: slot)]
        }
        #expect(logged)
        // The third one is as far behind as this one was: its word is about an account that is over.
        #expect(hears([], token: token, from: 2).isEmpty)
        #expect(shard.counts.pendingMessages == 2)
    }

    @Test mutating func `what is only half of a majority's mind is brought to one`() throws {
        var prepared = false
        for _ in 0..<6 where !prepared {
            let sent = look()
            prepared = sent.contains { if case .prepareRegister = $0.request.kind { true } else { false } }
            guard let token = questions(sent).first?.token else { continue }
            // They have promised somebody more, who is never heard of again.
            for peer in [1, 2] { _ = hears([.init(user: Address(bob), newer: nil)], token: token, from: peer) }
        }
        #expect(prepared && shard.counts.settledMessages == 2)
    }

    @Test mutating func `owners that do not answer are asked again`() {
        #expect(questions(look()).count == 2)
        #expect(questions(look()).isEmpty)
        #expect(questions(look()).count + questions(look()).count == 2)
        #expect(shard.counts.settledMessages == 2)
    }

    @Test func `the only owner asks nobody`() throws {
        let alone = Member(id: nodes[0], name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let ring = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 9, low: 9), members: [alone]))
        var shard = ShardMachine(node: nodes[0], nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        try shard.begin(with: records(), of: ring.slot(of: Address(bob)))
        var actions: [ShardAction] = []
        shard.ringAdopted(ring, now: now, into: &actions)
        actions = []
        shard.timerFired(now: now + .seconds(1), wallMilliseconds: 0, into: &actions)
        #expect(actions.contains(.freed(segment: 1, bytes: 2 * 74)))
        #expect(!actions.contains { if case .send = $0 { true } else { false } })
        #expect(shard.counts.settledMessages == 0)
    }

    @Test mutating func `an owner vouches for what is on its disk and firm, and tells what is newer`() throws {
        for round in 4...6 as ClosedRange<UInt64> {
            let vouch = ReplicaRequest.Vouch(token: 8, accounts: [.init(user: Address(bob), ballot: ballot(round))])
            let doubts = try #require(answer(vouch))
            #expect(doubts.isEmpty == (round == 5))
            #expect(doubts.first?.newer == (round < 5 ? account([1], round: 5) : nil))
        }
        // It promises more, and stands for nothing below that from then on.
        var actions: [ShardAction] = []
        let prepare = ReplicaRequest.Kind.prepareRegister(token: 7, key: Address(bob), ballot: ballot(9))
        let request = ReplicaRequest(slot: slot, version: table.version(of: slot), kind: prepare)
        shard.peerSent(.request(request), from: nodes[1], now: now, into: &actions)
        guard case .append(_, true, let append) = actions.first else { return #expect(actions.count == 1) }
        shard.appended(
            append, locations: [LogLocation(segment: 2, blockOffset: 64, index: 0)], now: now, into: &actions)
        let vouch = ReplicaRequest.Vouch(token: 8, accounts: [.init(user: Address(bob), ballot: ballot(5))])
        #expect(answer(vouch) == [.init(user: Address(bob), newer: nil)])
    }

    private mutating func answer(_ vouch: ReplicaRequest.Vouch) -> [GatewayReply.Doubt]? {
        var actions: [ShardAction] = []
        let request = ReplicaRequest(slot: slot, version: table.version(of: slot), kind: .vouch(vouch))
        shard.peerSent(.request(request), from: nodes[1], now: now, into: &actions)
        for case .send(_, .reply(let reply)) in actions {
            if case .vouched(let doubts) = reply.kind { return doubts }
        }
        return nil
    }
}

extension ShardMachine {
    /// Lives on with a log of these records.
    fileprivate mutating func begin(with records: [ReplicaRecord], of slot: Slot) throws {
        for (place, record) in records.enumerated() {
            let logged = record.logRecord(slot: slot)
            try replay(
                slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 10,
                at: LogLocation(segment: 1, blockOffset: 64, index: UInt32(place)))
        }
        var actions: [ShardAction] = []
        replayed(into: &actions)
    }
}
