import OrderedCollections
import RoostCore
import RoostMembership
import RoostRing

/// Letting the ring move: what this node has merged, what the voters have heard, and who takes the next step.
extension ControlMachine {
    /// Between two reports of what is merged here.
    static let reportInterval = TimeSpan.seconds(1)
    /// Between two looks at whether a step can be taken.
    static let driveInterval = TimeSpan.milliseconds(100)
    /// A step waits this long for slots that are still on their way, so that it moves many at once.
    static let gatherPatience = TimeSpan.seconds(1)
    /// How much later each further voter takes a step that the one before it has not taken.
    static let driverStagger = TimeSpan.seconds(3)

    /// What the voters have heard of a slot.
    struct MergeReports: Sendable {
        var version: UInt64
        var nodes: Set<NodeID> = []
    }

    /// Everything of a slot that this node is to hold is on its disk; the voters hear of it until the slot has changed hands.
    public mutating func slotMerged(
        _ slot: Slot, version: UInt64, now: Instant, into actions: inout [ControlAction]
    ) {
        ownMerged[slot] = version
        report([MergedSlot(slot: slot, version: version)], now: now, into: &actions)
        nextReport = min(nextReport, now + ControlMachine.reportInterval)
    }

    private mutating func report(_ slots: [MergedSlot], now: Instant, into actions: inout [ControlAction]) {
        guard let record, !slots.isEmpty else { return }
        for voter in record.voters { say(.merged(slots), to: voter, now: now, into: &actions) }
    }

    /// A next owner says that it holds everything of these slots.
    mutating func heard(merged slots: [MergedSlot], from peer: NodeID) {
        guard let record else { return }
        for merged in slots where record.version(of: merged.slot) == merged.version {
            var reports = mergeReports[merged.slot] ?? MergeReports(version: merged.version)
            if reports.version != merged.version { reports = MergeReports(version: merged.version) }
            guard reports.nodes.insert(peer).inserted else { continue }
            mergeReports[merged.slot] = reports
            mayAdvance = true
        }
    }

    mutating func tickMovement(now: Instant, into actions: inout [ControlAction]) {
        guard let record else { return }
        if now >= nextReport {
            nextReport = .distantFuture
            let merged = ownMerged.filter { record.version(of: $0.key) == $0.value }
            ownMerged = merged
            let moving = merged.filter { !record.lines[Int($0.key.index)].next.isEmpty }
            if !moving.isEmpty {
                report(moving.map { MergedSlot(slot: $0.key, version: $0.value) }, now: now, into: &actions)
                nextReport = now + ControlMachine.reportInterval
            }
        }
        if now >= nextDrive { drive(now: now, into: &actions) }
    }

    /// Takes the next step of a movement, if it is this node's turn and there is one.
    private mutating func drive(now: Instant, into actions: inout [ControlAction]) {
        nextDrive = .distantFuture
        guard let record, !record.isAtRest else { return }
        nextDrive = now + ControlMachine.driveInterval
        guard proposal == nil, undecided == nil, changes.isEmpty, let rank = driverRank(in: record),
            now >= adoptedAt + ControlMachine.driverStagger * UInt64(rank)
        else { return }
        let reports = mergeReports
        func hasMerged(_ slot: Slot, _ node: NodeID) -> Bool { reports[slot]?.nodes.contains(node) ?? false }
        let isGathering = record.lines.enumerated().contains { slot, line in
            line.next.contains { !hasMerged(Slot(slot), record.members[Int($0)].id) }
        }
        guard mayAdvance || now >= lastAdvance + ControlMachine.driverStagger else { return }
        guard !isGathering || now >= adoptedAt + ControlMachine.gatherPatience else { return }
        mayAdvance = false
        lastAdvance = now
        let alive = Set(members.filter { $0.status == .alive }.map(\.description.id))
        // Worked out once for each record: while the movement waits for somebody it is asked for several times a second.
        let target = movementTarget ?? record.target
        movementTarget = target
        guard let next = record.advanced(toward: target, hasMerged: hasMerged, canReceive: alive.contains) else {
            return
        }
        propose(next, for: .movement, after: record, now: now, into: &actions)
    }

    /// This node's place among the voters that are alive; `nil` for one that has no vote.
    private func driverRank(in record: EpochRecord) -> Int? {
        guard record.voters.contains(local.id) else { return nil }
        let absent = Set(members.filter { $0.status != .alive }.map(\.description.id))
        return record.voters.filter { !absent.contains($0) }.firstIndex(of: local.id)
    }

    /// A new ring is in force: reports of other versions are worth nothing.
    mutating func beginMovement(now: Instant) {
        guard let record else { return }
        mergeReports = mergeReports.filter { record.version(of: $0.key) == $0.value.version }
        movementTarget = nil
        adoptedAt = now
        mayAdvance = true
        nextDrive = record.isAtRest ? .distantFuture : now
        nextReport = now
    }
}
