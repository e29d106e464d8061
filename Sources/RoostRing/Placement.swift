import RoostCore

/// Computes the table of a ring: a pure function of the members and the table before.
///
/// The requirements, in order of precedence:
/// 1. The owners of a slot are distinct.
/// 2. The owners of a slot are in distinct zones, when there are at least as many zones as owners.
/// 3. Loads differ by at most one replica between members of one weight; a member of weight w carries w shares.
/// 4. Among the tables that keep 1–3, few replicas change: a join moves to the newcomer its share and nothing else, a
///    leave moves only what the leaver owned, as far as 2 allows.
/// 5. The same members and table give the same result, in whatever order the members are listed.
public enum Placement {
    /// Replicas of every slot: three, or as many as there are members.
    public static func replicaCount(members: Int) -> Int {
        min(Owners.countMax, members)
    }

    /// The owners of every slot, by node.
    /// - Parameters:
    ///   - members: who shares the ring; not empty.
    ///   - previous: the owners before, slot by slot; empty for the first ring. Nodes that are no members are dropped.
    /// - Returns: the owners of each slot, in the order of the slots.
    public static func owners(members: [Member], previous: [[NodeID]] = []) -> [[NodeID]] {
        precondition(!members.isEmpty, "a ring without members")
        var plan = Plan(members: members.sorted { $0.id < $1.id })
        plan.keep(previous)
        plan.fill()
        plan.balance()
        return plan.slots.map { owners in owners.map { plan.members[$0].id } }
    }
}

/// The table while it is worked on; owners are places in the sorted member list.
private struct Plan {
    let members: [Member]
    let replicas: Int
    let wantsZones: Bool
    let quota: [Int]
    var slots: [[Int]]
    var loads: [Int]

    init(members: [Member]) {
        self.members = members
        replicas = Placement.replicaCount(members: members.count)
        wantsZones = Set(members.map(\.zone)).count >= replicas
        slots = Array(repeating: [], count: Slot.count)
        loads = Array(repeating: 0, count: members.count)
        quota = Plan.quotas(members, total: Slot.count * replicas)
    }

    /// Whole shares by weight, the remainders to the first members; none above one replica of every slot.
    static func quotas(_ members: [Member], total: Int) -> [Int] {
        var quota = Array(repeating: 0, count: members.count)
        var open = Array(members.indices)
        var left = total
        while !open.isEmpty, left > 0 {
            let weight = open.reduce(0) { $0 + Int(max(1, members[$1].weight)) }
            let capped = open.filter { left * Int(max(1, members[$0].weight)) / weight >= Slot.count }
            guard capped.isEmpty else {
                for member in capped { quota[member] = Slot.count }
                left -= capped.count * Slot.count
                open.removeAll(where: capped.contains)
                continue
            }
            var given = 0
            for member in open {
                quota[member] = left * Int(max(1, members[member].weight)) / weight
                given += quota[member]
            }
            for member in open.prefix(left - given) { quota[member] += 1 }
            left = 0
        }
        return quota
    }

    mutating func keep(_ previous: [[NodeID]]) {
        guard previous.count == Slot.count else { return }
        var places: [NodeID: Int] = [:]
        for (place, member) in members.enumerated() { places[member.id] = place }
        for slot in slots.indices {
            for place in previous[slot].compactMap({ places[$0] }).prefix(replicas) where !slots[slot].contains(place) {
                slots[slot].append(place)
                loads[place] += 1
            }
        }
    }

    /// Whether a member may own a slot beside these owners.
    func allows(_ member: Int, beside owners: [Int]) -> Bool {
        !owners.contains(member)
            && !(wantsZones && owners.contains { members[$0].zone == members[member].zone })
    }

    /// Gives every slot its owners, the member that lacks most first.
    mutating func fill() {
        for slot in slots.indices {
            while slots[slot].count < replicas {
                let owners = slots[slot]
                let allowed = members.indices.filter { allows($0, beside: owners) }
                let candidates = allowed.isEmpty ? members.indices.filter { !owners.contains($0) } : allowed
                // Ties go round with the slot, so that neighbours do not share all their owners.
                let count = members.count
                guard
                    let best = candidates.min(by: { left, right in
                        let lacks = (quota[left] - loads[left], quota[right] - loads[right])
                        if lacks.0 != lacks.1 { return lacks.0 > lacks.1 }
                        return (left + count - slot % count) % count < (right + count - slot % count) % count
                    })
                else { break }
                slots[slot].append(best)
                loads[best] += 1
            }
        }
    }

    /// Moves single replicas from members above their share to members below it: directly where one slot allows, else
    /// through one third member, each swap lowering the total excess.
    mutating func balance() {
        var slot = 0
        var idle = 0
        while idle < Slot.count {
            if improve(slot) { idle = 0 } else { idle += 1 }
            slot = (slot + 1) % Slot.count
        }
        while chain() {}
    }

    private func excess(_ member: Int) -> Int { loads[member] - quota[member] }

    private mutating func improve(_ slot: Int) -> Bool {
        let owners = slots[slot]
        let over = owners.indices.filter { excess(owners[$0]) > 0 }
            .sorted { (excess(owners[$0]), owners[$1]) > (excess(owners[$1]), owners[$0]) }
        for place in over {
            var others = owners
            others.remove(at: place)
            let candidates = members.indices.filter { excess($0) < 0 && allows($0, beside: others) }
            guard let taker = candidates.min(by: { (excess($0), $0) < (excess($1), $1) }) else { continue }
            replace(slot, place, by: taker)
            return true
        }
        return false
    }

    private mutating func replace(_ slot: Int, _ place: Int, by taker: Int) {
        loads[slots[slot][place]] -= 1
        loads[taker] += 1
        slots[slot][place] = taker
    }

    /// One step through a third member: it takes from a member above its share and gives to one below.
    private mutating func chain() -> Bool {
        guard let giver = members.indices.first(where: { excess($0) > 0 }) else { return false }
        let needy = members.indices.filter { excess($0) < 0 }
        for first in slots.indices {
            guard let place = slots[first].firstIndex(of: giver) else { continue }
            var others = slots[first]
            others.remove(at: place)
            for middle in members.indices where excess(middle) == 0 && allows(middle, beside: others) {
                for second in slots.indices where second != first {
                    guard let middlePlace = slots[second].firstIndex(of: middle) else { continue }
                    var rest = slots[second]
                    rest.remove(at: middlePlace)
                    guard let taker = needy.first(where: { allows($0, beside: rest) }) else { continue }
                    replace(first, place, by: middle)
                    replace(second, middlePlace, by: taker)
                    return true
                }
            }
        }
        return false
    }
}
