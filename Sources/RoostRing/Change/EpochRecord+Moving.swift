import RoostCore

/// Moving slots, a few at a time, until the table is the one that the members call for.
extension EpochRecord {
    /// The owners that every slot is to have in the end, by slot: ``Placement`` over the members that stay, from where the
    /// slots are or are on their way to.
    public var target: [[NodeID]] {
        Placement.owners(members: members.filter { $0.standing != .leaving }, previous: lines.map(arrival(of:)))
    }

    private func arrival(of line: RingTable.Line) -> [NodeID] {
        (line.next.isEmpty ? line.owners : line.next).map { members[Int($0)].id }
    }

    /// Replicas that are still to come or to go, those on their way among them.
    public var movesLeft: Int { movesLeft(to: target) }

    /// Replicas that are still to come or to go until the table is this one.
    public func movesLeft(to target: [[NodeID]]) -> Int {
        zip(lines, target).reduce(0) { sum, pair in
            let (line, goal) = pair
            let way = line.next.isEmpty ? 0 : 1
            return sum + way + EpochRecord.steps(from: arrival(of: line), to: goal)
        }
    }

    private static func steps(from owners: [NodeID], to goal: [NodeID]) -> Int {
        max(goal.count { !owners.contains($0) }, owners.count { !goal.contains($0) })
    }

    /// Nothing moves and nobody comes or goes: true for nearly all records, and cheap to see.
    public var isAtRest: Bool {
        movement.planned == 0 && members.allSatisfy { $0.standing == .member } && lines.allSatisfy { $0.next.isEmpty }
    }

    /// The next record of the movement: slots that have arrived change hands, and others begin to move while there are fewer than ``Movement/slotsMax(of:)`` on their way.
    /// - Parameters:
    ///   - target: ``target``, where it is known.
    ///   - hasMerged: whether a next owner of a slot has said that it holds everything, at the slot's present version.
    ///   - canReceive: whether a node is well enough to be sent more. An opinion: it delays a move and decides nothing.
    /// - Returns: the record to decide on; `nil` when there is nothing to do, or nothing yet.
    public func advanced(
        toward target: [[NodeID]]? = nil, hasMerged: (Slot, NodeID) -> Bool,
        canReceive: (NodeID) -> Bool = { _ in true }
    ) -> EpochRecord? {
        guard !isAtRest else { return nil }
        let target = target ?? self.target
        var draft = RecordDraft(self)
        var isChanged = false
        for slot in draft.lines.indices where isArrived(draft.lines[slot], slot: Slot(slot), hasMerged) {
            draft.lines[slot].owners = draft.lines[slot].next
            draft.lines[slot].next = []
            draft.lines[slot].version += 1
            isChanged = true
        }
        if !movement.isPaused, EpochRecord.begin(&draft, target, at: number, canReceive) { isChanged = true }
        if draft.dropIdle() { isChanged = true }
        if zip(draft.lines, target).allSatisfy({ $0.next.isEmpty && EpochRecord.steps(from: $0.owners, to: $1) == 0 }),
            draft.comeToRest()
        {
            isChanged = true
        }
        return isChanged ? draft.record : nil
    }

    /// A slot changes hands when the node that is new to it and a majority of the next owners hold everything. A kept owner
    /// that is away does not keep it from going on: whatever was `sent` is on a majority of those that have it all.
    private func isArrived(_ line: RecordDraft.Line, slot: Slot, _ hasMerged: (Slot, NodeID) -> Bool) -> Bool {
        guard !line.next.isEmpty else { return false }
        let merged = line.next.filter { hasMerged(slot, $0) }
        return merged.count * 2 > line.next.count
            && line.next.allSatisfy { line.owners.contains($0) || merged.contains($0) }
    }

    /// Lets slots begin to move, from another one in each epoch, so that the moves spread over givers and takers.
    private static func begin(
        _ draft: inout RecordDraft, _ target: [[NodeID]], at number: Epoch, _ canReceive: (NodeID) -> Bool
    ) -> Bool {
        var room = Movement.slotsMax(of: draft.previous.slotCount) - draft.lines.count { !$0.next.isEmpty }
        var isChanged = false
        let start = Int(number &* 389 % UInt64(draft.lines.count))
        for step in 0..<draft.lines.count where room > 0 {
            let slot = (start + step) % draft.lines.count
            guard draft.lines[slot].next.isEmpty,
                let next = EpochRecord.step(from: draft.lines[slot].owners, to: target[slot], canReceive)
            else { continue }
            draft.lines[slot].next = next
            draft.lines[slot].version += 1
            room -= 1
            isChanged = true
        }
        return isChanged
    }

    /// The owners after one member has come, gone, or come for another; `nil` when there is no step that can be taken now.
    private static func step(
        from owners: [NodeID], to goal: [NodeID], _ canReceive: (NodeID) -> Bool
    ) -> [NodeID]? {
        let coming = goal.filter { !owners.contains($0) }
        let going = owners.filter { !goal.contains($0) }
        guard !coming.isEmpty else { return going.first.map { gone in owners.filter { $0 != gone } } }
        guard let come = coming.first(where: canReceive) else { return nil }
        if owners.count < goal.count { return owners + [come] }
        guard let gone = going.first else { return nil }
        return owners.map { $0 == gone ? come : $0 }
    }
}
