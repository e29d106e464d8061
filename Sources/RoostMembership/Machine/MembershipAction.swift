import RoostCore

/// What the membership machine asks of whoever holds it.
public enum MembershipAction: Equatable, Sendable {
    /// Send this datagram; it may be lost.
    case send(GossipDatagram, to: String)
    /// A node has been heard of for the first time; it is alive.
    case memberJoined(MemberDescription)
    /// A known node has begun another life, perhaps at another address; it is alive.
    case memberRestarted(MemberDescription)
    /// What gossip thinks of a node has changed.
    case memberChanged(NodeID, MemberStatus)
    /// This node goes by a newer ring than ours, or by one while we wait. Said for every datagram until it is adopted.
    case peerHasNewerEpoch(Epoch, from: NodeID)
    /// Another process uses this node's identity: a data directory was copied, or an old one was brought back.
    case identityConflict(address: String)
    /// A datagram, or one update in it, was not used.
    case dropped(GossipDropReason)
}

/// Why something received was not used. News that is merely old is the normal case of gossip and not reported.
public enum GossipDropReason: Equatable, Sendable {
    /// The machine has not been started.
    case notStarted
    /// It is our own: a seed address leads back to this node.
    case ownDatagram
    /// The sender belongs to another cluster.
    case otherCluster(ClusterID)
    /// The sender has begun a newer life since.
    case staleLife(NodeID)
    /// Another process with the sender's identity was here first.
    case identityInUse(NodeID)
    /// The sender has another ring of the same number: no cluster that follows the rules gets there.
    case epochForked(Epoch, NodeID)
    /// A ping for a node that is no longer at this address.
    case notForThisNode(NodeID)
    /// An answer to nothing that was asked, or one that came too late.
    case unexpectedAnswer(NodeID)
    /// As many pings on behalf of others are under way as may be.
    case tooManyRelays
    /// An update about a member of another cluster.
    case updateOfOtherCluster(NodeID)
    /// An update about a new node, but there are as many as there may be.
    case membersFull(NodeID)
    /// An update about this node with an incarnation that cannot be outbid.
    case implausibleIncarnation
}
