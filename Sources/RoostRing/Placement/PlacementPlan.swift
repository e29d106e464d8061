import RoostCore

/// The table while it is worked on. Members are places in the sorted member list, zones places in the sorted zone names.
struct PlacementPlan {
    let members: [Member]
    /// The zone of each member.
    let zones: [Int]
    /// Most owners of one slot in one zone.
    let perZone: Int
    let replicas: Int
    /// How many replicas each member is to own.
    let shares: [Int]
    /// The owners before, where they are still members.
    let previous: [[Int]]
    var slots: [[Int]]
    /// How many replicas each member owns.
    var loads: [Int]
    /// How many replicas the members of each zone lack to their shares.
    private var zoneNeeds: [Int]

    /// Starts with what may stay of the table before.
    init(members: [Member], previous table: [[NodeID]]) {
        self.members = members
        let names = Set(members.map(\.zone)).sorted()
        var zonePlaces: [String: Int] = [:]
        for (place, name) in names.enumerated() { zonePlaces[name] = place }
        zones = members.map { zonePlaces[$0.zone, default: 0] }
        replicas = Placement.replicaCount(members: members.count)
        perZone = (replicas + names.count - 1) / names.count

        var places: [NodeID: Int] = [:]
        for (place, member) in members.enumerated() { places[member.id] = place }
        previous = table.map { $0.compactMap { places[$0] } }
        slots = Array(repeating: [], count: table.count)
        loads = Array(repeating: 0, count: members.count)
        for slot in slots.indices {
            for owner in previous[slot] where slots[slot].count < replicas {
                guard Self.allows(owner, beside: slots[slot], except: nil, zones: zones, perZone: perZone) else {
                    continue
                }
                slots[slot].append(owner)
                loads[owner] += 1
            }
        }

        var sizes = Array(repeating: 0, count: names.count)
        for zone in zones { sizes[zone] += 1 }
        let perZone = perZone
        shares =
            PlacementShares(
                of: table.count * replicas, slots: table.count, weights: members.map { Int(max(1, $0.weight)) },
                zones: zones,
                capacities: sizes.map { min($0, perZone) * table.count }, held: loads
            ).counts
        zoneNeeds = Array(repeating: 0, count: names.count)
        for member in members.indices { zoneNeeds[zones[member]] += shares[member] - loads[member] }
    }

    /// By how many replicas a member is above its share.
    func excess(_ member: Int) -> Int { loads[member] - shares[member] }

    /// Whether a member may own the slot, beside all its owners or all but the one at `except`.
    func allows(_ member: Int, in slot: Int, except: Int? = nil) -> Bool {
        Self.allows(member, beside: slots[slot], except: except, zones: zones, perZone: perZone)
    }

    private static func allows(
        _ member: Int, beside owners: [Int], except: Int?, zones: [Int], perZone: Int
    ) -> Bool {
        var inZone = 0
        for (place, owner) in owners.enumerated() {
            if owner == member { return false }
            if place != except, zones[owner] == zones[member] { inZone += 1 }
        }
        return inZone < perZone
    }

    /// Gives every slot all its owners. The zone, then the member, that lacks most goes first: whoever must be in nearly every
    /// slot that is left is never passed over.
    mutating func fill() {
        for slot in slots.indices {
            while slots[slot].count < replicas {
                var best: Int?
                for member in members.indices where allows(member, in: slot) {
                    if let known = best, !isBetter(member, than: known, in: slot) { continue }
                    best = member
                }
                guard let best else { preconditionFailure("no owner for slot \(slot) among \(members.count) members") }
                slots[slot].append(best)
                loads[best] += 1
                zoneNeeds[zones[best]] -= 1
            }
        }
    }

    private func isBetter(_ member: Int, than other: Int, in slot: Int) -> Bool {
        let lacks = (excess(member) < 0, excess(other) < 0)
        if lacks.0 != lacks.1 { return lacks.0 }
        let needs = (zoneNeeds[zones[member]], zoneNeeds[zones[other]])
        if needs.0 != needs.1 { return needs.0 > needs.1 }
        return isNeedier(member, than: other, in: slot)
    }

    /// Whether a member is further below its share; ties fall by a hash of slot and member, so that no two members meet in slot
    /// after slot.
    func isNeedier(_ member: Int, than other: Int, in slot: Int) -> Bool {
        let excesses = (excess(member), excess(other))
        if excesses.0 != excesses.1 { return excesses.0 < excesses.1 }
        return lot(of: member, in: slot) < lot(of: other, in: slot)
    }

    private func lot(of member: Int, in slot: Int) -> UInt64 {
        let id = members[member].id
        var random = SeededRandom(seed: id.high ^ id.low &+ UInt64(slot) &* 0x9E37_79B9_7F4A_7C15)
        return random.next()
    }

    /// Whether the owner is new to the slot: moving it on costs nothing.
    func isNew(_ owner: Int, in slot: Int) -> Bool {
        !previous[slot].contains(owner)
    }

    /// Puts `taker` in the place of an owner.
    mutating func replace(_ owner: Int, by taker: Int, in slot: Int) {
        guard let place = slots[slot].firstIndex(of: owner) else {
            preconditionFailure("member \(owner) owns no replica of slot \(slot)")
        }
        slots[slot][place] = taker
        loads[owner] -= 1
        loads[taker] += 1
    }
}
