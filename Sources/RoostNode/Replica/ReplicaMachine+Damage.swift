import RoostCore

/// What this replica knows of damaged parts of its log that have been made good. The word of it is kept as long as the damaged segment
/// is: a restart would find the damage again, and with a second owner in the same state neither could mend the other.
extension ReplicaMachine {
    /// The parts of a slot that were mended and that a restart would find damaged again, in order.
    func stillDamaged(of slot: Slot) -> [DamagedBytes] {
        (madeGood[slot] ?? []).sorted { ($0.segment, $0.from) < ($1.segment, $1.from) }
    }

    /// A segment is about to be deleted, and what was damaged in it with it.
    mutating func forgetDamage(in segment: UInt32) {
        madeGood = madeGood.compactMapValues { parts in
            let left = parts.filter { $0.segment != segment }
            return left.isEmpty ? nil : left
        }
    }

    /// All damage that there is has been told: segments of which none was told are gone, though the log remembers that they were mended.
    mutating func forgetDamageThatIsGone() {
        let told = quarantined.union(toldWithRing)
        madeGood = madeGood.filter { told.contains($0.key) }
    }
}
