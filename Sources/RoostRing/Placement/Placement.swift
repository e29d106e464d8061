import RoostCore

/// Computes the table of a ring: a pure function of the members and the table before.
///
/// The requirements, in order of precedence (in the manner of Riak's `riak_core_claim_binring_alg`):
/// 1. The owners of a slot are distinct, and as many as ``replicaCount(members:)`` says.
/// 2. The owners of a slot stand in distinct zones when there are as many zones as owners. With fewer zones, no zone has
///    more of them than it must: of three owners in two zones, two and one.
/// 3. Every member owns its share by weight, rounded up or down: members of one weight differ by at most one replica. A
///    share ends at one replica of every slot, and a zone's shares at what requirement 2 lets it own; what is over
///    goes to the others by weight.
/// 4. Among the tables that keep 1–3, few replicas change: a join moves the newcomer's share to it and nothing else, a leave
///    moves only what the leaver owned, unless zones force an exchange through a third member.
/// 5. The same members and table give the same result, in whatever order the members are listed.
/// 6. A ring mixes its members: whoever fails, its slots fall back on many others and not on two neighbours.
public enum Placement {
    /// Replicas of every slot: three, or as many as there are members.
    public static func replicaCount(members: Int) -> Int {
        min(Owners.countMax, members)
    }

    /// The owners of every slot, by node.
    /// - Parameters:
    ///   - members: who shares the ring; not empty, with distinct ids.
    ///   - slotCount: how many slots there are.
    /// - Returns: the owners of each slot, in the order of the slots. An owner that stays keeps its place.
    public static func owners(members: [Member], slotCount: SlotCount) -> [[NodeID]] {
        owners(members: members, previous: Array(repeating: [], count: slotCount.value))
    }

    /// The owners of every slot, by node.
    /// - Parameters:
    ///   - members: who shares the ring; not empty, with distinct ids.
    ///   - previous: the owners before, slot by slot. Nodes that are no members are dropped.
    /// - Returns: the owners of each slot, in the order of the slots. An owner that stays keeps its place.
    public static func owners(members: [Member], previous: [[NodeID]]) -> [[NodeID]] {
        precondition(!members.isEmpty, "a ring without members")
        var plan = PlacementPlan(members: members.sorted { $0.id < $1.id }, previous: previous)
        plan.fill()
        plan.balance()
        return plan.slots.map { owners in owners.map { plan.members[$0].id } }
    }
}
