import RoostCore

/// What the membership machine asks of its surroundings, and tells them.
public enum MembershipAction: Equatable, Sendable {
    /// Send this datagram.
    case send(GossipDatagram, to: String)
    /// A node was heard of for the first time.
    case memberJoined(MemberDescription)
    /// A node has begun a new life, or describes itself in another way.
    case memberRestarted(MemberDescription)
    /// Another opinion is held of a node.
    case memberChanged(NodeID, MemberStatus)
    /// A node goes by a newer ring than this one.
    case peerHasNewerEpoch(Epoch, NodeID)
    /// Another process uses this node's identity: a cloned data directory.
    case identityConflict(address: String)
    /// A datagram was not used.
    case dropped(GossipDropReason)
}

/// Why a datagram was not used.
public enum GossipDropReason: String, Equatable, Sendable, CaseIterable {
    /// Its sender belongs to another cluster.
    case otherCluster
    /// This node sent it to itself, by its own address among the seeds.
    case ownDatagram
    /// It was for another node, which had this address before.
    case notForThisNode
    /// There are as many members as there may be.
    case tooManyMembers
    /// An answer to a probe that is over.
    case lateAnswer
    /// The bytes are no datagram.
    case malformed
}
