import RoostCore
import RoostRing
import Testing

@Suite struct RingTableTests {
    @Test(arguments: [1, 2, 3, 12])
    func itSaysWhatTheRecordSays(count: Int) throws {
        let members = members(count)
        let record = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members)
        let table = RingTable(record)
        #expect(table.epoch == 1)
        var slots: [NodeID: [Slot]] = [:]
        for (index, owners) in Placement.owners(members: members).enumerated() {
            let slot = Slot(index)
            #expect(Array(table.owners(of: slot)) == owners)
            #expect(table.version(of: slot) == 1)
            #expect(table.nextOwners(of: slot) == nil)
            for owner in owners { slots[owner, default: []].append(slot) }
        }
        for member in members { #expect(table.slots(of: member.id) == slots[member.id]) }
        #expect(table.slots(of: NodeID(high: 0, low: 0)) == [])
    }

    @Test func aSlotThatMovesHasNextOwners() throws {
        var spelling = RecordSpelling(
            try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(4)))
        spelling.number = 2
        spelling.lines[5] = RingTable.Line(version: 9, owners: [0, 1, 2], next: [0, 3, 2])
        let record = try EpochRecord(decoding: spelling.bytes)
        let table = RingTable(record)
        let ids = record.members.map(\.id)
        #expect(table.nextOwners(of: Slot(5)) == Owners([ids[0], ids[3], ids[2]]))
        #expect(table.owners(of: Slot(5)) == Owners(ids.prefix(3)))
        #expect(table.version(of: Slot(5)) == 9)
        #expect(table.nextOwners(of: Slot(4)) == nil)
    }

    @Test func owners() {
        let ids = members(4).map(\.id)
        for (count, majority) in [(1, 1), (2, 2), (3, 2)] {
            let owners = Owners(ids.prefix(count))
            #expect(Array(owners) == Array(ids.prefix(count)))
            #expect(owners.count == count && owners.majority == majority)
            #expect(owners.contains(ids[count - 1]) && !owners.contains(ids[count]))
            #expect(!owners.contains(NodeID(high: 0, low: 0)), "the empty places are no owners")
        }
        #expect(Owners(ids.prefix(2)) != Owners(ids.prefix(3)))
        #expect(Owners([ids[0], ids[1]]) != Owners([ids[1], ids[0]]), "the order is the table's")
    }
}
