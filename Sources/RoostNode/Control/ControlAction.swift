import RoostCore
import RoostMembership
import RoostRing

/// What the control machine asks of its shell.
public enum ControlAction: Equatable, Sendable {
    /// A node to keep a link to.
    public struct Peer: Equatable, Sendable {
        /// The node.
        public var node: NodeID
        /// Where it is dialled, `host:port`.
        public var address: String

        /// Makes a peer.
        public init(node: NodeID, address: String) {
            self.node = node
            self.address = address
        }
    }

    /// Why a ring record from a peer is not taken.
    public enum RingRefusal: Error, Equatable, Sendable {
        /// It is no valid record.
        case malformed(RingError)
        /// This node is not in it.
        case notAMember(epoch: Epoch)
        /// It did not grow out of the ring this node goes by: another cluster, or records are missing between.
        case doesNotFollow(epoch: Epoch)
    }

    /// Send this datagram.
    case sendDatagram(GossipDatagram, to: String)
    /// Send over the link to this node; lost when it is down.
    case send(NodeID, ControlMessage)
    /// Keep links to these nodes and to no others.
    case link([Peer])
    /// Put this record on disk, synced, and answer `persisted`.
    case persist(EpochRecord)
    /// Put this vote on disk, synced, in the place of the last, and answer `votePersisted` with the token.
    case persistVote(EpochVote, token: UInt64)
    /// The answer to a change that was asked for.
    case changeAnswer(token: UInt64, RingChangeAnswer)
    /// This node is a member no more, by this record, which is on disk: it serves nobody and stops.
    case removed(EpochRecord)
    /// The cluster was rescued without what this node went by: the record's chain is the cluster's, and this node's is not. It
    /// serves nobody and stops.
    case outvoted(EpochRecord)
    /// Go by this ring from now on.
    case adopt(EpochRecord)
    /// The answer to an `init`.
    case initAnswer(token: UInt64, InitAnswer)
    /// For the log: gossip has another opinion of a node.
    case memberChanged(NodeID, MemberStatus)
    /// For the log: another process uses this node's identity, from this address.
    case identityConflict(address: String)
    /// For a counter: a datagram was not used.
    case datagramDropped(GossipDropReason)
    /// For the log, loudly: a peer goes by another ring of this node's number. No cluster that keeps the rules gets there.
    case forked(Epoch, from: NodeID)
    /// For the log: a ring record was not taken.
    case ringRefused(from: NodeID, RingRefusal)
}

/// What came of an `init`.
public enum InitAnswer: Equatable, Sendable {
    /// There is a cluster now.
    case made(EpochRecord)
    /// This node is in a cluster already.
    case exists(cluster: ClusterID, epoch: Epoch)
    /// Another `init` is under way on this node.
    case busy
    /// The nodes that were waited for did not turn up.
    case tooFewNodes(found: Int, expected: Int)
    /// The nodes cannot make a ring.
    case impossible(RingError)
}

/// What came of a change of the ring.
public enum RingChangeAnswer: Equatable, Sendable {
    /// It is decided, by this record.
    case made(EpochRecord)
    /// It cannot be made.
    case refused(RingChangeError)
    /// No majority of the voters answered in time: those who did and those who did not. The change has not been made and
    /// will not be.
    case unavailable(answered: [NodeID], silent: [NodeID])
    /// The same, but the change had gone out: it may be made yet. The ring tells.
    case outcomeUnknown(answered: [NodeID], silent: [NodeID])
    /// This node knows no ring.
    case noRing
    /// Too many changes wait on this node.
    case busy
}
