import RoostCore
import RoostNode
import RoostRing

/// The ring changes while everything else goes on: the nodes decide, the operators only ask.
extension Simulation {
    private static let lookInterval = TimeSpan.seconds(2)

    /// Spare nodes start, and operators get ideas.
    mutating func planRingChanges() {
        for _ in 0..<options.settingChanges { agenda.add(.fault(.changeSettings), at: moment()) }
        guard options.ringChanges + options.wipes + options.lostMajorities + options.restores > 0 else { return }
        for index in options.nodes..<occupants.count {
            agenda.add(.restart(node: index), at: now + .milliseconds(UInt64(random.below(2000))))
        }
        for _ in 0..<options.ringChanges { agenda.add(.fault(.changeRing), at: moment()) }
        agenda.add(.look, at: now + Simulation.lookInterval)
    }

    /// An operator wants something, at whatever node answers.
    mutating func changeRing() {
        guard let index = operatorsNode(), let ring = nodes[index].control.record else { return }
        let members = ring.members
        let spares = nodes.filter { node in
            node.isUp && node.table == nil && !members.contains { $0.id == node.id } && !node.isRemoved
        }
        let staying = members.filter { $0.standing == .member }
        let spare = spares.isEmpty ? nil : spares[random.below(spares.count)]
        let leaver = staying.isEmpty || !mayShrink(ring) ? nil : staying[random.below(staying.count)].id
        let change: RingChange?
        switch random.below(8) {
        case 0...2: change = spare.map { .add(member($0)) }
        case 3, 4: change = staying.count > 1 ? leaver.map { .remove($0) } : nil
        case 5: change = spare.flatMap { spare in leaver.map { .replace($0, with: member(spare)) } }
        case 6: change = .abort
        default: change = ring.movement.isPaused ? .resume : .pause
        }
        if let change { ask(change, at: index) }
    }

    /// Several operators want the same setting to be different things, at different nodes, at once.
    mutating func changeSettings() {
        for index in nodes.indices where nodes[index].isRunning && nodes[index].table != nil && random.below(3) > 0 {
            ask(.limit(bytesPerSecond: 1 << 30 + nextChange), at: index)
        }
    }

    private mutating func ask(_ change: RingChange, at index: Int) {
        nextChange += 1
        trace.note(now, .change, UInt64(index), nextChange, saying: "n\(index) is asked for a change: \(change)")
        control(index) { [nextChange] machine, now, actions in
            machine.changeRequested(token: nextChange, change, now: now, into: &actions)
        }
    }

    private mutating func operatorsNode() -> Int? {
        let able = nodes.indices.filter { nodes[$0].isRunning && nodes[$0].table != nil && !nodes[$0].isRemoved }
        return able.isEmpty ? nil : able[random.below(able.count)]
    }

    private func member(_ node: SimulatedNode) -> Member {
        Member(
            id: node.id, name: "n\(node.index)", zone: SimulatedNode.zone(node.host),
            address: SimulatedNode.address(node.host), clientAddress: "c\(node.host):1")
    }

    /// Whether a member may leave: where disks are lost, not so many that the next one takes the only vote with it.
    private mutating func mayShrink(_ ring: EpochRecord) -> Bool {
        guard options.wipes + options.bitRots + options.lostMajorities + options.restores > 0 else { return true }
        guard solidMembers(of: ring) > 3, now >= nextRemoval else { return false }
        nextRemoval = now + .seconds(60)
        return true
    }

    /// Whether a member's process is gone for good: its disk is lost, or it was removed once and then added anew, too late.
    private func isGone(_ node: NodeID) -> Bool {
        places[node].map { nodes[$0].isLost || nodes[$0].isRemoved } ?? false
    }

    /// Operators see to what is lost, and let what was paused go on when everything is healed.
    mutating func look() {
        agenda.add(.look, at: now + Simulation.lookInterval)
        guard let ring = record.ringRecord, let index = operatorsNode() else { return }
        if !isFaulty, ring.movement.isPaused { return ask(.resume, at: index) }
        let dead = ring.members.map(\.id).filter(isLost)
        if isMajorityLost(in: ring, with: dead) { return ask(.acceptLoss(dead), at: index) }
        if ring.voters.allSatisfy(isGone) { return ask(.acceptLoss(ring.voters), at: index) }
        guard let lost = ring.members.first(where: { $0.standing != .leaving && isGone($0.id) }),
            !isFaulty || random.below(2) == 0
        else { return }
        let spare = nodes.first { $0.isUp && $0.table == nil && !$0.isRemoved && $0.life > 0 }
        if let spare, random.below(2) == 0 {
            ask(.replace(lost.id, with: member(spare)), at: index)
        } else if ring.members.contains(where: { $0.standing == .member && $0.id != lost.id }) {
            ask(.remove(lost.id), at: index)
        } else {
            // It was to take the place of all that are left: that is called off.
            ask(.abort, at: index)
        }
    }

    /// Whether some slot has lost its majority with these nodes.
    private func isMajorityLost(in ring: EpochRecord, with dead: [NodeID]) -> Bool {
        guard dead.count > 1 else { return false }
        return ring.lines.contains { line in
            line.owners.count { !dead.contains(ring.members[Int($0)].id) } * 2 <= line.owners.count
        }
    }

    /// A node has all that it is to hold of a slot.
    mutating func merged(_ slot: Slot, version: UInt64, on index: Int) {
        trace.note(
            now, .merged, UInt64(index), UInt64(slot.index), version, saying: "n\(index) has merged slot \(slot)")
        control(index) { machine, now, actions in
            machine.slotMerged(slot, version: version, now: now, into: &actions)
        }
    }

    /// A node is a member no more: its process ends and does not come back.
    mutating func removed(_ index: Int, epoch: Epoch) {
        trace.note(now, .removed, UInt64(index), epoch, saying: "n\(index) is no member of epoch \(epoch)")
        guard nodes[index].stranger == nil else { return crash(index) }
        nodes[index].isRemoved = true
        agenda.add(.fault(.crash(node: index)), at: now + .milliseconds(UInt64(random.below(2000))))
    }

    /// What is left of the changes of the ring; `nil` when nothing is.
    var unfinishedRing: String? {
        guard let ring = record.ringRecord else { return nil }
        if ring.members.contains(where: { isLost($0.id) }) { return "a node whose disk is lost is still a member" }
        if !ring.isAtRest { return "the ring of epoch \(ring.number) is not at rest" }
        for node in nodes where node.isUp && ring.members.contains(where: { $0.id == node.id }) {
            let counts = node.shard.counts
            if node.table?.epoch != ring.number {
                return "n\(node.index) goes by epoch \(node.table?.epoch ?? 0) of \(ring.number)"
            }
            if counts.slotsComing > 0 { return "n\(node.index) waits for \(counts.slotsComing) slots" }
            if counts.slotsQuarantined > 0 {
                return "n\(node.index) keeps \(counts.slotsQuarantined) slots quarantined"
            }
            if counts.slotsLeftOver > 0 { return "n\(node.index) has \(counts.slotsLeftOver) slots left over" }
        }
        return nil
    }
}
