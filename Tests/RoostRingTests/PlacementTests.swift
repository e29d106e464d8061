import RoostCore
import RoostRing
import Testing

/// The numbered requirements of ``Placement`` on rings of one zone and one weight.
@Suite struct PlacementTests {
    @Test(arguments: [1, 2, 3, 4, 5, 7, 10, 16, 31, 64, 99, 100])
    func firstRing(count: Int) {
        let members = members(count)
        let table = firstTable(of: members)
        #expect(offences(of: table, members) == [])
        let loads = loads(of: table, members)
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
    }

    @Test(arguments: [3, 4, 7, 10, 33, 97, 98, 99, 100])
    func theFullestIsWithinAHundredthOfTheMean(count: Int) {
        let members = members(count)
        let table = firstTable(of: members, slotCount: .standard)
        #expect(offences(of: table, members, slotCount: .standard) == [])
        let mean = Double(SlotCount.standard.value * 3) / Double(count)
        #expect(Double(loads(of: table, members).max() ?? 0) <= mean * 1.01)
    }

    @Test(arguments: [8, 16, 64])
    func aRingOfFewSlots(count: Int) {
        let all = members(9)
        var before = firstTable(of: Array(all.prefix(3)), slotCount: .of(count))
        for size in 4...9 {
            let members = Array(all.prefix(size))
            let after = Placement.owners(members: members, previous: before)
            #expect(offences(of: after, members, slotCount: .of(count)) == [])
            let loads = loads(of: after, members)
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "\(size) members")
            before = after
        }
    }

    @Test func everyCountFromOneToAHundredAsItGrows() {
        var all = members(1)
        var table = firstTable(of: all)
        for number in 2...100 {
            let newcomer = member(number)
            all.append(newcomer)
            let next = Placement.owners(members: all, previous: table)
            #expect(offences(of: next, all) == [])
            let loads = loads(of: next, all)
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "\(number) members")
            // Exactly the newcomer's share moves, and to nobody else; the others keep their places.
            let moved = moves(from: table, to: next)
            #expect(moved == loads[number - 1], "\(number) members")
            for (old, new) in zip(table, next) {
                #expect(
                    new.count { !old.contains($0) } <= 1 && new.allSatisfy { $0 == newcomer.id || old.contains($0) })
                for (before, after) in zip(old, new) { #expect(before == after || after == newcomer.id) }
            }
            table = next
        }
    }

    @Test(arguments: UInt64(1)...4)
    func everyCountFromAHundredToOneAsItShrinks(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var all = members(100)
        var table = firstTable(of: all)
        while all.count > 1 {
            let leaver = all.remove(at: random.below(all.count)).id
            let next = Placement.owners(members: all, previous: table)
            #expect(offences(of: next, all) == [])
            let loads = loads(of: next, all)
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "\(all.count) members")
            for (old, new) in zip(table, next) {
                // Only what the leaver owned has a new owner; below three members, nothing has.
                let lost = all.count >= 3 && old.contains(leaver) ? 1 : 0
                #expect(new.count { !old.contains($0) } == lost, "\(all.count) members")
            }
            table = next
        }
    }

    @Test(arguments: UInt64(1)...20)
    func joinsAndLeavesInAnyOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var number = 3 + random.below(20)
        var all = members(number)
        var table = firstTable(of: all)
        for _ in 0..<60 {
            let joins = all.count == 3 || random.below(2) == 0
            var leaver: NodeID?
            if joins {
                number += 1
                all.append(member(number))
            } else {
                leaver = all.remove(at: random.below(all.count)).id
            }
            let next = Placement.owners(members: all, previous: table)
            #expect(offences(of: next, all) == [])
            let loads = loads(of: next, all)
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
            let least = if let leaver { table.joined().count { $0 == leaver } } else { loads.last ?? 0 }
            #expect(moves(from: table, to: next) == least, "\(joins ? "join" : "leave") makes \(all.count)")
            table = next
        }
    }

    @Test(arguments: UInt64(1)...5)
    func theOrderOfTheMembersDoesNotMatter(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let before = members(9, zones: 4)
        let after = before.dropFirst(2) + [member(20, zone: "z1", weight: 2), member(21, zone: "new")]
        let table = firstTable(of: before)
        let next = Placement.owners(members: Array(after), previous: table)
        #expect(firstTable(of: before.shuffled(using: &random)) == table)
        #expect(Placement.owners(members: after.shuffled(using: &random), previous: table) == next)
    }

    @Test(arguments: [3, 4, 10, 40])
    func nothingMovesWithoutAReason(count: Int) {
        let members = members(count, zones: 3)
        let table = firstTable(of: members)
        #expect(Placement.owners(members: members, previous: table) == table)
    }

    @Test(arguments: [5, 7, 10, 40])
    func aBalancedTableStaysWhoeverHasTheRemainder(count: Int) {
        let members = members(count)
        let ids = members.map(\.id).sorted()
        let successors = Dictionary(uniqueKeysWithValues: zip(ids, ids.dropFirst(2) + ids.prefix(2)))
        let table = firstTable(of: members).map { $0.compactMap { successors[$0] } }
        #expect(Placement.owners(members: members, previous: table) == table)
    }

    @Test(arguments: [7, 10, 12, 30])
    func aRingMixesItsMembers(count: Int) {
        let all = members(count)
        Self.expectMixed(firstTable(of: all), all)
        var grown: [[NodeID]] = Array(repeating: [], count: thousand.value)
        for size in 1...count { grown = Placement.owners(members: Array(all.prefix(size)), previous: grown) }
        Self.expectMixed(grown, all)
    }

    static func expectMixed(
        _ table: [[NodeID]], _ members: [Member], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for member in members {
            // Who takes over when this one fails: everybody it shares a slot with.
            var shared: [NodeID: Int] = [:]
            for owners in table where owners.contains(member.id) {
                for owner in owners where owner != member.id { shared[owner, default: 0] += 1 }
            }
            #expect(shared.count == members.count - 1, sourceLocation: sourceLocation)
            let mean = Double(shared.values.reduce(0, +)) / Double(members.count - 1)
            #expect(Double(shared.values.max() ?? 0) < 2.5 * mean, sourceLocation: sourceLocation)
        }
    }

    @Test func strangersOfTheOldTableAreReplaced() {
        let members = members(4)
        let stranger = member(50).id
        let table = firstTable(of: members).map { owners in [stranger] + owners.dropFirst() }
        let next = Placement.owners(members: members, previous: table)
        #expect(offences(of: next, members) == [])
        for (old, new) in zip(table, next) { #expect(old.dropFirst().allSatisfy(new.contains)) }
    }
}
