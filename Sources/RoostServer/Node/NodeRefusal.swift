import RoostCore
import RoostNode

/// Why a node does not serve from its data directory: it does not start, or it stops with exit code 1.
public enum NodeRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The node was a member and is none any more: what its directory holds is old, and the others go by that.
    case removed(node: String, directory: String, cluster: ClusterID, epoch: Epoch)
    /// The directory is an older copy of what the node had: a peer remembers more of it.
    case rolledBack(node: String, directory: String, peer: String, Rollback)
    /// A living process elsewhere goes by the node's identity: the directory is a copy of its directory.
    case cloned(node: String, directory: String, address: String)
    /// The cluster was rescued without a majority of its voters, and what this node went by is not part of it.
    case outvoted(node: String, directory: String, cluster: ClusterID, epoch: Epoch)
    /// The directory was refused before, for a reason that no restart mends.
    case refusedBefore(reason: String)

    /// A line for the operator.
    public var description: String {
        switch self {
        case .removed(let node, let directory, let cluster, let epoch):
            """
            this node was removed from cluster \(cluster) at epoch \(epoch); to come back start it with an empty data \
            directory (now \(directory)) and add it: roost add \(node)
            """
        case .rolledBack(let node, let directory, let peer, let rollback):
            """
            the data directory \(directory) is an older copy: \(NodeRefusal.text(rollback, peer)). What this node has \
            acknowledged since is not in it, so it must not serve again. The other owners have everything: start a node \
            with an empty directory and another name, then: roost replace \(node) NAME
            """
        case .cloned(let node, let directory, let address):
            """
            another process runs as this very node (\(node)) at \(address): the data directory \(directory) is a copy of its \
            directory, and one directory is one node. That one goes on serving. For a further node start with an empty \
            directory; to move the node stop the other first, then copy
            """
        case .outvoted(let node, let directory, let cluster, let epoch):
            """
            an operator took this node for lost, or those with whom it decided on the ring, and cluster \(cluster) went on \
            without (epoch \(epoch)). What it has been told since is in no other place: keep the data directory \
            \(directory). To come back start it with an empty one and add it: roost add \(node)
            """
        case .refusedBefore(let reason):
            "this was found at an earlier start, and no restart mends it: \(reason)"
        }
    }

    /// Whether no later start of the directory may serve either.
    var isForGood: Bool {
        switch self {
        case .rolledBack, .outvoted: true
        case .removed, .cloned, .refusedBefore: false
        }
    }

    private static func text(_ rollback: Rollback, _ peer: String) -> String {
        switch rollback {
        case .boot(let found, let remembered) where found == remembered:
            "\(peer) remembers another process that opened it for the \(found). time"
        case .boot(let found, let remembered):
            "\(peer) remembers that it was opened \(remembered) times, and this is only the \(found). time"
        case .position(let found, let remembered):
            "\(peer) remembers \(remembered) durable records of its log, and it has only \(found)"
        }
    }
}
