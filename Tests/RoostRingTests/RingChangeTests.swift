import RoostCore
import RoostRing
import Testing

@Suite struct RingChangeTests {
    /// Runs the movement to its end, everybody answering at once, and checks every record on the way.
    private func settle(_ first: EpochRecord) throws -> (last: EpochRecord, epochs: Int, moved: Int) {
        var record = first
        var moved = 0
        for epochs in 0..<2000 {
            guard let next = record.advanced(hasMerged: { _, _ in true }) else { return (record, epochs, moved) }
            try check(next, after: record)
            moved += zip(next.lines, record.lines).count {
                !$0.next.isEmpty && $1.next.isEmpty || $0.version == $1.version + 2
            }
            record = next
        }
        Issue.record("no end after 2000 epochs")
        return (record, 2000, moved)
    }

    /// Every rule of a record, and of its step from the one before.
    private func check(_ next: EpochRecord, after record: EpochRecord) throws {
        #expect(try EpochRecord(decoding: next.encode()) == next)
        #expect(next.follows(record) && next.descends(from: record))
        #expect(next.lines.count { !$0.next.isEmpty } <= Movement.slotsMax(of: thousand))
        for (new, old) in zip(next.lines, record.lines) {
            let names = { (places: [UInt16], record: EpochRecord) in places.map { record.members[Int($0)].name } }
            let isSame =
                names(new.owners, next) == names(old.owners, record) && names(new.next, next) == names(old.next, record)
            #expect(isSame == (new.version == old.version), "a line has a new version when, and only when, it changed")
            if names(new.owners, next) != names(old.owners, record) {
                #expect(names(new.owners, next) == names(old.next, record), "owners change by way of next alone")
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 9])
    func aJoinMovesItsShareAndNothingElse(count: Int) throws {
        let first = try EpochRecord.first(
            clusterID: EpochRecordTests.cluster, members: members(count), slotCount: thousand)
        let joined = try first.changed(.add(member(count + 1)))
        try check(joined, after: first)
        let ideal = thousand.value * min(3, count + 1) / (count + 1)
        #expect(abs(Int(joined.movement.planned) - ideal) <= 1)
        let (last, _, moved) = try settle(joined)
        #expect(abs(moved - ideal) <= 1, "\(moved) moves, \(ideal) are ideal")
        #expect(last.isAtRest && last.members.count == count + 1 && last.movesLeft == 0)
        let table = RingTable(last)
        let loads = last.members.map { table.slots(of: $0.id).count }
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
    }

    @Test func aLeaverStaysUnlessItIsGone() throws {
        let first = try EpochRecord.first(
            clusterID: EpochRecordTests.cluster, members: members(4), slotCount: thousand)
        let leaving = try first.changed(.remove(member(2).id))
        #expect(leaving.members.count == 4, "the record that makes a member leave drops nobody")
        let kept = try leaving.changed(.keep(member(2).id))
        #expect(kept.members.allSatisfy { $0.standing != .leaving } && kept.movesLeft == 0)
        #expect(throws: RingChangeError.alreadyMember("n1")) { try leaving.changed(.keep(member(1).id)) }
        let gone = try settle(leaving).0
        #expect(throws: RingChangeError.notAMember(member(2).id)) { try gone.changed(.keep(member(2).id)) }
    }

    @Test func whoComesOrGoesHasNoVoteWhileOthersDo() throws {
        let first = try EpochRecord.first(
            clusterID: EpochRecordTests.cluster, members: members(2), slotCount: thousand)
        let joining = try first.changed(.add(member(3)))
        #expect(joining.voters == first.voters, "two members, one voter")
        #expect(try settle(joining).0.voters.count == 3)
        let replacing = try joining.changed(.remove(member(1).id))
        #expect(replacing.voters == [member(2).id])
        let onlyNew = try replacing.changed(.remove(member(2).id))
        #expect(onlyNew.voters == [member(3).id], "nobody else is left")
    }

    @Test(arguments: [2, 3, 4, 5, 9])
    func aLeaverIsGoneAtTheEnd(count: Int) throws {
        let first = try EpochRecord.first(
            clusterID: EpochRecordTests.cluster, members: members(count), slotCount: thousand)
        let gone = member(1)
        let (last, _, moved) = try settle(try first.changed(.remove(gone.id)))
        #expect(last.isAtRest && !last.members.contains { $0.id == gone.id } && last.members.count == count - 1)
        #expect(moved == RingTable(first).slots(of: gone.id).count, "only what the leaver owned moves")
    }

    @Test func aReplacementTakesThePlaces() throws {
        let first = try EpochRecord.first(
            clusterID: EpochRecordTests.cluster, members: members(5, zones: 5), slotCount: thousand)
        let (last, _, moved) = try settle(
            try first.changed(.replace(member(2).id, with: member(9, zone: "z2"))))
        #expect(moved == RingTable(first).slots(of: member(2).id).count)
        #expect(RingTable(last).slots(of: member(9).id) == RingTable(first).slots(of: member(2).id))
    }

    @Test func eightJoinsAtOnce() throws {
        var record = try EpochRecord.first(
            clusterID: EpochRecordTests.cluster, members: members(3), slotCount: thousand)
        for number in 4...11 { record = try record.changed(.add(member(number))) }
        let (last, _, _) = try settle(record)
        #expect(last.members.count == 11 && last.members.allSatisfy { $0.standing == .member })
    }

    @Test func aJoinIsCalledOffHalfWay() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(4), slotCount: thousand)
        var record = try first.changed(.add(member(5)))
        for _ in 0..<6 { record = try #require(record.advanced(hasMerged: { _, _ in true })) }
        #expect(!RingTable(record).slots(of: member(5).id).isEmpty)
        let aborted = try record.changed(.abort)
        try check(aborted, after: record)
        let (last, _, _) = try settle(aborted)
        #expect(last.members.map(\.id) == first.members.map(\.id) && last.isAtRest)
    }

    @Test func aLeaverThatStaysAfterAll() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(4), slotCount: thousand)
        var record = try first.changed(.remove(member(2).id))
        for _ in 0..<4 { record = try #require(record.advanced(hasMerged: { _, _ in true })) }
        let (last, _, _) = try settle(try record.changed(.abort))
        #expect(last.members.map(\.id) == first.members.map(\.id))
    }

    /// Nothing changes hands before the newcomer and a majority have said that they hold everything.
    @Test func whoHasToHaveMerged() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(3), slotCount: thousand)
        let newcomer = member(4).id
        let moving = try #require(try first.changed(.add(member(4))).advanced(hasMerged: { _, _ in false }))
        #expect(moving.lines.count { !$0.next.isEmpty } == Movement.slotsMax(of: thousand))
        #expect(moving.advanced(hasMerged: { _, _ in false }) == nil)
        #expect(moving.advanced(hasMerged: { _, node in node != newcomer }) == nil)
        #expect(moving.advanced(hasMerged: { _, node in node == newcomer }) == nil)
        let slot = try #require(moving.lines.firstIndex { !$0.next.isEmpty })
        let kept = try #require(RingTable(moving).owners(of: Slot(slot)).next.first { $0 != newcomer })
        let arrived = try #require(
            moving.advanced(hasMerged: { $0 == Slot(slot) && [newcomer, kept].contains($1) }))
        #expect(arrived.lines[slot].next.isEmpty && arrived.lines[slot].version == moving.lines[slot].version + 1)
    }

    @Test func aPauseBeginsNothingNew() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(3), slotCount: thousand)
        let moving = try #require(try first.changed(.add(member(4))).advanced(hasMerged: { _, _ in false }))
        let paused = try moving.changed(.pause)
        let arrived = try #require(paused.advanced(hasMerged: { _, _ in true }))
        #expect(arrived.lines.allSatisfy { $0.next.isEmpty })
        #expect(arrived.advanced(hasMerged: { _, _ in true }) == nil)
        #expect(throws: RingChangeError.nothingToChange) { try arrived.changed(.pause) }
        let (last, _, _) = try settle(try arrived.changed(.resume))
        #expect(last.isAtRest && last.members.count == 4)
    }

    /// Two of three disks of a slot are lost: the slot goes on with the third, and only slots that lost their majority do.
    @Test func lossIsAccepted() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(5), slotCount: thousand)
        let lost = [member(1).id, member(2).id]
        let record = try first.changed(.acceptLoss(lost))
        let (before, after) = (RingTable(first), RingTable(record))
        for index in 0..<thousand.value {
            let owners = before.owners(of: Slot(index)).current
            let left = owners.filter { !lost.contains($0) }
            #expect(after.owners(of: Slot(index)).current == (left.count < 2 ? left : owners))
            let version = after.version(of: Slot(index))
            #expect(after.lossVersion(of: Slot(index)) == (left.count < 2 ? version : 0))
        }
        let (last, _, _) = try settle(record)
        #expect(last.members.count == 3 && last.isAtRest)
        #expect(last.lines.map(\.lossVersion) == record.lines.map(\.lossVersion), "it is told on")
        #expect(try EpochRecord(decoding: last.encode()) == last)
        #expect(throws: RingChangeError.nothingLost) { try first.changed(.acceptLoss([member(1).id])) }
    }

    @Test func withoutAMajorityOfTheVotersItIsARescue() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(7), slotCount: thousand)
        let voters = first.voters
        #expect(voters.count == 5)
        #expect(!first.needsRescue(without: Array(voters[..<2])) && first.needsRescue(without: Array(voters[..<3])))
        #expect(first.rescuers(without: Array(voters[..<3])) == Array(voters[3...]))
        let last = try #require(first.members.map(\.id).last { !voters.contains($0) })
        let lowest = try #require(first.members.map(\.id).first { !voters.contains($0) })
        #expect(last != lowest && first.rescuers(without: voters) == [lowest])
        #expect(first.rescuers(without: first.members.map(\.id)) == [])

        let usual = try first.changed(.acceptLoss(Array(voters[..<2])))
        #expect(usual.rescue == .none)
        let rescued = try first.changed(.acceptLoss(Array(voters[..<3])))
        #expect(rescued.rescue.count == 1 && rescued.rescue > usual.rescue)
        #expect(try EpochRecord(decoding: rescued.encode()) == rescued)
        #expect(try rescued.changed(.pause).rescue == rescued.rescue, "it is told on")
        let otherwise = try first.changed(.acceptLoss(Array(voters[2...])))
        #expect(otherwise.rescue.count == 1 && otherwise.rescue != rescued.rescue, "one of two is the later")
    }

    @Test func chainsAreToldApart() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(3), slotCount: thousand)
        let one = try first.changed(.pause)
        let other = try first.changed(.limit(bytesPerSecond: 1))
        for (left, right) in [(one, other), (other, try one.changed(.resume)), (try one.changed(.resume), other)] {
            #expect(left.isForked(from: right) && right.isForked(from: left))
        }
        for (left, right) in [(one, one), (one, first), (first, try one.changed(.resume))] {
            #expect(!left.isForked(from: right) && !right.isForked(from: left))
        }
        let stranger = try EpochRecord.first(
            clusterID: UniqueID(high: 3, low: 4), members: members(3), slotCount: thousand)
        #expect(!first.isForked(from: stranger))
    }

    @Test func whatCannotBeDone() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(2), slotCount: thousand)
        #expect(throws: RingChangeError.alreadyMember("n1")) { try first.changed(.add(member(1))) }
        let double = Member(id: member(7).id, name: "n1", zone: "", address: "x:1", clientAddress: "x:2")
        #expect(throws: RingChangeError.nameTaken("n1")) { try first.changed(.add(double)) }
        #expect(throws: RingChangeError.notAMember(member(7).id)) { try first.changed(.remove(member(7).id)) }
        let leaving = try first.changed(.remove(member(1).id))
        #expect(throws: RingChangeError.alreadyLeaving("n1")) { try leaving.changed(.remove(member(1).id)) }
        #expect(throws: RingChangeError.wouldBeEmpty) { try leaving.changed(.remove(member(2).id)) }
        #expect(throws: RingChangeError.nothingToAbort) { try first.changed(.abort) }
        let bad = Member(id: member(7).id, name: "n7", zone: "", address: "nowhere", clientAddress: "x:2")
        #expect(throws: RingChangeError.invalid(.invalidMember("n7", field: "address"))) {
            try first.changed(.add(bad))
        }
    }

    @Test func whenWhoTakesTheirPlaceIsLostAllTheOthersStay() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(2), slotCount: thousand)
        let leaving = try first.changed(.replace(member(1).id, with: member(3))).changed(.remove(member(2).id))
        #expect(leaving.voters == [member(3).id])
        #expect(leaving.needsRescue(without: [member(3).id]))
        #expect(leaving.rescuers(without: [member(3).id]) == [member(1).id])
        let saved = try leaving.changed(.acceptLoss([member(3).id]))
        #expect(saved.voters.count == 1 && saved.voters != leaving.voters)
        #expect(saved.members.filter { $0.standing == .member }.map(\.id) == [member(1).id, member(2).id])
        #expect(saved.lines.allSatisfy { $0.next.isEmpty && $0.lossVersion == 0 }, "nothing is lost: it had nothing")
        #expect(saved.follows(leaving))
        #expect(throws: RingChangeError.wouldBeEmpty) {
            try leaving.changed(.acceptLoss([member(1).id, member(2).id, member(3).id]))
        }
    }

    @Test func aLaterRecordKnowsItsAncestors() throws {
        let first = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(3), slotCount: thousand)
        let other = try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: members(4), slotCount: thousand)
        var record = first
        for round in 0..<70 {
            record = try record.changed(round % 2 == 0 ? .pause : .resume)
            #expect(record.descends(from: first))
            #expect(record.descends(from: other) == (record.number - other.number > UInt64(EpochRecord.ancestorsMax)))
            #expect(try EpochRecord(decoding: record.encode()) == record)
        }
        #expect(!first.descends(from: record) && !record.descends(from: record))
    }
}
