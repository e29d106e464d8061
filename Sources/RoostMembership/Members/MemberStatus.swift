import RoostCore

/// What gossip thinks of a node. It is an opinion: no data and no ownership follows from it.
public enum MemberStatus: UInt8, Equatable, Sendable, CaseIterable {
    /// It answers. Becomes suspect, dead or left.
    case alive
    /// It did not answer somebody, or is in the ring and has not been heard of yet. Becomes alive or dead, or left.
    case suspect
    /// It did not refute the suspicion in time. Becomes alive by a newer incarnation only, or left.
    case dead
    /// It said goodbye. Becomes alive by a newer incarnation only.
    case left

    /// Whether the node may be spoken to: it answers, or has only just failed to.
    public var isPresent: Bool {
        switch self {
        case .alive, .suspect: true
        case .dead, .left: false
        }
    }
}

/// One line of the member list.
public struct MemberStatusEntry: Equatable, Sendable {
    /// The node.
    public var description: MemberDescription
    /// What gossip thinks of it.
    public var status: MemberStatus
    /// Orders what is said about it.
    public var incarnation: Incarnation
    /// The cluster it says it belongs to; all zero while it waits for one.
    public var cluster: ClusterID
    /// Whether the ring record in force names it.
    public var isInRing: Bool

    /// Makes an entry.
    public init(
        description: MemberDescription, status: MemberStatus, incarnation: Incarnation, cluster: ClusterID,
        isInRing: Bool
    ) {
        self.description = description
        self.status = status
        self.incarnation = incarnation
        self.cluster = cluster
        self.isInRing = isInRing
    }
}
