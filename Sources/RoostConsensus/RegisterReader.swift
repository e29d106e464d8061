import RoostCore

/// Reads a register in one round trip, without a write, when that is safe.
///
/// When a quorum tells the same accepted ballot, its value is decided: a quorum has accepted it, which is what deciding means. The
/// answer is linearizable. Call the ballot b. Whatever is decided under a ballot above b needs a quorum too, which
/// shares an acceptor with this one; that acceptor had not accepted it when it answered, so it was decided after the
/// read began, and the read may stand before it. Whatever is decided under a ballot below b is the ground, or the ground
/// of the ground, of b's value, and the read stands after it. This holds only for what acceptors have on disk: an
/// acceptance that a crash takes back decides nothing.
///
/// An acceptor that has promised a higher ballot than it accepted is not counted. Copies of a register are merged, and so an acceptor may
/// come to hold what another accepted under a ballot that it has itself promised not to take any more: that is no acceptance, and the
/// higher ballot may be about to decide something else.
///
/// When the acceptors disagree, something is half decided, and only a full round with a change that keeps the value may
/// tell: answering the highest would let a later read, which may miss it, go back.
public struct RegisterReader: Equatable, Sendable {
    /// What came of it.
    public enum Outcome: Equatable, Sendable {
        /// The decided value; empty when the register was never written.
        case value([UInt8])
        /// Run a ``RegisterProposer`` with a change that keeps the value.
        case needsRound
    }

    private struct Answer: Equatable, Sendable {
        let node: NodeID
        let accepted: Ballot
        let isFirm: Bool
    }

    private let quorum: Quorum
    private var answers: [Answer] = []

    /// Starts with no answers.
    public init(quorum: Quorum) {
        self.quorum = quorum
    }

    /// Whom to ask.
    public var members: [NodeID] { quorum.members }

    /// An acceptor told what it has on disk; without a promise, that it has promised nothing above it. Returns the outcome as soon
    /// as there is one.
    public mutating func answered(
        by node: NodeID, promised: Ballot? = nil, accepted: Ballot, value: [UInt8]
    ) -> Outcome? {
        guard !answers.contains(where: { $0.node == node }), quorum.members.contains(node) else { return nil }
        let isFirm = (promised ?? accepted) <= accepted
        answers.append(Answer(node: node, accepted: accepted, isFirm: isFirm))
        let agreeing = answers.filter { $0.accepted == accepted && $0.isFirm }.map(\.node)
        if isFirm, quorum.isReached(by: agreeing) { return .value(value) }
        return answers.count == quorum.members.count ? .needsRound : nil
    }

    /// The patience for more answers is over. A quorum that disagrees needs a round; `nil` when there is no quorum.
    public func gaveUpWaiting() -> Outcome? {
        quorum.isReached(by: answers.map(\.node)) ? .needsRound : nil
    }
}
