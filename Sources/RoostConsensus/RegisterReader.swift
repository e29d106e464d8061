import RoostCore

/// Reads a register in one round trip, without a write, when that is safe.
///
/// When a quorum tells the same accepted ballot, the value of that ballot is decided: a quorum accepted it, which is what
/// deciding means. A later decision would have to be accepted by a quorum as well, which shares an acceptor with this one;
/// that acceptor had not accepted it when it answered, so the later decision was not complete when the read began to be
/// answered. The read may therefore stand before it. When the quorum disagrees, something is half decided, and only a
/// full round with a change that keeps the value may tell: answering the highest would let a later read go back.
public struct RegisterReader: Equatable, Sendable {
    /// What came of it.
    public enum Outcome: Equatable, Sendable {
        /// The decided value; empty when the register was never written.
        case value([UInt8])
        /// Run a ``RegisterProposer`` with a change that keeps the value.
        case needsRound
    }

    private let quorum: Quorum
    private var answers: [(node: NodeID, accepted: Ballot, value: [UInt8])] = []

    /// Starts with no answers.
    public init(quorum: Quorum) {
        self.quorum = quorum
    }

    /// Whom to ask.
    public var members: [NodeID] { quorum.members }

    /// An acceptor told its state. Returns the outcome as soon as there is one.
    public mutating func answered(by node: NodeID, accepted: Ballot, value: [UInt8]) -> Outcome? {
        guard !answers.contains(where: { $0.node == node }), quorum.members.contains(node) else { return nil }
        answers.append((node, accepted, value))
        let agreeing = answers.filter { $0.accepted == accepted }.map(\.node)
        if quorum.isReached(by: agreeing) { return .value(value) }
        return answers.count == quorum.members.count ? .needsRound : nil
    }

    /// The patience for more answers is over.
    public func gaveUpWaiting() -> Outcome? {
        quorum.isReached(by: answers.map(\.node)) ? .needsRound : nil
    }

    /// Whether two readers have heard the same.
    public static func == (left: RegisterReader, right: RegisterReader) -> Bool {
        left.quorum == right.quorum
            && left.answers.elementsEqual(right.answers) {
                $0.node == $1.node && $0.accepted == $1.accepted && $0.value == $1.value
            }
    }
}
