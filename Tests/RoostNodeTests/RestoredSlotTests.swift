import RoostCore
import RoostNode
import RoostRing
import Testing

/// Damage that has been made good is remembered by the log: the damaged segment may outlive the one that made it good.
@Suite struct RestoredSlotTests {
    private let part = DamagedBytes(segment: 3, from: 64, upTo: 128)
    private let other = DamagedBytes(segment: 3, from: 256, upTo: 300)
    private let now = Instant(nanoseconds: 1)
    private let me = NodeID(high: 1, low: 1)

    private func shard(remembering parts: [DamagedBytes], of slot: Slot) throws -> ShardMachine {
        var shard = ShardMachine(node: me, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        let record = ReplicaRecord.restored(slot, parts).logRecord(slot: slot)
        try shard.replay(
            slot: slot, kind: record.kind, head: record.head, bodyBytes: 0,
            at: LogLocation(segment: 9, blockOffset: 64, index: 0))
        return shard
    }

    private var ring: RingTable {
        get throws {
            let members = (1...3).map { number in
                Member(
                    id: NodeID(high: UInt64(number), low: 1), name: "n\(number)", zone: "z", address: "a:\(number)",
                    clientAddress: "c:\(number)")
            }
            return RingTable(
                try EpochRecord.first(
                    clusterID: ClusterID(high: 7, low: 7), members: members, slotCount: .least))
        }
    }

    @Test func `a restart does not quarantine for it again, and lets the segment go when it has a ring`() throws {
        let slot = Slot(2)
        var shard = try shard(remembering: [part], of: slot)
        var actions: [ShardAction] = []
        shard.slotsDamaged([SlotDamage(slot: slot, parts: [part])], now: now, into: &actions)
        #expect(actions.isEmpty)
        #expect(shard.counts.slotsQuarantined == 0)
        shard.ringAdopted(try ring, now: now, into: &actions)
        #expect(actions.contains(.restored(slot)))
        #expect(shard.counts.slotsQuarantined == 0)
    }

    @Test func `what is damaged besides is damage`() throws {
        let slot = Slot(2)
        var shard = try shard(remembering: [part], of: slot)
        var actions: [ShardAction] = []
        shard.slotsDamaged([SlotDamage(slot: slot, parts: [part, other])], now: now, into: &actions)
        shard.slotsDamaged([SlotDamage(slot: Slot(3), parts: [part])], now: now, into: &actions)
        #expect(shard.counts.slotsQuarantined == 2)
        shard.ringAdopted(try ring, now: now, into: &actions)
        #expect(!actions.contains(.restored(slot)))
    }

    /// What a segment with these records leaves behind when it is emptied.
    private func left(
        of records: [LogRecord], in segment: UInt32, _ shard: inout ShardMachine, freed: inout [UInt32]
    ) throws -> [LogRecord] {
        let located = records.indices.map { place in
            StoredRecord(
                records[place], at: LogLocation(segment: segment, blockOffset: 64, index: UInt32(place)))
        }
        var actions: [ShardAction] = []
        shard.clean(segment: segment, located, into: &actions)
        let appended = actions.compactMap { action -> (records: [LogRecord], token: UInt64)? in
            guard case .append(let records, _, let token) = action else { return nil }
            return (records, token)
        }
        guard let first = appended.first else {
            #expect(actions.last == .cleaned(segment: segment))
            freed += ShardMachine.freedSegments(in: actions)
            return []
        }
        actions = []
        let locations = first.records.indices.map { LogLocation(segment: 20, blockOffset: 0, index: UInt32($0)) }
        shard.appended(first.token, locations: locations, now: now, into: &actions)
        #expect(actions.contains(.cleaned(segment: segment)))
        freed += ShardMachine.freedSegments(in: actions)
        return first.records
    }

    @Test func `the word of it outlives its own segment, and goes after the damaged one`() throws {
        let slot = Slot(2)
        var shard = try shard(remembering: [part, other], of: slot)
        var actions: [ShardAction] = []
        shard.slotsDamaged([SlotDamage(slot: slot, parts: [part, other])], now: now, into: &actions)
        shard.ringAdopted(try ring, now: now, into: &actions)
        // Two tries of the same, one of them not complete: both parts are kept, once.
        let first = ReplicaRecord.restored(slot, [part]).logRecord(slot: slot)
        let second = ReplicaRecord.restored(slot, [part, other]).logRecord(slot: slot)
        var freed: [UInt32] = []
        let kept = try left(of: [first, second], in: 9, &shard, freed: &freed)
        #expect(kept == [second])
        #expect(freed == [9], "the new one counts as needed")
        #expect(try left(of: [], in: 3, &shard, freed: &freed).isEmpty)
        #expect(freed == [9, 20])
        #expect(try left(of: kept, in: 20, &shard, freed: &freed).isEmpty)
    }

    @Test func `the word of damage that is gone is not kept`() throws {
        let slot = Slot(2)
        let later = DamagedBytes(segment: 5, from: 64, upTo: 128)
        for told in [[], [later]] {
            var shard = try shard(remembering: [part], of: slot)
            var actions: [ShardAction] = []
            shard.slotsDamaged([SlotDamage(slot: slot, parts: told)], now: now, into: &actions)
            shard.ringAdopted(try ring, now: now, into: &actions)
            let record = ReplicaRecord.restored(slot, [part]).logRecord(slot: slot)
            #expect(ShardMachine.freedSegments(in: actions) == [9])
            var freed: [UInt32] = []
            #expect(try left(of: [record], in: 9, &shard, freed: &freed).isEmpty)
        }
    }

    @Test func `the record comes back from its bytes`() throws {
        let record = ReplicaRecord.restored(Slot(5), [part, other])
        let logged = record.logRecord(slot: Slot(5))
        let again = try ReplicaRecord(kind: logged.kind, head: logged.head)
        #expect(again == record)
        #expect(logged.kind == 7)
    }
}

extension ShardMachine {
    /// The segments of which bytes have become dead.
    fileprivate static func freedSegments(in actions: [ShardAction]) -> [UInt32] {
        actions.compactMap { action in
            if case .freed(let segment, _) = action { segment } else { nil }
        }
    }
}
