import RoostCore
import RoostRing

/// Members to try rings with: numbered from 1, their ids spread over all bits so that their order is not their number's.
func member(_ number: Int, zone: String = "a", weight: UInt32 = 1) -> Member {
    var random = SeededRandom(seed: UInt64(number))
    return Member(
        id: UniqueID.random(using: &random), name: "n\(number)", zone: zone, address: "n\(number).example:7401",
        clientAddress: "n\(number).example:7400", weight: weight)
}

/// `count` members in one zone.
func members(_ count: Int) -> [Member] {
    (1...count).map { member($0) }
}

/// `count` members, going round the zones.
func members(_ count: Int, zones: Int) -> [Member] {
    (1...count).map { member($0, zone: "z\($0 % zones)") }
}

/// Slots of the rings here, where nothing depends on how many there are.
let thousand = SlotCount.of(1024)

extension SlotCount {
    /// A count that is known to be one.
    static func of(_ count: Int) -> SlotCount {
        guard let slotCount = SlotCount(count) else { preconditionFailure("\(count) slots") }
        return slotCount
    }
}

/// The first table of these members.
func firstTable(of members: [Member], slotCount: SlotCount = thousand) -> [[NodeID]] {
    Placement.owners(members: members, slotCount: slotCount)
}

/// How many replicas each member owns, in the order of the members.
func loads(of table: [[NodeID]], _ members: [Member]) -> [Int] {
    var counts: [NodeID: Int] = [:]
    for owner in table.joined() { counts[owner, default: 0] += 1 }
    return members.map { counts[$0.id, default: 0] }
}

/// How many replicas have an owner that they did not have.
func moves(from old: [[NodeID]], to new: [[NodeID]]) -> Int {
    zip(old, new).reduce(0) { sum, slot in sum + slot.1.count { !slot.0.contains($0) } }
}

/// What a table breaks of the requirements on one slot: the right number of distinct members, in as many zones as can be.
func offences(of table: [[NodeID]], _ members: [Member], slotCount: SlotCount = thousand) -> [String] {
    let zoneOf = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0.zone) })
    let replicas = min(3, members.count)
    let zones = Set(members.map(\.zone)).count
    var offences: [String] = []
    if table.count != slotCount.value { offences.append("\(table.count) slots") }
    for (slot, owners) in table.enumerated() {
        if owners.count != replicas { offences.append("slot \(slot) has \(owners.count) owners") }
        if Set(owners).count != owners.count { offences.append("slot \(slot) has one owner twice") }
        if owners.contains(where: { zoneOf[$0] == nil }) { offences.append("slot \(slot) has a stranger") }
        if Set(owners.map { zoneOf[$0] }).count != min(zones, replicas) { offences.append("slot \(slot) lacks a zone") }
    }
    return offences
}

/// The fair shares, by another way than the code's: bisection on the common factor of the weights, with each member ending at
/// one replica of every slot and each zone at what the slots let it own.
func fairShares(_ members: [Member]) -> [Double] {
    let slots = Double(thousand.value)
    let replicas = min(3, members.count)
    let zones = Set(members.map(\.zone)).sorted()
    let perZone = (replicas + zones.count - 1) / zones.count
    let capacities = zones.map { zone in Double(min(perZone, members.count { $0.zone == zone })) * slots }
    func demand(_ zone: Int, _ factor: Double) -> Double {
        members.reduce(0) { $1.zone == zones[zone] ? $0 + min(slots, factor * Double($1.weight)) : $0 }
    }
    func solve(_ total: Double, _ amount: (Double) -> Double) -> Double {
        var (low, high) = (0.0, slots)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if amount(middle) < total { low = middle } else { high = middle }
        }
        return high
    }
    let common = solve(slots * Double(replicas) - 1e-6) { factor in
        zones.indices.reduce(0) { $0 + min(capacities[$1], demand($1, factor)) }
    }
    let factors = zones.indices.map { zone in
        demand(zone, common) <= capacities[zone]
            ? common : solve(capacities[zone] - 1e-6) { demand(zone, $0) }
    }
    return members.map { member in
        let zone = zones.firstIndex(of: member.zone) ?? 0
        return min(slots, factors[zone] * Double(member.weight))
    }
}
