import RoostCore

/// A proposal number: rounds are compared first, then the proposer, so that no two proposers ever use the same one.
public struct Ballot: Hashable, Comparable, Sendable {
    /// The round, rising.
    public let round: UInt64
    /// Names the operation that proposes: 122 random bits.
    public let proposer: UniqueID

    /// Makes a ballot.
    public init(round: UInt64, proposer: UniqueID) {
        self.round = round
        self.proposer = proposer
    }

    /// Below every ballot of a proposer: nothing was promised or accepted.
    public static let zero = Ballot(round: 0, proposer: UniqueID(high: 0, low: 0))

    /// By round, then proposer.
    public static func < (left: Ballot, right: Ballot) -> Bool {
        (left.round, left.proposer) < (right.round, right.proposer)
    }
}
