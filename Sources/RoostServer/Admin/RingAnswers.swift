import RoostCore
import RoostNode
import RoostRing

/// `POST /admin/v1/ring/change`: the change is decided.
struct RingChangedAnswer: Encodable {
    /// The ring that it became.
    var epoch: UInt64
}

/// `POST /admin/v1/ring/plan`.
struct RingPlanAnswer: Encodable {
    /// Slots that a node has a copy of, now and in the end.
    struct Share: Encodable {
        var node: String
        var before: Int
        var after: Int
    }

    var epoch: UInt64
    var shares: [Share]
    var replicasToMove: Int
    var bytesToMove: Int
    var warnings: [String]

    /// Makes an answer of a plan.
    /// - Parameters:
    ///   - plan: what would happen.
    ///   - bytesPerCopy: what one copy of a slot weighs, about.
    init(_ plan: ChangePlan, bytesPerCopy: Int) {
        epoch = plan.epoch
        shares = plan.shares.map { Share(node: $0.name, before: $0.before, after: $0.after) }
        replicasToMove = plan.replicasToMove
        bytesToMove = plan.replicasToMove * bytesPerCopy
        warnings = plan.warnings.map(RingPlanAnswer.text)
    }

    private static func text(_ warning: ChangePlan.Warning) -> String {
        switch warning {
        case .sharedZone(let slots): "two owners of \(slots) slots would share a zone"
        case .fewCopies(1): "there would be one copy of everything: one lost disk loses messages"
        case .fewCopies(let copies): "there would be \(copies) copies of everything: no node may fail"
        case .lossAccepted(let slots, let empty, let lost):
            "\(slots) slots have lost the majority of their owners with \(lost.joined(separator: ", ")): messages that were"
                + " answered `sent` and accounts are lost that were only there"
                + (empty > 0 ? "; \(empty) of them have no copy left and begin empty" : "")
        case .rescue(let lost, let deciders):
            "\(lost.joined(separator: ", ")) were a majority of the voters: \(deciders.joined(separator: ", ")) will decide"
                + " alone. If one of the lost still runs where this node cannot see it, all that it and the others there"
                + " acknowledge is lost: be sure that they are stopped, and never start them with the data they have"
        case .noMajority(let slots, let dead):
            "\(slots) slots have no majority without \(dead.joined(separator: ", ")): they stay where they are until the"
                + " loss is accepted, and what was only there is lost by that"
        }
    }
}

/// `GET /admin/v1/ring/progress`.
struct RingProgressAnswer: Encodable {
    /// What one member has to do with it.
    struct Node: Encodable {
        var node: String
        var standing: String
        var arriving: Int
        var bytesPulled: Int
        var slotsQuarantined: Int
    }

    var epoch: UInt64
    var planned: Int
    var left: Int
    var moving: Int
    var isPaused: Bool
    var bytesPerSecondMax: UInt64
    var nodes: [Node]

    init(_ record: EpochRecord, statuses: [NodeStatus]) {
        epoch = record.number
        planned = Int(record.movement.planned)
        left = record.isAtRest ? 0 : record.movesLeft
        moving = record.lines.count { !$0.next.isEmpty }
        isPaused = record.movement.isPaused
        bytesPerSecondMax = record.movement.bytesPerSecondMax
        var arriving: [UInt16: Int] = [:]
        for line in record.lines {
            for next in line.next where !line.owners.contains(next) { arriving[next, default: 0] += 1 }
        }
        nodes = record.members.enumerated().map { place, member in
            let status = statuses.first { $0.id == member.id }
            return Node(
                node: member.name, standing: "\(member.standing)", arriving: arriving[UInt16(place)] ?? 0,
                bytesPulled: status?.bytesPulled ?? 0, slotsQuarantined: status?.slotsQuarantined ?? 0)
        }.sorted { $0.node < $1.node }
    }
}

/// `GET /admin/v1/safe-to-stop`.
struct SafeToStopAnswer: Encodable {
    var node: String
    var safe: Bool
    var reason: String

    init(node: String, _ safety: StopSafety, dead: [String]) {
        self.node = node
        safe = safety.isSafe
        let away = dead.isEmpty ? "" : " (\(dead.joined(separator: ", ")) is away already)"
        reason =
            if safety.slots == 0 {
                "it owns no slot"
            } else if safety.slotsLost > 0 {
                "\(safety.slotsLost) of its \(safety.slots) slots would have no majority\(away)"
            } else if safety.slotsLostAlready > 0 {
                "\(safety.slotsLostAlready) of its \(safety.slots) slots have no majority already\(away)"
            } else {
                "each of its \(safety.slots) slots keeps a majority\(away)"
            }
    }
}
