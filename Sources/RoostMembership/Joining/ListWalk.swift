import RoostCore

/// An address that the operator gave to find the cluster by.
struct Seed: Sendable {
    let address: String
    /// Who answered there.
    var node: NodeID?
    /// Whether it leads back to this node.
    var isSelf = false
}

/// The reading of another node's member list, page by page. The other node keeps nothing of it.
struct ListWalk: Sendable {
    var sequence: UInt32
    var address: String
    var after: NodeID
    var attemptsLeft: Int
    var deadline: Instant
    /// Whether what is learned is told on. Not by a newcomer: to those it would tell, it is no news.
    let spreads: Bool
}
