import RoostCore

/// Why a node does not start on its data directory.
public enum NodeRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The node was a member and is none any more: what its directory holds is old, and the others go by that.
    case removed(node: String, directory: String, cluster: ClusterID, epoch: Epoch)

    /// A line for the operator.
    public var description: String {
        switch self {
        case .removed(let node, let directory, let cluster, let epoch):
            """
            this node was removed from cluster \(cluster) at epoch \(epoch); to come back start it with an empty data \
            directory (now \(directory)) and add it: roost add \(node)
            """
        }
    }
}
