import RoostCore
import RoostRing
import Testing

/// The requirements of ``Placement`` where zones and weights pull at each other.
@Suite struct PlacementZoneTests {
    /// Sizes of zones, from even to absurd.
    static let layouts: [[Int]] = [
        [1, 1], [2, 1], [5, 1], [9, 2], [4, 4], [1, 1, 1], [2, 2, 2], [10, 1, 1], [7, 5, 2], [1, 1, 1, 1],
        [3, 3, 2, 1],
        [20, 2, 2, 2], [12, 1, 9, 3, 3], [5, 5, 5, 5, 5], [2, 2, 2, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ]

    static func zoned(_ layout: [Int]) -> [Member] {
        var members: [Member] = []
        for (zone, size) in layout.enumerated() {
            for _ in 0..<size { members.append(member(members.count + 1, zone: "z\(zone)")) }
        }
        return members
    }

    static func expectFair(_ table: [[NodeID]], _ members: [Member], sourceLocation: SourceLocation = #_sourceLocation)
    {
        #expect(offences(of: table, members) == [], sourceLocation: sourceLocation)
        for (index, (load, fair)) in zip(loads(of: table, members), fairShares(members)).enumerated() {
            #expect(
                abs(Double(load) - fair) < 1.01, "\(members[index].name): \(load) of a fair \(fair)",
                sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: layouts)
    func unevenZones(layout: [Int]) {
        let members = Self.zoned(layout)
        Self.expectFair(firstTable(of: members), members)
    }

    @Test func evenZonesAreBalancedToOne() {
        for (count, zones) in [(3, 3), (6, 3), (9, 3), (8, 4), (30, 3), (30, 5), (100, 4), (100, 10)] {
            let members = members(count, zones: zones)
            let loads = loads(of: firstTable(of: members), members)
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "\(count) members in \(zones) zones")
        }
    }

    @Test(arguments: UInt64(1)...40)
    func anyZonesAndWeightsThroughJoinsAndLeaves(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let zones = 1 + random.below(6)
        let weightMax = [1, 3, 20][random.below(3)]
        func draw(_ number: Int) -> Member {
            member(number, zone: "z\(random.below(zones))", weight: UInt32(1 + random.below(weightMax)))
        }
        var number = 1 + random.below(14)
        var all = (1...number).map(draw)
        var table = firstTable(of: all)
        Self.expectFair(table, all)
        for _ in 0..<12 {
            if all.count == 1 || random.below(3) > 0 {
                number += 1
                all.append(draw(number))
            } else {
                all.remove(at: random.below(all.count))
            }
            let next = Placement.owners(members: all, previous: table)
            Self.expectFair(next, all)
            table = next
        }
    }

    @Test(arguments: UInt64(1)...12)
    func fewMovesWithZones(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let zones = 3 + random.below(3)
        var number = 2 * zones
        var all = members(number, zones: zones)
        var table = firstTable(of: all)
        for _ in 0..<12 {
            number += 1
            all.append(member(number, zone: "z\(number % zones)"))
            let next = Placement.owners(members: all, previous: table)
            let least = Self.leastMoves(from: table, all)
            #expect(moves(from: table, to: next) <= least + thousand.value / 64, "\(number) members in \(zones) zones")
            table = next
        }
    }

    /// What has to move in any case: all that members have above their share rounded up, or lack to it rounded down.
    static func leastMoves(from table: [[NodeID]], _ members: [Member]) -> Int {
        let pairs = zip(loads(of: table, members), fairShares(members))
        let above = pairs.reduce(0) { $0 + max(0, $1.0 - Int($1.1.rounded(.up))) }
        let below = pairs.reduce(0) { $0 + max(0, Int($1.1.rounded(.down)) - $1.0) }
        return max(above, below)
    }

    @Test func weightsDivideTheRing() {
        let members = [1, 2, 3, 4, 5, 6].map { member($0, weight: UInt32($0)) }
        let loads = loads(of: firstTable(of: members), members)
        // 3072 in 21 parts, of which the heaviest can take no more than 1024.
        #expect(zip(loads, [146, 293, 439, 585, 731, 878]).allSatisfy { abs($0 - $1) <= 1 }, "\(loads)")
    }

    @Test func aMemberOwnsNoSlotTwiceHoweverHeavy() {
        let members = [member(1, weight: 1000), member(2), member(3), member(4), member(5)]
        let loads = loads(of: firstTable(of: members), members)
        #expect(loads == [1024, 512, 512, 512, 512])
    }

    @Test func twoZonesShareEverySlot() {
        let members = Self.zoned([3, 1])
        let table = firstTable(of: members)
        #expect(loads(of: table, members).last == thousand.value)
    }

    @Test func aMemberThatMovesToAnotherZoneKeepsWhatItMay() {
        let before = members(6, zones: 3)
        let table = firstTable(of: before)
        var after = before
        after[0] = member(1, zone: "z0")
        let next = Placement.owners(members: after, previous: table)
        Self.expectFair(next, after)
        #expect(moves(from: table, to: next) < thousand.value * 3 / 2)
    }
}
