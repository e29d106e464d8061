import RoostCore

/// A suspicion that runs (Lifeguard, section IV-B): the more members accuse independently of each other, the sooner the
/// suspect is held dead, from `max` with one accuser down to `min` with `1 + confirmationsExpected`:
/// max(Min, Max − (Max − Min) · log(C + 1) / log(K + 1)).
struct Suspicion: Sendable {
    let suspect: NodeID
    private var begun: Instant
    private let timeoutMin: TimeSpan
    private let timeoutMax: TimeSpan
    private let confirmationsExpected: Int
    /// The first is who began it.
    private(set) var accusers: [NodeID]

    /// - Parameters:
    ///   - suspect: who did not answer.
    ///   - accuser: whom it did not answer.
    ///   - members: how many nodes are present, this one and the suspect among them.
    ///   - settings: the multipliers.
    ///   - now: when it begins.
    init(suspect: NodeID, accuser: NodeID, members: Int, settings: MembershipSettings, now: Instant) {
        self.suspect = suspect
        begun = now
        accusers = [accuser]
        let scale = max(BinaryLogarithm.ofTen, BinaryLogarithm.of(members))
        let least = settings.probeInterval * UInt64(settings.suspicionMultiplier)
        timeoutMin = TimeSpan(nanoseconds: least.nanoseconds / BinaryLogarithm.ofTen * scale)
        timeoutMax = timeoutMin * UInt64(settings.suspicionMaxMultiplier)
        // Where nobody is left to confirm, waiting for it is pointless.
        let others = members - 2
        confirmationsExpected = others < settings.suspicionConfirmations ? 0 : settings.suspicionConfirmations
    }

    /// When the suspect is to be held dead.
    var deadline: Instant {
        guard confirmationsExpected > 0 else { return begun + timeoutMin }
        let confirmations = min(accusers.count - 1, confirmationsExpected)
        let shortening =
            (timeoutMax.nanoseconds - timeoutMin.nanoseconds)
            / BinaryLogarithm.of(confirmationsExpected + 1) * BinaryLogarithm.of(confirmations + 1)
        return begun + max(timeoutMin, TimeSpan(nanoseconds: timeoutMax.nanoseconds - shortening))
    }

    /// Counts another accuser. False when it is a known one, or when enough are known.
    mutating func confirm(by accuser: NodeID) -> Bool {
        guard accusers.count <= confirmationsExpected, !accusers.contains(accuser) else { return false }
        accusers.append(accuser)
        return true
    }

    /// This node stood still for a while: the suspect was given no chance in it.
    mutating func postpone(by span: TimeSpan) {
        begun = begun + span
    }
}
