import RoostCore

/// What becomes of a link whose other end has introduced itself.
public enum PeerVerdict: Equatable, Sendable {
    /// It may stand.
    case accepted
    /// It is closed, but not before the other has heard who is here and what is remembered of it: reasons to stop.
    case answered(Reason)
    /// It is closed without a word.
    case refused(Reason)

    /// Why a link may not stand.
    public enum Reason: Equatable, Sendable {
        /// This very process is at the other end.
        case isSelf
        /// Another process goes by this node's identity.
        case sameIdentity
        /// The other belongs to another cluster.
        case otherCluster(ClusterID)
        /// The other remembers more of this node than its directory holds: this one has to stop.
        case ownDirectoryIsOlder(Rollback)
        /// More is remembered of the other than its life can be.
        case peerIsOlder(Rollback)
        /// This node stops.
        case over
    }
}
