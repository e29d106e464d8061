import RoostCore

/// What nodes say to each other about users' data. A request is for whoever owns a slot and is routed by it; a reply
/// is for one gateway operation or session and is routed by its token.
public enum PeerMessage: Equatable, Sendable {
    /// To a replica.
    case request(ReplicaRequest)
    /// To a gateway.
    case reply(GatewayReply)
    /// To the replicas of the mailboxes that it names: one on each shard of the node that has any.
    case expand(Expansion)
    /// To every gateway of a node: this replica may have lost what it said to you, subscribe again.
    case subscribeAgain
    /// About who is there, and who types.
    case presence(PresenceMessage)
}

/// Names an operation or a session of a gateway. The top eight bits are the shard it runs on.
public typealias GatewayToken = UInt64

extension GatewayToken {
    /// The shard that a token belongs to.
    public var shard: Int { Int(self >> 56) }

    /// The first token of a shard.
    static func first(shard: Int, start: UInt64) -> GatewayToken {
        UInt64(shard) << 56 | start & 0x0000_FFFF_FFFF_FFFF
    }
}
