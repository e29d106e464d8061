import RoostCore

/// One packet of the gossip: a step of the probe protocol, who sends it, and news.
public struct GossipDatagram: Equatable, Sendable {
    /// A step of the probe protocol.
    public enum Kind: Equatable, Sendable {
        /// Answer with `ack`. `target` is whom it is for; all zero when only the address is known.
        case ping(sequence: UInt32, target: NodeID)
        /// The answer to a ping.
        case ack(sequence: UInt32)
        /// Ping this node and pass the answer on; `nack` when it does not come in time.
        case pingRequest(sequence: UInt32, target: NodeID, address: String)
        /// I live, but the node I was asked to ping did not answer me.
        case nack(sequence: UInt32)
        /// Only news.
        case news
    }

    /// The step.
    public var kind: Kind
    /// Who sends it.
    public var sender: MemberStatusEntry
    /// The number of the ring that the sender goes by; 0 for none.
    public var epoch: Epoch
    /// The first eight bytes of that ring's hash.
    public var epochHash: UInt64
    /// News of members.
    public var news: [MemberStatusEntry]

    /// Makes a datagram.
    public init(
        kind: Kind, sender: MemberStatusEntry, epoch: Epoch, epochHash: UInt64, news: [MemberStatusEntry]
    ) {
        self.kind = kind
        self.sender = sender
        self.epoch = epoch
        self.epochHash = epochHash
        self.news = news
    }
}
