import RoostCore
import RoostRing

/// What a change of the ring would do, before anybody has said yes.
public struct ChangePlan: Equatable, Sendable {
    /// Slots that a member has a copy of.
    public struct Share: Equatable, Sendable {
        /// The member's name.
        public var name: String
        /// Now.
        public var before: Int
        /// When everything has moved.
        public var after: Int
    }

    /// What an operator should know before saying yes.
    public enum Warning: Equatable, Sendable {
        /// Two owners of this many slots would stand in one zone, though there are several.
        case sharedZone(slots: Int)
        /// Slots would have fewer than three copies.
        case fewCopies(Int)
        /// This many slots have no majority without these dead members: they cannot move until the loss is accepted.
        case noMajority(slots: Int, dead: [String])
        /// The loss of these members' disks is accepted: this many slots go on with less than a majority of their owners,
        /// some of them with none.
        case lossAccepted(slots: Int, empty: Int, lost: [String])
        /// A majority of the voters is lost with these members: those who are named after them decide alone.
        case rescue(lost: [String], deciders: [String])
    }

    /// The ring that it starts from.
    public var epoch: Epoch
    /// Everybody who has a share before or after, by name.
    public var shares: [Share]
    /// Copies that are to come or to go.
    public var replicasToMove: Int
    /// Worth knowing.
    public var warnings: [Warning]

    /// Plans a change of this ring. Placement is computed: milliseconds to tens of them.
    /// - Parameters:
    ///   - change: what is asked for.
    ///   - record: the ring in force.
    ///   - dead: the members that do not answer.
    /// - Throws: ``RingChangeError`` for a change that cannot be made.
    public init(_ change: RingChange, of record: EpochRecord, dead: [NodeID]) throws(RingChangeError) {
        let next = try record.changed(change)
        let target = next.target
        epoch = record.number
        replicasToMove = next.movesLeft
        var before: [NodeID: Int] = [:]
        for line in record.lines { for owner in line.owners { before[record.members[Int(owner)].id, default: 0] += 1 } }
        var after: [NodeID: Int] = [:]
        for owners in target { for owner in owners { after[owner, default: 0] += 1 } }
        let members = record.members + next.members.filter { new in !record.members.contains { $0.id == new.id } }
        shares = members.map { Share(name: $0.name, before: before[$0.id] ?? 0, after: after[$0.id] ?? 0) }
            .sorted { $0.name < $1.name }
        warnings = []
        let crowded = ChangePlan.slotsInOneZone(target, of: next)
        if crowded > 0 { warnings.append(.sharedZone(slots: crowded)) }
        let copies = target.map(\.count).min() ?? 0
        if copies < Owners.countMax { warnings.append(.fewCopies(copies)) }
        if !change.lost.isEmpty { warnings += ChangePlan.warnings(of: change.lost, in: record) }
        let stuck = next.slotsWithoutMajority(dead)
        if !stuck.isEmpty {
            warnings.append(.noMajority(slots: stuck.slots, dead: ChangePlan.names(of: stuck.dead, in: record)))
        }
    }

    private static func names(of nodes: [NodeID], in record: EpochRecord) -> [String] {
        nodes.map { node in record.members.first { $0.id == node }?.name ?? node.description }.sorted()
    }

    private static func warnings(of lost: [NodeID], in record: EpochRecord) -> [Warning] {
        let names = names(of: lost, in: record)
        let stuck = record.slotsWithoutMajority(lost)
        let empty = record.lines.count { line in line.owners.allSatisfy { lost.contains(record.members[Int($0)].id) } }
        var warnings: [Warning] = []
        if !stuck.isEmpty { warnings.append(.lossAccepted(slots: stuck.slots, empty: empty, lost: names)) }
        if record.needsRescue(without: lost) {
            let deciders = ChangePlan.names(of: record.rescuers(without: lost), in: record)
            warnings.append(.rescue(lost: names, deciders: deciders))
        }
        return warnings
    }

    private static func slotsInOneZone(_ target: [[NodeID]], of record: EpochRecord) -> Int {
        var zones: [NodeID: String] = [:]
        for member in record.members where member.standing != .leaving { zones[member.id] = member.zone }
        guard Set(zones.values).count > 1 else { return 0 }
        return target.count { owners in Set(owners.compactMap { zones[$0] }).count < owners.count }
    }
}

extension EpochRecord {
    /// Slots without a majority of their owners in force when these nodes do not answer, and which of them that is due to.
    fileprivate func slotsWithoutMajority(_ dead: [NodeID]) -> (slots: Int, dead: [NodeID], isEmpty: Bool) {
        var slots = 0
        var missing: Set<NodeID> = []
        for line in lines {
            let owners = line.owners.map { members[Int($0)].id }
            let away = owners.filter(dead.contains)
            guard (owners.count - away.count) * 2 <= owners.count else { continue }
            slots += 1
            missing.formUnion(away)
        }
        return (slots, missing.sorted(), slots == 0)
    }
}
