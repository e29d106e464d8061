import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// One node that owns everything, spoken to as peers and clients do.
@Suite("Shard")
struct ShardTranscriptTests {
    private let node = UniqueID(high: 1, low: 1)
    private let peer = UniqueID(high: 2, low: 2)
    private var shard: ShardMachine
    private let now = Instant(nanoseconds: 1_000_000_000)
    private let alice: Address
    private let bob: Address
    private let slot: Slot

    init() throws {
        alice = try #require(Address("alice"))
        bob = try #require(Address("bob"))
        slot = SlotCount.standard.slot(of: "bob")
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let record = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [member])
        shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        var actions: [ShardAction] = []
        shard.ringAdopted(RingTable(record), now: now, into: &actions)
        #expect(actions.isEmpty)
    }

    private mutating func peerSays(_ kind: ReplicaRequest.Kind, version: UInt64 = 1) -> [ShardAction] {
        var actions: [ShardAction] = []
        let request = ReplicaRequest(slot: slot, version: version, kind: kind)
        shard.peerSent(.request(request), from: peer, now: now, into: &actions)
        return actions
    }

    private func batch(_ numbers: ClosedRange<StreamNumber>, isRetry: Bool = false, hash: UInt64 = 0)
        -> ReplicaRequest.Kind
    {
        .replicate(
            .init(
                token: 9, recipient: bob, sender: alice, key: StreamKey(device: 5, stream: 1),
                messages: numbers.map {
                    .init(number: $0, bodyHash: $0 + hash, sentAtMilliseconds: 1, isRetry: isRetry, body: [UInt8($0)])
                }))
    }

    private func appendToken(_ actions: [ShardAction]) -> (records: [LogRecord], isDurable: Bool, token: UInt64)? {
        for case .append(let records, let isDurable, let token) in actions { return (records, isDurable, token) }
        return nil
    }

    @Test("A batch is answered when the log says that it is on disk, and not before")
    mutating func persistBeforeAnswer() throws {
        let first = peerSays(batch(1...2))
        let append = try #require(appendToken(first))
        #expect(append.isDurable && append.records.count == 2)
        #expect(first.count == 1, "nothing but the append: \(first)")
        // The asker is impatient: still no answer, for nothing is durable; it comes when what is written by now is.
        let again = peerSays(batch(1...2, isRetry: true))
        let barrier = try #require(appendToken(again))
        #expect(again == [.append([], isDurable: true, token: barrier.token)])
        var actions: [ShardAction] = []
        let places = (0..<2).map { LogLocation(segment: 1, blockOffset: 0, index: UInt32($0)) }
        shard.appended(append.token, locations: places, now: now, into: &actions)
        #expect(actions == [.send(peer, .reply(.init(token: 9, kind: .replicated)))])
        // And a retry now is answered at once, without logging anything again.
        #expect(peerSays(batch(1...2, isRetry: true)) == actions)
    }

    @Test("A request of another version of the slot is answered stale and changes nothing")
    mutating func fence() {
        #expect(peerSays(batch(1...1), version: 2) == [.send(peer, .reply(.init(token: 9, kind: .stale(epoch: 1))))])
        #expect(shard.counts.pendingMessages == 0)
    }

    @Test("Another message under a known number is refused, and those behind it are not kept")
    mutating func reuse() {
        _ = peerSays(batch(1...1))
        let actions = peerSays(batch(1...3, hash: 100))
        #expect(actions == [.send(peer, .reply(.init(token: 9, kind: .refused(.reused, at: 1))))])
        #expect(shard.counts.pendingMessages == 1)
    }

    @Test("A full disk takes no message but still takes acknowledgements")
    mutating func diskFull() {
        _ = peerSays(batch(1...1))
        shard.setDiskFull(true)
        #expect(peerSays(batch(2...2)) == [.send(peer, .reply(.init(token: 9, kind: .refused(.diskFull, at: 2))))])
        let acknowledge = ReplicaRequest.Acknowledge(
            user: bob, device: 4, key: StreamKey(device: 5, stream: 1), sender: alice, upTo: 1)
        let actions = peerSays(.acknowledge(acknowledge))
        #expect(appendToken(actions).map { !$0.isDurable } == true)
    }

    @Test("What the log did not take was never held")
    mutating func overload() throws {
        let append = try #require(appendToken(peerSays(batch(1...2))))
        var actions: [ShardAction] = []
        shard.appendRefused(append.token, now: now, into: &actions)
        #expect(actions == [.send(peer, .reply(.init(token: 9, kind: .refused(.overloaded, at: 1))))])
        #expect(shard.counts.pendingMessages == 0)
    }

    private mutating func clean(_ segment: UInt32, holding records: [LogRecord] = []) -> [ShardAction] {
        var actions: [ShardAction] = []
        let located = records.enumerated().map { place, record in
            StoredRecord(record, at: LogLocation(segment: segment, blockOffset: 0, index: UInt32(place)))
        }
        shard.clean(segment: segment, located, into: &actions)
        return actions
    }

    @Test("A segment goes when the log has the marks that made its records dead", arguments: [false, true])
    mutating func marksBeforeDeletion(isRefused: Bool) throws {
        let receipt = ReplicaRequest.Receipt(
            user: bob, key: StreamKey(device: 5, stream: 1), reader: alice, .init(deliveredUpTo: 3))
        let mark = try #require(appendToken(peerSays(.receipt(receipt, token: 1))))
        #expect(!mark.isDurable)
        var actions: [ShardAction] = []
        if isRefused { shard.appendRefused(mark.token, now: now, into: &actions) }
        let place = LogLocation(segment: 8, blockOffset: 0, index: 0)
        if isRefused {
            let move = try #require(appendToken(clean(7)))
            #expect(move.isDurable && move.records == mark.records)
            shard.appended(move.token, locations: [place], now: now, into: &actions)
            #expect(actions.contains(.cleaned(segment: 7)))
        } else {
            #expect(clean(7) == [.cleaned(segment: 7)], "it stands in the log before whatever ends the segment")
            shard.appended(mark.token, locations: [place], now: now, into: &actions)
        }
        #expect(clean(6) == [.cleaned(segment: 6)], "the log has every mark")
        let again = try #require(appendToken(clean(8, holding: mark.records + mark.records)))
        #expect(again.records == mark.records, "what a segment holds twice is moved once")
    }

    @Test("A push to a session that is gone is answered with: forget it")
    mutating func unknownSession() {
        var actions: [ShardAction] = []
        let push = GatewayReply.Push(
            slot: slot, key: StreamKey(device: 5, stream: 1), sender: alice, number: 1, watermark: 0,
            sentAtMilliseconds: 1, body: [1])
        shard.peerSent(.reply(.init(token: 12345, kind: .push(push))), from: peer, now: now, into: &actions)
        #expect(
            actions == [
                .send(peer, .request(ReplicaRequest(slot: slot, version: 1, kind: .forget(session: 12345))))
            ])
    }

    @Test("A receipt that was logged before it said when is read all the same")
    func plainReceipt() throws {
        let key = StreamKey(device: 5, stream: 1)
        var head = ByteWriter(capacity: 64)
        for name in [alice, bob] { head.writeText(name.text) }
        head.write(key)
        for number in [400, 3] as [StreamNumber] { head.writeVarint(number) }
        let record = try ReplicaRecord(kind: ReplicaRecord.Kind.plainReceipt.rawValue, head: head.bytes)
        #expect(record == .receipt(.init(user: alice, key: key, reader: bob, .init(deliveredUpTo: 400, readUpTo: 3))))
    }

    @Test("Records survive their bytes; damaged heads are refused, never a trap", arguments: 1...50)
    func records(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let key = StreamKey(device: random.next(), stream: random.next())
        let records: [ReplicaRecord] = [
            .watermark(.init(user: bob, device: random.next(), key: key, sender: alice, upTo: random.next())),
            .receipt(
                .init(
                    user: alice, key: key, reader: bob,
                    .init(
                        deliveredUpTo: random.next(), readUpTo: 3, deliveredAtMilliseconds: random.next(),
                        readAtMilliseconds: random.next(),
                        known: [.init(device: random.next(), deliveredUpTo: 1, readUpTo: 2)]))),
            .register(key: bob, .init(value: [1, 2])), .lastSeen(bob, milliseconds: random.next()),
        ]
        for record in records {
            let logged = record.logRecord(slot: slot)
            #expect(try ReplicaRecord(kind: logged.kind, head: logged.head) == record)
            for count in 0..<logged.head.count {
                #expect(throws: ByteReaderError.self) {
                    try ReplicaRecord(kind: logged.kind, head: Array(logged.head[..<count]))
                }
            }
        }
    }
}
