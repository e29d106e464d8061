import RoostCore
import RoostNode
import RoostRing

/// The ring changes while everything else goes on: the nodes decide, the operators only ask.
extension Simulation {
    private static let lookInterval = TimeSpan.seconds(2)

    /// Spare nodes start, and operators get ideas.
    mutating func planRingChanges() {
        guard options.ringChanges > 0 else { return }
        for index in options.nodes..<nodes.count {
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
        let leaver = staying.isEmpty ? nil : staying[random.below(staying.count)].id
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
            id: node.id, name: "n\(node.index)", zone: SimulatedNode.zone(node.index),
            address: SimulatedNode.address(node.index), clientAddress: "c\(node.index):1")
    }

    /// When everything is healed, an operator lets what was paused go on.
    mutating func look() {
        agenda.add(.look, at: now + Simulation.lookInterval)
        guard !isFaulty, let ring = record.ringRecord, ring.movement.isPaused, let index = operatorsNode() else {
            return
        }
        ask(.resume, at: index)
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
        nodes[index].isRemoved = true
        agenda.add(.fault(.crash(node: index)), at: now + .milliseconds(UInt64(random.below(2000))))
    }

    /// What is left of the changes of the ring; `nil` when nothing is.
    var unfinishedRing: String? {
        guard let ring = record.ringRecord else { return nil }
        if !ring.isAtRest { return "the ring of epoch \(ring.number) is not at rest" }
        for node in nodes where node.isUp && ring.members.contains(where: { $0.id == node.id }) {
            let counts = node.shard.counts
            if node.table?.epoch != ring.number {
                return "n\(node.index) goes by epoch \(node.table?.epoch ?? 0) of \(ring.number)"
            }
            if counts.slotsComing > 0 { return "n\(node.index) waits for \(counts.slotsComing) slots" }
            if counts.slotsLeftOver > 0 { return "n\(node.index) has \(counts.slotsLeftOver) slots left over" }
        }
        return nil
    }
}
