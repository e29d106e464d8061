import RoostConsensus
import RoostCore
import RoostMailbox
import RoostNode
import RoostRing
import Testing

/// One node that slots are on their way to.
@Suite("Shard that takes slots over")
struct ShardMovingTests {
    private let node = UniqueID(high: 2, low: 2)
    private let owner = UniqueID(high: 1, low: 1)
    private var shard: ShardMachine
    private var now = Instant(nanoseconds: 1_000_000_000)
    /// Somebody whose slot moves.
    private let user: Address
    private let slot: Slot
    private let version: UInt64
    private let ballot: Ballot

    init() throws {
        let old = Member(id: owner, name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let new = Member(id: node, name: "n2", zone: "z", address: "b:1", clientAddress: "b:2")
        let first = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [old])
        let joint = try #require(try first.changed(.add(new)).advanced(hasMerged: { _, _ in false }))
        let table = RingTable(joint)
        let names = (0..<2000).compactMap { Address("user-\($0)") }
        user = try #require(names.first { table.owners(of: table.slot(of: $0)).isNext(UniqueID(high: 2, low: 2)) })
        slot = table.slot(of: user)
        version = table.version(of: slot)
        ballot = Ballot(round: 1, proposer: owner)
        shard = ShardMachine(node: node, nodeName: "n2", shard: 0, random: SeededRandom(seed: 1))
        var actions: [ShardAction] = []
        shard.ringAdopted(table, now: now, into: &actions)
    }

    /// Lets time pass until this node asks for a copy of the slot. Returns the token of the question.
    private mutating func pull() throws -> GatewayToken {
        for _ in 0..<1000 {
            var actions: [ShardAction] = []
            now = max(now, shard.nextDeadline)
            shard.timerFired(now: now, wallMilliseconds: 0, into: &actions)
            for case .send(_, .request(let request)) in actions {
                guard case .pull(let token, _) = request.kind else { continue }
                if request.slot == slot { return token }
                // What else is on its way holds nothing.
                let said = hears(.page(CopyPage(items: [], next: nil)), token: token)
                let mark = try #require(ShardMovingTests.append(.merged, in: said))
                var ended: [ShardAction] = []
                let place = LogLocation(segment: 1, blockOffset: 0, index: 0)
                shard.appended(mark, locations: [place], now: now, into: &ended)
            }
        }
        throw Silence()
    }

    private struct Silence: Error {}

    private mutating func hears(_ kind: GatewayReply.Kind, token: GatewayToken) -> [ShardAction] {
        var actions: [ShardAction] = []
        shard.peerSent(.reply(.init(token: token, kind: kind)), from: owner, now: now, into: &actions)
        return actions
    }

    private static func append(_ kind: ReplicaRecord.Kind, in actions: [ShardAction]) -> UInt64? {
        for case .append(let records, true, let token) in actions
        where records.contains(where: { $0.kind == kind.rawValue }) {
            return token
        }
        return nil
    }

    private let part = DamagedBytes(segment: 3, from: 64, upTo: 128)

    @Test("A register that the log refused is logged when it is copied again, before the copy counts as whole")
    mutating func refusedRegister() throws {
        let state = RegisterState(promised: ballot, accepted: ballot, value: [1])
        let page = CopyPage(items: [.register(user, state)], next: nil)
        for _ in 0..<3 {
            let said = hears(.page(page), token: try pull())
            let token = try #require(ShardMovingTests.append(.register, in: said))
            var actions: [ShardAction] = []
            shard.appendRefused(token, now: now, into: &actions)
        }
        let said = hears(.page(page), token: try pull())
        let token = try #require(ShardMovingTests.append(.register, in: said))
        #expect(ShardMovingTests.append(.merged, in: said) == nil, "the log may still refuse it")
        var actions: [ShardAction] = []
        shard.appended(token, locations: [LogLocation(segment: 1, blockOffset: 0, index: 0)], now: now, into: &actions)
        #expect(ShardMovingTests.append(.merged, in: actions) != nil)
    }

    @Test("A slot that is damaged after it was merged is merged again, not given for whole")
    mutating func damagedNextOwner() throws {
        let said = hears(.page(CopyPage(items: [], next: nil)), token: try pull())
        let mark = try #require(ShardMovingTests.append(.merged, in: said))
        var actions: [ShardAction] = []
        shard.appended(mark, locations: [LogLocation(segment: 1, blockOffset: 0, index: 0)], now: now, into: &actions)
        #expect(actions.contains(.merged(slot, version: version)))
        actions = []
        shard.slotsDamaged([SlotDamage(slot: slot, parts: [part])], now: now, into: &actions)
        #expect(actions.isEmpty)
        #expect(shard.counts.slotsQuarantined == 1)
        _ = try pull()
    }

    @Test("What the log refused goes in again when nothing else does")
    mutating func refusedMove() throws {
        let state = RegisterState(promised: ballot, accepted: ballot, value: [1])
        let said = hears(.page(CopyPage(items: [.register(user, state)], next: nil)), token: try pull())
        let token = try #require(ShardMovingTests.append(.register, in: said))
        let place = LogLocation(segment: 7, blockOffset: 0, index: 0)
        var actions: [ShardAction] = []
        shard.appended(token, locations: [place], now: now, into: &actions)
        let record = ReplicaRecord.register(key: user, state).logRecord(slot: slot)
        actions = []
        shard.clean(segment: 7, [StoredRecord(record, at: place)], into: &actions)
        let move = try #require(ShardMovingTests.append(.register, in: actions))
        shard.appendRefused(move, now: now, into: &actions)
        var again: UInt64?
        for _ in 0..<100 where again == nil {
            now = max(now, shard.nextDeadline)
            actions = []
            shard.timerFired(now: now, wallMilliseconds: 0, into: &actions)
            again = ShardMovingTests.append(.register, in: actions)
        }
        actions = []
        shard.appended(
            try #require(again), locations: [LogLocation(segment: 8, blockOffset: 0, index: 0)], now: now,
            into: &actions)
        #expect(actions.contains(.cleaned(segment: 7)))
    }

    @Test("A message that the log brings after its watermark is dead at once")
    mutating func deadMessage() throws {
        let key = StreamKey(device: 5, stream: 1)
        let watermark = ReplicaRecord.watermark(
            .init(user: user, device: InboundStream.everybody, key: key, sender: user, upTo: 3))
        let batch = ReplicaRequest.Replicate(
            token: 9, recipient: user, sender: user, key: key,
            messages: [
                .init(
                    number: 2, bodyHash: 1, sentAtMilliseconds: 1, isRetry: false,
                    body: [UInt8](repeating: 1, count: 100))
            ])
        var before = shard
        var said: [ShardAction] = []
        before.peerSent(
            .request(.init(slot: slot, version: version, kind: .replicate(batch))), from: owner, now: now, into: &said)
        guard case .append(let messages, _, _) = said.first else { return #expect(said.count == 1) }
        let account = Account(
            name: try #require(user.user),
            password: .init(costLog2: 15, blockSize: 8, parallelism: 3, salt: [1], hash: [2]),
            devices: [.init(id: 4, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)])
        let register = ReplicaRecord.register(
            key: user, RegisterState(promised: ballot, accepted: ballot, value: account.encode()))
        let records = [register.logRecord(slot: slot), watermark.logRecord(slot: slot)] + messages
        for (place, record) in records.enumerated() {
            try shard.replay(
                slot: slot, kind: record.kind, head: record.head, bodyBytes: record.body.count,
                at: LogLocation(segment: UInt32(place + 1), blockOffset: 0, index: 0))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        #expect(actions == [.freed(segment: 3, bytes: 164)])
        #expect(shard.counts.settledMessages == 0)
    }
}
