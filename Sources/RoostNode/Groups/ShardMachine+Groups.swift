import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing
import RoostSession

/// Putting groups in order: which group is looked after, and when. What is done for it is in `ShardMachine+Ordering` and `ShardMachine+Spreading`.
///
/// Nothing here is safe because of time or because one node alone does it. Any number of owners may be at work on a group; the
/// order's register decides, and what a pass does besides may be done twice.
extension ShardMachine {
    /// Between two looks at what is late.
    static let groupTickInterval = TimeSpan.milliseconds(100)

    /// Takes up what the replica has noticed and what registers have answered.
    mutating func orderGroups(now: Instant, into actions: inout [ShardAction]) {
        while !gateway.registers.ordererAnswers.isEmpty {
            let (group, pass, answer) = gateway.registers.ordererAnswers.removeFirst()
            registerAnswered(group, pass: pass, answer, now: now, into: &actions)
        }
        guard !replica.stirred.isEmpty, ring != nil else { return }
        let stirred = replica.stirred
        replica.stirred = []
        for group in stirred { stir(group, now: now, into: &actions) }
    }

    /// Groups that somebody may have to take up: at the start, and when owners or links change.
    mutating func stirGroups() {
        for group in replica.groups.sorted() where replica.isRestless(group) { replica.stirred.append(group) }
    }

    /// How many owners come before this node in taking a group up; `nil` when it is none of them. Those that cannot be
    /// reached do not count.
    private func rank(in group: Address) -> Int? {
        guard let ring else { return nil }
        let owners = ring.owners(of: ring.slot(of: group)).current
        guard let place = owners.firstIndex(of: node) else { return nil }
        return owners[..<place].count { !gateway.unreachable.contains($0) }
    }

    private mutating func stir(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let rank = rank(in: group) else {
            groupWork.removeValue(forKey: group)
            return
        }
        guard var work = groupWork[group] else {
            guard replica.isRestless(group) else { return }
            groupWork[group] = GroupWork(step: .waiting(until: now))
            if rank == 0 {
                beginPass(group, now: now, into: &actions)
            } else {
                groupWork[group]?.generationSeen = replica.order(of: group)?.generation ?? 0
                groupWork[group]?.step = .waiting(until: now + GroupWork.patience * UInt64(rank))
            }
            return
        }
        work.isStirred = true
        groupWork[group] = work
        if rank == 0, !work.isBusy { beginPass(group, now: now, into: &actions) }
    }

    /// Looks at every group that is being taken care of.
    mutating func tickGroups(now: Instant, into actions: inout [ShardAction]) {
        for group in Array(groupWork.keys) {
            guard let work = groupWork[group] else { continue }
            if case .waiting(let until) = work.step {
                if now >= until { lookAgain(group, now: now, into: &actions) }
            } else if now >= work.deadline {
                giveUpPass(group, now: now)
            } else if now >= work.askAgainAt {
                askAgain(group, now: now, into: &actions)
            }
        }
    }

    private mutating func lookAgain(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let rank = rank(in: group), replica.isRestless(group) || groupWork[group]?.isStirred == true else {
            groupWork.removeValue(forKey: group)
            return
        }
        let generation = replica.order(of: group)?.generation ?? 0
        if rank > 0, generation != groupWork[group]?.generationSeen {
            // Somebody else sees to it.
            groupWork[group]?.generationSeen = generation
            groupWork[group]?.isStirred = false
            groupWork[group]?.step = .waiting(until: now + GroupWork.patience * UInt64(rank))
            return
        }
        beginPass(group, now: now, into: &actions)
    }

    /// A pass came to nothing: another begins after a pause.
    mutating func giveUpPass(_ group: Address, now: Instant) {
        guard var work = groupWork[group] else { return }
        work.generationSeen = replica.order(of: group)?.generation ?? 0
        work.step = .waiting(until: now + work.pause)
        work.pause = min(work.pause * 2, GroupWork.pauseMax)
        work.spreads = []
        work.bodies = [:]
        groupWork[group] = work
    }

    /// The ring has changed: what was asked about slots that have other owners now is asked anew.
    mutating func adoptRingForGroups(from old: RingTable?, to ring: RingTable, now: Instant) {
        for group in Array(groupWork.keys) {
            let slot = ring.slot(of: group)
            if rank(in: group) == nil {
                groupWork.removeValue(forKey: group)
            } else if old?.version(of: slot) != ring.version(of: slot), groupWork[group]?.isBusy == true {
                groupWork[group]?.step = .waiting(until: now)
            } else if var work = groupWork[group], !work.spreads.isEmpty {
                for index in work.spreads.indices { work.spreads[index].adopt(ring, token: gateway.newToken()) }
                work.askAgainAt = now
                groupWork[group] = work
            }
        }
        stirGroups()
    }
}
