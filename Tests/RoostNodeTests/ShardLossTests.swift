import RoostCore
import RoostNode
import RoostRing
import Testing

/// One node that alone is left to own a slot, or always was.
@Suite("Shard that is the only owner left")
struct ShardLossTests {
    private static let node = UniqueID(high: 1, low: 1)
    private let peer = UniqueID(high: 2, low: 2)
    private let key = StreamKey(device: 5, stream: 1)
    private let alice: Address
    private let bob: Address
    private let slot: Slot
    private let three: EpochRecord
    private let one: EpochRecord
    private let phone: DeviceID = 4
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var shard = ShardLossTests.empty()

    init() throws {
        alice = try #require(Address("alice"))
        bob = try #require(Address("bob"))
        slot = SlotCount.standard.slot(of: "bob")
        let members = (1...3).map { number in
            Member(
                id: UniqueID(high: UInt64(number), low: UInt64(number)), name: "n\(number)", zone: "z",
                address: "a:\(number)", clientAddress: "c:\(number)")
        }
        three = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: members)
        one = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [members[0]])
    }

    private static func empty() -> ShardMachine {
        ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
    }

    /// The ring after the disks of the two others were given up.
    private func loss() throws -> RingTable {
        RingTable(try three.changed(.acceptLoss([UniqueID(high: 2, low: 2), UniqueID(high: 3, low: 3)])))
    }

    private mutating func adopt(_ table: RingTable) -> [ShardAction] {
        var actions: [ShardAction] = []
        shard.ringAdopted(table, now: now, into: &actions)
        return actions
    }

    private mutating func asks(_ kind: ReplicaRequest.Kind) throws -> [ShardAction] {
        var actions: [ShardAction] = []
        let version = try #require(shard.ring?.version(of: slot))
        let request = ReplicaRequest(slot: slot, version: version, kind: kind)
        shard.peerSent(.request(request), from: peer, now: now, into: &actions)
        return actions
    }

    private func batch(_ numbers: ClosedRange<StreamNumber>) -> ReplicaRequest.Kind {
        .replicate(
            .init(
                token: 9, recipient: bob, sender: alice, key: key,
                messages: numbers.map {
                    .init(number: $0, bodyHash: $0, sentAtMilliseconds: 1, isRetry: true, body: [UInt8($0)])
                }))
    }

    private func message(_ number: StreamNumber) -> ReplicaRecord {
        .message(
            .init(
                recipient: bob, sender: alice, key: key, number: number, bodyHash: number, sentAtMilliseconds: 1))
    }

    private func acknowledgement(_ upTo: StreamNumber) -> ReplicaRequest.Acknowledge {
        .init(user: bob, device: phone, key: key, sender: alice, upTo: upTo)
    }

    private mutating func replay(_ records: [ReplicaRecord]) throws {
        for (place, record) in records.enumerated() {
            let logRecord = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logRecord.kind, head: logRecord.head, bodyBytes: 1,
                at: LogLocation(segment: 1, blockOffset: 0, index: UInt32(place)))
        }
    }

    private func append(in actions: [ShardAction]) throws -> (records: [ReplicaRecord], token: UInt64) {
        for case .append(let records, _, let token) in actions {
            return (try records.map { try ReplicaRecord(kind: $0.kind, head: $0.head) }, token)
        }
        throw NothingLogged()
    }

    private struct NothingLogged: Error {}

    private var lost: ReplicaRecord {
        .lost(.init(user: bob, sender: alice, key: key, from: 1, upTo: 3))
    }

    private let part = DamagedBytes(segment: 3, from: 64, upTo: 128)

    @Test("What only lost disks had is given up: the rest is told with it, and a retry of it is refused")
    mutating func acceptedLoss() throws {
        try replay([message(4), message(5)])
        #expect(adopt(RingTable(three)).isEmpty)
        let adopted = adopt(try loss())
        #expect(try append(in: adopted).records == [lost])
        #expect(adopted.last == .lost(damagedSlots: 0, messages: 3))

        let refusal = GatewayReply(token: 9, kind: .refused(.reused, at: 2))
        #expect(try asks(batch(2...2)) == [.send(peer, .reply(refusal))])
        let fetch = ReplicaRequest.Fetch(token: 8, user: bob, device: phone, key: key, from: 1, count: 9)
        let read = try asks(.fetch(fetch))
        guard case .read(_, let token) = read.first else { throw NothingLogged() }
        var answered: [ShardAction] = []
        shard.read(token, bodies: [[4], [5]], now: now, into: &answered)
        let answer = GatewayReply.Fetched(
            key: key, sender: alice, watermark: 0,
            messages: [
                .init(number: 4, lostFrom: 1, sentAtMilliseconds: 1, body: [4]),
                .init(number: 5, sentAtMilliseconds: 1, body: [5]),
            ])
        #expect(answered == [.send(peer, .reply(.init(token: 8, kind: .fetched(answer))))])

        let copy = StreamCopy(
            key: key, sender: alice, watermarks: [], lost: [.init(from: 1, upTo: 3)], pending: [4, 5])
        let page = CopyPage(items: [.stream(bob, copy)], next: nil)
        #expect(
            try asks(.pull(token: 7, after: nil)) == [.send(peer, .reply(.init(token: 7, kind: .page(page))))])
    }

    @Test("An owner among others gives nothing up")
    mutating func amongOthers() throws {
        try replay([message(4)])
        #expect(adopt(RingTable(three)).isEmpty)
        let copy = StreamCopy(key: key, sender: alice, watermarks: [], pending: [4])
        let page = CopyPage(items: [.stream(bob, copy)], next: nil)
        #expect(
            try asks(.pull(token: 7, after: nil)) == [.send(peer, .reply(.init(token: 7, kind: .page(page))))])
    }

    @Test("The log has a loss before the watermark that passes it, whatever it refuses")
    mutating func lossBeforeWatermark() throws {
        try replay([message(4)])
        let adopted = try append(in: adopt(try loss()))
        var actions: [ShardAction] = []
        shard.appendRefused(adopted.token, now: now, into: &actions)
        let acknowledged = try append(in: try asks(.acknowledge(acknowledgement(4))))
        #expect(acknowledged.records == [lost, .watermark(acknowledgement(4))])
        shard.appendRefused(acknowledged.token, now: now, into: &actions)
        let again = try append(in: try asks(.acknowledge(acknowledgement(5))))
        #expect(again.records == [lost, .watermark(acknowledgement(5))])
    }

    @Test("A loss outlives the node, and what is behind it")
    mutating func restart() throws {
        try replay([lost, .watermark(acknowledgement(4))])
        #expect(adopt(RingTable(three)).isEmpty)
        let refusal = GatewayReply(token: 9, kind: .refused(.reused, at: 2))
        #expect(try asks(batch(2...2)) == [.send(peer, .reply(refusal))])
        let record = lost.logRecord(slot: slot)
        var cleaned: [ShardAction] = []
        let place = LogLocation(segment: 1, blockOffset: 0, index: 0)
        shard.clean(segment: 1, [StoredRecord(record, at: place)], into: &cleaned)
        #expect(try append(in: cleaned).records == [lost], "the cleaner keeps it")
    }

    @Test("Another owner's losses are taken with its copy")
    mutating func copied() throws {
        try replay([message(2), message(4)])
        _ = adopt(RingTable(three))
        let compared = GatewayReply(token: 1, kind: .compared(slot, isEqual: false))
        var actions: [ShardAction] = []
        shard.peerSent(.reply(compared), from: peer, now: now, into: &actions)
        var pull: GatewayToken?
        for _ in 0..<20 where pull == nil {
            now = max(now, shard.nextDeadline)
            shard.timerFired(now: now, wallMilliseconds: 0, into: &actions)
            for case .send(peer, .request(let request)) in actions {
                if case .pull(let token, _) = request.kind { pull = token }
            }
        }
        let copy = StreamCopy(key: key, sender: alice, watermarks: [], lost: [.init(from: 1, upTo: 3)], pending: [4])
        let page = GatewayReply(
            token: try #require(pull), kind: .page(CopyPage(items: [.stream(bob, copy)], next: nil)))
        actions = []
        shard.peerSent(.reply(page), from: peer, now: now, into: &actions)
        #expect(try append(in: actions).records == [lost])
        #expect(shard.counts.pendingMessages == 1)
    }

    @Test("The only owner gives up what a damaged segment held, says so once, and lets the segment go")
    mutating func damage() throws {
        try replay([message(3)])
        var actions: [ShardAction] = []
        shard.slotsDamaged([SlotDamage(slot: slot, parts: [part])], now: now, into: &actions)
        #expect(actions.isEmpty && shard.counts.slotsQuarantined == 1)
        let adopted = adopt(RingTable(one))
        #expect(adopted.contains(.restored(slot)) && adopted.last == .lost(damagedSlots: 1, messages: 2))
        #expect(shard.counts.slotsQuarantined == 0)
        #expect(try asks(batch(3...3)) == [.send(peer, .reply(.init(token: 9, kind: .replicated)))])

        actions = []
        shard.slotsDamaged([SlotDamage(slot: slot, parts: [part])], now: now, into: &actions)
        #expect(actions == [.restored(slot), .lost(damagedSlots: 1, messages: 0)], "while it runs as well")
    }

    @Test("The only owner of a slot that moves serves what is left of it, and the move ends")
    mutating func damageWhileMoving() throws {
        let second = Member(id: peer, name: "n2", zone: "z", address: "a:2", clientAddress: "c:2")
        let joint = try #require(try one.changed(.add(second)).advanced(hasMerged: { _, _ in false }))
        let table = RingTable(joint)
        let moving = try #require(table.slotCount.slots.first { table.owners(of: $0).isMoving })
        var actions: [ShardAction] = []
        shard.slotsDamaged([SlotDamage(slot: moving, parts: [part])], now: now, into: &actions)
        #expect(adopt(table).contains(.restored(moving)))
        var isMerged = false
        for _ in 0..<100 where !isMerged {
            actions = []
            now = max(now, shard.nextDeadline)
            shard.timerFired(now: now, wallMilliseconds: 0, into: &actions)
            for case .append(_, _, let token) in actions {
                let place = LogLocation(segment: 1, blockOffset: 0, index: 0)
                var ended: [ShardAction] = []
                shard.appended(token, locations: [place], now: now, into: &ended)
                if ended.contains(.merged(moving, version: table.version(of: moving))) { isMerged = true }
            }
        }
        #expect(isMerged)
    }
}
