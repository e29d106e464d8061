import RoostCore

/// How many replicas each member is to own: by weight, in whole numbers, within what the slots and the zones can hold.
///
/// Shares grow with one common factor until a zone or a member is full; what is full is set aside and the rest goes on.
/// Zones go first: a member of a full zone may never reach its own limit. Dividing each share by the number of slots gives a
/// fraction of every slot that keeps all rules, so a table with exactly these shares exists (the flow is integral).
struct PlacementShares {
    /// The shares, in the order of the members.
    private(set) var counts: [Int]

    private let slots: Int
    private let weights: [Int]
    private let zones: [Int]
    private let capacities: [Int]
    private let held: [Int]

    /// Divides `total` replicas.
    /// - Parameters:
    ///   - total: how many there are.
    ///   - slots: how many slots they belong to: no member owns more.
    ///   - weights: of each member, positive.
    ///   - zones: the zone of each member, as a place in `capacities`.
    ///   - capacities: how many replicas each zone can own.
    ///   - held: what each member owns already; a share is rounded up rather for a member that would lose one otherwise.
    init(of total: Int, slots: Int, weights: [Int], zones: [Int], capacities: [Int], held: [Int]) {
        self.slots = slots
        self.weights = weights
        self.zones = zones
        self.capacities = capacities
        self.held = held
        counts = Array(repeating: 0, count: weights.count)
        var left = total
        var open = Array(weights.indices)
        while !open.isEmpty {
            let weight = open.reduce(0) { $0 + weights[$1] }
            if let zone = capacities.indices.first(where: { isFull($0, open, left: left, weight: weight) }) {
                let inside = open.filter { zones[$0] == zone }
                let room = capacities[zone] - sum(of: zone)
                open.removeAll { zones[$0] == zone }
                divide(room, among: inside)
                left -= room
            } else if let member = open.first(where: { left * weights[$0] > slots * weight }) {
                counts[member] = slots
                open.removeAll { $0 == member }
                left -= slots
            } else {
                round(left, among: open)
                return
            }
        }
    }

    private func sum(of zone: Int) -> Int {
        counts.indices.reduce(0) { zones[$1] == zone ? $0 + counts[$1] : $0 }
    }

    /// Whether the open members of the zone would get more than it can own.
    private func isFull(_ zone: Int, _ open: [Int], left: Int, weight: Int) -> Bool {
        var wanted = sum(of: zone) * weight
        for member in open where zones[member] == zone { wanted += min(slots * weight, left * weights[member]) }
        return wanted > capacities[zone] * weight
    }

    /// Divides within one full zone, where only the members' own limits are left.
    private mutating func divide(_ total: Int, among members: [Int]) {
        var left = total
        var open = members
        while true {
            let weight = open.reduce(0) { $0 + weights[$1] }
            guard let member = open.first(where: { left * weights[$0] > slots * weight }) else { break }
            counts[member] = slots
            open.removeAll { $0 == member }
            left -= slots
        }
        round(left, among: open)
    }

    /// Rounds down, then up for as many as it takes: first who owns more already, then who lost most by rounding.
    private mutating func round(_ total: Int, among members: [Int]) {
        let weight = members.reduce(0) { $0 + weights[$1] }
        var left = total
        for member in members {
            counts[member] = total * weights[member] / weight
            left -= counts[member]
        }
        func order(_ member: Int) -> (Int, Int, Int) {
            (held[member] > counts[member] ? 0 : 1, -(total * weights[member] % weight), member)
        }
        for member in members.sorted(by: { order($0) < order($1) }) where left > 0 {
            guard counts[member] < slots, sum(of: zones[member]) < capacities[zones[member]] else { continue }
            counts[member] += 1
            left -= 1
        }
    }
}
