import RoostCore

/// What nodes say to each other over UDP. At most ``Limits/gossipDatagramBytesMax`` long.
public struct GossipDatagram: Equatable, Sendable {
    /// What a datagram asks or answers.
    public enum Kind: Equatable, Sendable {
        /// Are you there? Names whom it is for, because an address can get another tenant.
        case ping(sequence: UInt32, target: NodeID)
        /// The target of the ping is there. Sent by the target, or by who pinged it on our behalf.
        case ack(sequence: UInt32)
        /// Ping this node for me.
        case pingRequest(sequence: UInt32, target: NodeID)
        /// I am well and asked it for you, but nothing has come back (Lifeguard, section IV-A).
        case nack(sequence: UInt32)
        /// Nothing but news.
        case gossip
        /// Send the part of the member list whose ids are above this one; all zero for the beginning.
        case listRequest(sequence: UInt32, after: NodeID)
        /// A part of the member list in the order of ids. `next` is what to ask after; `nil` at the end.
        case listPage(sequence: UInt32, next: NodeID?)
    }

    /// The cluster of the sender; all zero while it waits for one.
    public var cluster: ClusterID
    /// Who sends it.
    public var sender: NodeID
    /// The sender's incarnation.
    public var incarnation: Incarnation
    /// Drawn by the sender's process when it started: tells two processes with one identity apart.
    public var process: UInt64
    /// The number of the ring the sender goes by; 0 for none.
    public var epoch: Epoch
    /// The first eight bytes of that ring's hash, big end first; 0 for none.
    public var epochHash: UInt64
    /// What it asks or answers.
    public var kind: Kind
    /// News, the most urgent first.
    public var updates: [MemberUpdate]

    /// Makes a datagram.
    public init(
        cluster: ClusterID, sender: NodeID, incarnation: Incarnation, process: UInt64, epoch: Epoch, epochHash: UInt64,
        kind: Kind, updates: [MemberUpdate]
    ) {
        self.cluster = cluster
        self.sender = sender
        self.incarnation = incarnation
        self.process = process
        self.epoch = epoch
        self.epochHash = epochHash
        self.kind = kind
        self.updates = updates
    }
}
