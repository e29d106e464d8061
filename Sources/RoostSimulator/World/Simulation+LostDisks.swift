import RoostConsensus
import RoostCore
import RoostLog
import RoostNode
import RoostRing

/// Disks that are lost or damaged, as far as the promises allow: one at a time, until all of its slots are whole elsewhere.
extension Simulation {
    /// Fewer members leave slots that one disk can take with it, or a cluster whose only vote it takes.
    private static let membersMin = 3
    /// Fewer members have too few voters to lose two.
    private static let membersOfTwoLosses = 5

    /// Members that have come, are not about to leave and have their disks.
    func solidMembers(of ring: EpochRecord) -> Int {
        ring.members.count { member in
            member.standing == .member && places[member.id].map { !nodes[$0].isLost } ?? false
        }
    }

    /// Whether the promises hold when this node loses what it has.
    func mayLose(_ index: Int) -> Bool {
        guard let ring = record.ringRecord, !nodes[index].isLost, !nodes[index].isRemoved,
            nodes[index].stranger == nil,
            ring.members.contains(where: { $0.id == nodes[index].id && $0.standing == .member }),
            solidMembers(of: ring) >= Simulation.membersMin
        else { return false }
        let isAnyHurt = nodes.contains { !$0.disk.hurt.isEmpty }
        let isAnyLost = nodes.contains(where: \.isLost)
        return !isAnyHurt && (!isAnyLost || ring.isAtRest && !ring.members.contains { isLost($0.id) })
    }

    func isLost(_ node: NodeID) -> Bool { places[node].map { nodes[$0].isLost } ?? false }

    /// A node's disk is gone, and the node with it. Its machine comes back empty: as another node, which waits.
    mutating func wipe(_ index: Int) {
        guard mayLose(index) else { return }
        loseDisk(of: index)
        checkKept("n\(index) has lost its disk")
    }

    private mutating func loseDisk(of index: Int) {
        let free = nodes.indices.first { $0 >= occupants.count && nodes[$0].life == 0 && !occupants.contains($0) }
        guard let next = free else { preconditionFailure("more disks are lost than were planned") }
        trace.note(
            now, .wiped, UInt64(index), UInt64(next), saying: "n\(index) loses its disk, n\(next) takes its place")
        crash(index)
        let node = nodes[index]
        node.isLost = true
        node.disk = VirtualDisk(log: VirtualLog(node: node.id, segmentRecords: options.segmentRecords))
        nodes[next].host = node.host
        occupants[node.host] = next
        agenda.add(.restart(node: next), at: now + .milliseconds(200 + UInt64(random.below(8000))))
    }

    /// Two owners of somebody's slot lose their disks at once, and enough voters are left to decide what to do. Everybody's
    /// account is on the third.
    mutating func loseMajority() {
        guard let ring = record.ring, let members = record.ringRecord?.members, record.ringRecord?.isAtRest == true,
            members.count >= Simulation.membersOfTwoLosses, !members.contains(where: { isLost($0.id) }),
            !nodes.contains(where: { !$0.disk.hurt.isEmpty })
        else { return }
        let owners = ring.owners(of: slot(of: people[random.below(people.count)].name)).current
        let staying = random.below(owners.count)
        let lost = owners.indices.filter { $0 != staying }.compactMap { places[owners[$0]] }
        let isSafe = people.allSatisfy { person in
            let left = ring.owners(of: slot(of: person.name)).current.compactMap { places[$0] }
                .filter { !lost.contains($0) }
            return left.allSatisfy { nodes[$0].disk.index.register(person.user).accepted != .zero }
        }
        guard isSafe else { return }
        for index in lost { loseDisk(of: index) }
    }

    /// A node dies, and a part of what it had synced is not what it was.
    mutating func rot(_ index: Int) {
        let node = nodes[index]
        guard mayLose(index), let ring = record.ringRecord, let segment = node.disk.log.rot(random: &random) else {
            return
        }
        trace.note(
            now, .rotten, UInt64(index), UInt64(segment), saying: "n\(index)'s disk damages segment \(segment)")
        node.disk.rotten.insert(segment)
        // Until the start tells which.
        node.disk.hurt = Set(ring.lines.indices.map { Slot($0) })
        crash(index)
    }

    /// A new life has found damage: its machine hears of it before it has a ring, as in production.
    mutating func tellDamage(_ corruptions: [LogCorruption], of slotCount: Int, on index: Int) {
        let node = nodes[index]
        node.disk.damage = DamageBook()
        if node.stranger != .olderState { node.disk.hurt = [] }
        guard !corruptions.isEmpty else { return }
        if mutant == .quarantineIgnored { return checkKept("n\(index) starts without what was damaged") }
        let (slots, whole) = node.disk.damage.damaged(corruptions, of: (0..<slotCount).map { Slot($0) })
        trace.note(
            now, .damaged, UInt64(index), UInt64(slots.count), UInt64(corruptions.count),
            saying: "n\(index) finds \(corruptions.count) parts damaged, of \(slots.count) slots")
        repaired(whole, on: index)
        node.disk.hurt = Set(slots.map(\.slot))
        shard(index) { machine, now, actions in machine.slotsDamaged(slots, now: now, into: &actions) }
    }

    /// A slot of which something was damaged is whole again, or not this node's any more.
    mutating func restored(_ slot: Slot, on index: Int) {
        let node = nodes[index]
        trace.note(now, .restored, UInt64(index), UInt64(slot.index), saying: "n\(index) has restored slot \(slot)")
        repaired(node.disk.damage.restored(slot), on: index)
        guard node.stranger == nil, node.disk.hurt.remove(slot) != nil, node.disk.hurt.isEmpty else { return }
        checkKept("n\(index) has restored what its disk had lost")
    }

    private mutating func repaired(_ segments: [UInt32], on index: Int) {
        for segment in segments { nodes[index].disk.log.repaired(segment: segment) }
        guard !segments.isEmpty else { return }
        agenda.add(.clean(node: index, life: nodes[index].life), at: now)
    }
}
