import RoostCore
import RoostRing

/// Whether users would notice if a node stopped for a while.
public struct StopSafety: Equatable, Sendable {
    /// Slots that the node answers for: as an owner, or as one that is to take over.
    public var slots: Int
    /// Those that would lose their majority with it.
    public var slotsLost: Int
    /// Those that have none now, with or without it.
    public var slotsLostAlready: Int

    /// Whether every slot of the node that has a majority keeps it, and each has one.
    public var isSafe: Bool { slotsLost == 0 && slotsLostAlready == 0 }

    /// Looks at every slot of a node.
    /// - Parameters:
    ///   - node: the node that is to stop.
    ///   - ring: the ring in force.
    ///   - dead: nodes that do not answer now.
    public init(of node: NodeID, in ring: RingTable, dead: [NodeID]) {
        (slots, slotsLost, slotsLostAlready) = (0, 0, 0)
        for slot in ring.slotCount.slots {
            let owners = ring.owners(of: slot)
            guard owners.contains(node) else { continue }
            slots += 1
            var away: UInt8 = 0
            for place in owners.indices where dead.contains(owners[place]) { away |= 1 << UInt8(place) }
            guard owners.canReachQuorum(without: away) else {
                slotsLostAlready += 1
                continue
            }
            for place in owners.indices where owners[place] == node { away |= 1 << UInt8(place) }
            if !owners.canReachQuorum(without: away) { slotsLost += 1 }
        }
    }
}
