import RoostCore
import RoostRing

/// How evenly the ring spreads and how little it moves, as a cluster grows member by member.
public enum PlacementStudy {
    /// One size of the cluster.
    public struct Row: Equatable, Sendable {
        /// Members after the join.
        public let members: Int
        /// Replicas that the join moved.
        public let moved: Int
        /// The newcomer's share: what has to move.
        public let ideal: Double
        /// The fullest member's replicas.
        public let most: Int
        /// The emptiest member's replicas.
        public let least: Int
        /// The fullest over the mean.
        public let maxOverMean: Double
    }

    /// Lets a cluster grow from 3 members to `members`.
    /// - Parameters:
    ///   - members: how far, at least 3.
    ///   - slotCount: slots of the ring.
    ///   - zones: zones that the members are spread over in turn; 1 for none.
    /// - Returns: a row for each size from 3 on.
    public static func run(members: Int, slotCount: SlotCount = .standard, zones: Int = 1) -> [Row] {
        var random = SeededRandom(seed: 1)
        var known: [Member] = []
        var table: [[NodeID]] = Array(repeating: [], count: slotCount.value)
        var rows: [Row] = []
        for count in 1...max(3, members) {
            known.append(
                Member(
                    id: UniqueID.random(using: &random), name: "n\(count)", zone: "z\(count % max(1, zones))",
                    address: "n\(count):1", clientAddress: "n\(count):2"))
            let before = table
            table = Placement.owners(members: known, previous: before)
            guard count >= 3 else { continue }
            rows.append(row(members: known, before: before, after: table))
        }
        return rows
    }

    private static func row(members: [Member], before: [[NodeID]], after: [[NodeID]]) -> Row {
        var shares: [NodeID: Int] = [:]
        var moved = 0
        for (old, new) in zip(before, after) {
            for owner in new {
                shares[owner, default: 0] += 1
                if !old.contains(owner) { moved += 1 }
            }
        }
        let counts = members.map { shares[$0.id] ?? 0 }
        let replicas = counts.reduce(0, +)
        let mean = Double(replicas) / Double(members.count)
        return Row(
            members: members.count, moved: moved, ideal: mean, most: counts.max() ?? 0, least: counts.min() ?? 0,
            maxOverMean: Double(counts.max() ?? 0) / mean)
    }
}
