import RoostCore

/// A proposal number: rounds are compared first, then the proposer, so that no two proposers ever use the same one.
public struct Ballot: Hashable, Comparable, Sendable {
    /// The round, rising.
    public let round: UInt64
    /// Names the operation that proposes: 122 random bits.
    public let proposer: UniqueID

    /// The highest round that is taken: no honest proposer comes near it, and a hostile one leaves room above.
    public static let roundMax: UInt64 = 1 << 62

    /// Makes a ballot.
    public init(round: UInt64, proposer: UniqueID) {
        self.round = round
        self.proposer = proposer
    }

    /// Below every ballot of a proposer: nothing was promised or accepted.
    public static let zero = Ballot(round: 0, proposer: UniqueID(high: 0, low: 0))

    /// Whether a proposer may use it: its round is 1 to ``roundMax``.
    public var isUsable: Bool { (1...Ballot.roundMax).contains(round) }

    /// By round, then proposer.
    public static func < (left: Ballot, right: Ballot) -> Bool {
        (left.round, left.proposer) < (right.round, right.proposer)
    }
}
