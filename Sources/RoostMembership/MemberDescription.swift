import RoostCore

/// A node as it describes itself to its peers.
public struct MemberDescription: Equatable, Sendable {
    /// The node.
    public var id: NodeID
    /// The operator's name for it.
    public var name: String
    /// Where it stands.
    public var zone: String
    /// Where peers reach it, TCP and UDP, `host:port`.
    public var address: String
    /// Where clients reach it, `host:port`.
    public var clientAddress: String
    /// Which of its lives.
    public var boot: BootCounter

    /// Longest name, zone or address, in bytes: three members' worth fit a datagram with room to spare.
    public static let textBytesMax = 100

    /// Makes a description.
    public init(
        id: NodeID, name: String, zone: String, address: String, clientAddress: String, boot: BootCounter
    ) {
        self.id = id
        self.name = name
        self.zone = zone
        self.address = address
        self.clientAddress = clientAddress
        self.boot = boot
    }
}

/// What gossip holds of a node. It moves no data and no ownership.
public enum MemberStatus: UInt8, Equatable, Sendable, CaseIterable {
    /// It answers, or others say that it does.
    case alive = 1
    /// It did not answer somebody; it may refute that.
    case suspect = 2
    /// It was suspected and did not refute it in time.
    case dead = 3
    /// It said that it stops.
    case left = 4
}

/// A node's standing, as one node knows it and as gossip carries it.
public struct MemberStatusEntry: Equatable, Sendable {
    /// Who.
    public var description: MemberDescription
    /// Rises when the node refutes a suspicion or starts anew; the higher word wins.
    public var incarnation: UInt64
    /// What is said of it.
    public var status: MemberStatus
    /// The cluster it belongs to; all zero while it waits for one.
    public var cluster: ClusterID

    /// Makes an entry.
    public init(description: MemberDescription, incarnation: UInt64, status: MemberStatus, cluster: ClusterID) {
        self.description = description
        self.incarnation = incarnation
        self.status = status
        self.cluster = cluster
    }
}
