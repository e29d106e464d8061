import RoostCore
import RoostRing
import Testing

@Suite struct RingTableTests {
    @Test(arguments: [1, 2, 3, 12])
    func itSaysWhatTheRecordSays(count: Int) throws {
        let members = members(count)
        let record = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members, slotCount: thousand)
        let table = RingTable(record)
        #expect(table.epoch == 1)
        var slots: [NodeID: [Slot]] = [:]
        for (index, owners) in firstTable(of: members).enumerated() {
            let slot = Slot(index)
            #expect(Array(table.owners(of: slot)) == owners)
            #expect(table.version(of: slot) == 1)
            #expect(!table.owners(of: slot).isMoving)
            for owner in owners { slots[owner, default: []].append(slot) }
        }
        for member in members { #expect(table.slots(of: member.id) == slots[member.id]) }
        #expect(table.slots(of: NodeID(high: 0, low: 0)) == [])
    }

    @Test func aSlotThatMovesHasNextOwners() throws {
        var spelling = RecordSpelling(
            try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(4), slotCount: thousand))
        spelling.number = 2
        spelling.ancestors = [0]
        spelling.lines[5] = RingTable.Line(version: 9, owners: [0, 1, 2], next: [0, 3, 2])
        let record = try EpochRecord(decoding: spelling.bytes)
        let table = RingTable(record)
        let ids = record.members.map(\.id)
        #expect(table.owners(of: Slot(5)).current == [ids[0], ids[1], ids[2]])
        #expect(Set(table.owners(of: Slot(5)).next) == [ids[0], ids[3], ids[2]])
        #expect(table.version(of: Slot(5)) == 9)
        #expect(!table.owners(of: Slot(4)).isMoving)
    }

    /// Every set of answers against the definition: more than half of each side.
    @Test(arguments: [
        ([0], []), ([0, 1], []), ([0, 1, 2], []), ([0], [0, 1]), ([0, 1], [0, 1, 2]), ([0, 1, 2], [0, 1]), ([0], [1]),
        ([0, 1], [0, 2]), ([0, 1, 2], [0, 3, 2]), ([2, 0, 1], [2, 3, 1]),
    ])
    func whoIsEnough(current: [Int], next: [Int]) {
        let ids = members(5).map(\.id)
        let owners = Owners(current.map { ids[$0] }, next: next.map { ids[$0] })
        #expect(owners.current == current.map { ids[$0] } && Set(owners.next) == Set(next.map { ids[$0] }))
        #expect(owners.isMoving == !next.isEmpty)
        for member in 0..<5 {
            #expect(owners.isCurrent(ids[member]) == current.contains(member))
            #expect(owners.isNext(ids[member]) == next.contains(member))
            #expect(owners.contains(ids[member]) == (current + next).contains(member))
        }
        for set in UInt8(0)..<1 << UInt8(owners.count) {
            let nodes = owners.indices.filter { set & 1 << UInt8($0) != 0 }.map { owners[$0] }
            func isMajority(_ side: [Int]) -> Bool { side.count { nodes.contains(ids[$0]) } * 2 > side.count }
            let isEnough = isMajority(current) && (next.isEmpty || isMajority(next))
            #expect(owners.isQuorum(set) == isEnough)
            #expect(owners.canReachQuorum(without: ~set & (1 << UInt8(owners.count) - 1)) == isEnough)
        }
    }

    @Test func ownersAreInTheOrderOfTheTable() {
        let ids = members(2).map(\.id)
        #expect(Owners([ids[0], ids[1]]) != Owners([ids[1], ids[0]]))
        #expect(!Owners([ids[0]]).contains(NodeID(high: 0, low: 0)), "the empty places are no owners")
    }
}
