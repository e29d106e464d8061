import RoostCore
import RoostMailbox

/// Damaged parts of the log of which a slot's data has been copied from others since, and the record that says so.
struct MendedParts: Equatable, Sendable {
    var parts: Set<DamagedBytes> = []
    /// The segment of the last record: it names all of them.
    var segment: UInt32?
}

/// What this replica knows of damaged parts of its log that have been made good. The word of it is kept as long as the damaged segment
/// is: a restart would find the damage again, and with a second owner in the same state neither could mend the other.
extension ReplicaMachine {
    /// Whether something that could not be read has been made good since.
    func isMended(_ part: DamagedBytes, of slot: Slot) -> Bool { madeGood[slot]?.parts.contains(part) == true }

    /// The parts of a slot that were mended and that a restart would find damaged again, in order.
    func mendedParts(of slot: Slot) -> [DamagedBytes] {
        (madeGood[slot]?.parts ?? []).sorted { ($0.segment, $0.from) < ($1.segment, $1.from) }
    }

    /// What of a slot these parts had is here again.
    mutating func mend(_ parts: [DamagedBytes], of slot: Slot) {
        madeGood[slot, default: MendedParts()].parts.formUnion(parts)
    }

    /// A record says that these were mended. It names those of the record before it as well, which is dead then; so is the new one if
    /// all of them are gone meanwhile.
    mutating func settle(_ parts: [DamagedBytes], of slot: Slot, at location: LogLocation) {
        let isNeeded = parts.contains { isMended($0, of: slot) }
        let dead = isNeeded ? madeGood[slot]?.segment : location.segment
        freed.add(segment: dead, bytes: PendingMessage.headBytesEstimate)
        if isNeeded { madeGood[slot]?.segment = location.segment }
    }

    /// A segment is about to be deleted, and what was damaged in it with it.
    mutating func forgetDamage(in segment: UInt32) {
        forgetDamage { $0.segment == segment }
    }

    /// All damage that there is has been told: what was not told of is gone, though the log remembers that it was mended.
    mutating func forgetDamageThatIsGone() {
        let told = damageToldAtStart
        forgetDamage { !told.contains($0) }
        damageToldAtStart = []
    }

    private mutating func forgetDamage(where isGone: (DamagedBytes) -> Bool) {
        for slot in madeGood.keys.sorted() {
            guard let mended = madeGood[slot], mended.parts.contains(where: isGone) else { continue }
            madeGood[slot]?.parts = mended.parts.filter { !isGone($0) }
            guard madeGood[slot]?.parts.isEmpty == true else { continue }
            freed.add(segment: mended.segment, bytes: PendingMessage.headBytesEstimate)
            madeGood[slot] = nil
        }
    }
}
