import RoostCore

/// Which life a node is in, and what it remembers of the others': says of every hello whether the link may stand.
///
/// Nothing is taken from a link, and nothing said on it, before its hello has passed: so a node answers for nothing to a peer
/// that remembers more of it than it has.
public struct LifeMachine: Equatable, Sendable {
    /// Positions that a peer has told are kept on disk this often; new lives as soon as it is asked. Positions rise all the
    /// time, and matter only when this node and an older copy of another start together.
    public static let keepInterval = TimeSpan.seconds(60)

    /// The node.
    public let node: NodeID
    /// Boot counter and process of this life. Its position is where the log was at the start.
    public let own: NodeLife
    /// Where the log was at the start; `nil` when parts of it were damaged.
    private let recovered: UInt64?
    private var memory: LifeMemory
    /// A life was heard of that the disk does not have.
    private var hasNewLife = false
    private var keptAt: Instant
    /// Whether this node speaks to nobody any more.
    public private(set) var isOver = false

    /// Begins a life.
    /// - Parameters:
    ///   - node: the node.
    ///   - own: its life, with the position that the start found.
    ///   - isLogDamaged: whether parts of the log cannot be read: nobody can tell then where it ended.
    ///   - memory: what the disk remembers of the others.
    ///   - now: the time.
    public init(node: NodeID, own: NodeLife, isLogDamaged: Bool, memory: LifeMemory, now: Instant) {
        self.node = node
        self.own = own
        recovered = isLogDamaged ? nil : own.position
        self.memory = memory
        keptAt = now
    }

    /// How this node introduces itself.
    /// - Parameters:
    ///   - peer: to whom.
    ///   - cluster: which it belongs to; all zero while it waits for one.
    ///   - position: how far its log is on stable storage now.
    /// - Returns: what goes over the link.
    public func hello(to peer: NodeID, cluster: ClusterID, position: UInt64) -> PeerHello {
        PeerHello(
            cluster: cluster, node: node, life: NodeLife(boot: own.boot, process: own.process, position: position),
            remembered: memory.life(of: peer))
    }

    /// A node has introduced itself, at either end of a link.
    public func judge(_ hello: PeerHello, cluster: ClusterID) -> PeerVerdict {
        guard !isOver else { return .refused(.over) }
        guard hello.node != node else {
            // A node that reaches itself, by another of its addresses, is no wonder.
            return .answered(hello.life.process == own.process ? .isSelf : .sameIdentity)
        }
        guard hello.cluster.isZero || cluster.isZero || hello.cluster == cluster else {
            return .refused(.otherCluster(hello.cluster))
        }
        if let rollback = hello.remembered.flatMap({ own.rollback(by: $0, recovered: recovered) }) {
            // The other is not to remember this life: the right directory may be brought back.
            return .refused(.ownDirectoryIsOlder(rollback))
        }
        if let rollback = memory.life(of: hello.node).flatMap({ hello.life.rollback(by: $0, recovered: nil) }) {
            return .answered(.peerIsOlder(rollback))
        }
        return .accepted
    }

    /// A node that has a link to this one, or to which this one has a link, says which life it is in.
    public mutating func heard(_ life: NodeLife, of peer: NodeID) {
        if memory.heard(life, of: peer) { hasNewLife = true }
    }

    /// Forgets all but these nodes.
    public mutating func keep(only nodes: [NodeID]) {
        memory.keep(only: nodes)
    }

    /// The bytes of the memory for the disk, when it is time to write them; `isLast` before the process ends.
    public mutating func bytesToKeep(now: Instant, isLast: Bool = false) -> [UInt8]? {
        guard hasNewLife || isLast || now >= keptAt + LifeMachine.keepInterval else { return nil }
        hasNewLife = false
        keptAt = now
        return memory.encode()
    }

    /// This node must not serve: from now on no link is accepted.
    public mutating func end() {
        isOver = true
    }
}
