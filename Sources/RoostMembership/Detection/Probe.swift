import RoostCore

/// The probe of this round. Ends by an ack or with the round.
struct Probe: Sendable {
    /// How far it is.
    enum Phase: Sendable {
        /// Pinged. Becomes indirect.
        case direct(until: Instant)
        /// Others were asked. The nodes that have not answered at all yet, out of `asked`.
        case indirect(silent: [NodeID], asked: [NodeID])
    }

    let target: NodeID
    let sequence: UInt32
    var phase: Phase

    /// Whether an ack from this node settles it.
    func accepts(_ sender: NodeID) -> Bool {
        switch phase {
        case .direct: sender == target
        case .indirect(_, let asked): sender == target || asked.contains(sender)
        }
    }
}

/// A ping sent on behalf of another.
struct RelayedProbe: Sendable {
    let sequence: UInt32
    let target: NodeID
    let asker: NodeID
    let askerAddress: String
    let askerSequence: UInt32
    /// When the asker is told that nothing has come yet; `nil` once it was.
    var nackAt: Instant?
    /// When an answer would be too late for the asker.
    let endsAt: Instant

    var deadline: Instant { nackAt ?? endsAt }
}
