import RoostCore

/// Damaged segments and the slots that lost something in them: a segment can go when all of those have been copied anew.
public struct DamageBook: Equatable, Sendable {
    /// What has been lost and is not restored, by segment.
    private var missing: [UInt32: Set<Slot>] = [:]

    /// Starts with nothing damaged.
    public init() {}

    /// Takes note of damage: all that is known of a segment at once, for a part in which nothing was lost says nothing of
    /// the others.
    /// - Parameters:
    ///   - corruptions: what cannot be read.
    ///   - all: every slot there is.
    /// - Returns: the slots that lost something and where, and the segments in which nothing was lost: those can go at once. Both
    ///   ascend.
    public mutating func damaged(
        _ corruptions: [LogCorruption], of all: [Slot]
    ) -> (slots: [SlotDamage], whole: [UInt32]) {
        var parts: [Slot: [DamagedBytes]] = [:]
        for corruption in corruptions {
            let lost: [Slot] =
                switch corruption.slots {
                case .these(let slots): slots
                case .all: all
                }
            let bytes = DamagedBytes(
                segment: corruption.segment, from: UInt32(clamping: corruption.range.lowerBound),
                upTo: UInt32(clamping: corruption.range.upperBound))
            for slot in lost { parts[slot, default: []].append(bytes) }
            missing[corruption.segment, default: []].formUnion(lost)
        }
        let slots = parts.keys.sorted().map { SlotDamage(slot: $0, parts: parts[$0] ?? []) }
        return (slots, takeWhole())
    }

    /// A slot is whole again, or is not this node's any more.
    /// - Returns: the segments that can go now, ascending.
    public mutating func restored(_ slot: Slot) -> [UInt32] {
        for segment in missing.keys { missing[segment]?.remove(slot) }
        return takeWhole()
    }

    private mutating func takeWhole() -> [UInt32] {
        let whole = missing.filter { $0.value.isEmpty }.keys.sorted()
        for segment in whole { missing.removeValue(forKey: segment) }
        return whole
    }
}
