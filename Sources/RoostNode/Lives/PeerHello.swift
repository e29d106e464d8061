import RoostCore

/// How a node introduces itself on a link, each way, before anything else is said.
public struct PeerHello: Equatable, Sendable {
    /// The cluster it belongs to; all zero while it waits for one.
    public var cluster: ClusterID
    /// The node.
    public var node: NodeID
    /// Which of its lives.
    public var life: NodeLife
    /// What it remembers of the node that it introduces itself to; `nil` when it has never heard of it.
    public var remembered: NodeLife?

    /// Makes a hello.
    public init(cluster: ClusterID, node: NodeID, life: NodeLife, remembered: NodeLife? = nil) {
        self.cluster = cluster
        self.node = node
        self.life = life
        self.remembered = remembered
    }
}
