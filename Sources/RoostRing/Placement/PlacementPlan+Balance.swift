import RoostCore

/// Bringing every member to its share with few moves.
extension PlacementPlan {
    /// Moves replicas from members above their share to members below it.
    ///
    /// A replica that is new to its slot moves for nothing, any other costs one move. So new ones go first; when there are none,
    /// every direct move is as cheap as any way round; and what is left goes the cheapest way through other members.
    mutating func balance() {
        giveAway { plan, owner, slot in plan.isNew(owner, in: slot) }
        let hasNew = slots.indices.contains { slot in slots[slot].contains { isNew($0, in: slot) } }
        if !hasNew { giveAway { _, _, _ in true } }
        while exchange() {}
    }

    /// Direct moves, slot after slot, of the replicas that may be given.
    ///
    /// Each set of takers goes through the slots in an order of its own. In one order for all, newcomers would sit in the same
    /// slots, and a later leave would find no owner for them but each other.
    private mutating func giveAway(_ mayGive: (PlacementPlan, Int, Int) -> Bool) {
        let takers = members.indices.filter { excess($0) < 0 }
        guard !takers.isEmpty else { return }
        var random = SeededRandom(seed: takers.reduce(0) { $0 ^ members[$1].id.high ^ members[$1].id.low })
        for slot in slots.indices.shuffled(using: &random) {
            while let (owner, taker) = directMove(in: slot, mayGive) { replace(owner, by: taker, in: slot) }
        }
    }

    /// The owner furthest above its share for which the slot can take a member below it.
    private func directMove(in slot: Int, _ mayGive: (PlacementPlan, Int, Int) -> Bool) -> (Int, Int)? {
        var move: (owner: Int, taker: Int)?
        for (place, owner) in slots[slot].enumerated() where excess(owner) > 0 && mayGive(self, owner, slot) {
            if let move, excess(move.owner) >= excess(owner) { continue }
            var best: Int?
            for member in members.indices where excess(member) < 0 && allows(member, in: slot, except: place) {
                if let known = best, !isNeedier(member, than: known, in: slot) { continue }
                best = member
            }
            if let best { move = (owner, best) }
        }
        return move
    }

    /// Moves one replica's worth from members above their share to one below, each member on the way passing a replica of
    /// one slot on to the next. False when nobody is above.
    ///
    /// Dijkstra's algorithm over the members, by moves and then by steps. Two steps of a shortest way never disturb each other:
    /// if they entered one zone of one slot, the first giver could have given to the last taker at once.
    private mutating func exchange() -> Bool {
        let step = 1
        let move = members.count + 1
        let unreached = Int.max
        var distances = members.indices.map { excess($0) > 0 ? 0 : unreached }
        guard distances.contains(0) else { return false }
        var origins: [(giver: Int, slot: Int)?] = Array(repeating: nil, count: members.count)
        var isSettled = Array(repeating: false, count: members.count)
        let owned = ownedSlots()

        while true {
            var nearest: Int?
            for member in members.indices where !isSettled[member] && distances[member] != unreached {
                if let known = nearest, distances[known] <= distances[member] { continue }
                nearest = member
            }
            guard let giver = nearest else { return false }
            if excess(giver) < 0 {
                follow(origins, to: giver)
                return true
            }
            isSettled[giver] = true
            for slot in owned[giver] {
                let distance = distances[giver] + step + (isNew(giver, in: slot) ? 0 : move)
                let place = slots[slot].firstIndex(of: giver)
                for taker in members.indices where distance < distances[taker] {
                    guard allows(taker, in: slot, except: place) else { continue }
                    distances[taker] = distance
                    origins[taker] = (giver, slot)
                }
            }
        }
    }

    private func ownedSlots() -> [[Int]] {
        var owned: [[Int]] = Array(repeating: [], count: members.count)
        for slot in slots.indices {
            for owner in slots[slot] { owned[owner].append(slot) }
        }
        return owned
    }

    private mutating func follow(_ origins: [(giver: Int, slot: Int)?], to last: Int) {
        var taker = last
        while let (giver, slot) = origins[taker] {
            replace(giver, by: taker, in: slot)
            taker = giver
        }
    }
}
