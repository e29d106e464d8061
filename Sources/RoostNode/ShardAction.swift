import RoostCore
import RoostSession

/// What a shard asks of its shell. The shell carries them out in order.
public enum ShardAction: Equatable, Sendable {
    /// Send to a node. To the node itself: hand it to the shard that the message is for.
    case send(NodeID, PeerMessage)
    /// Say this to a client.
    case frame(GatewayToken, ServerFrame)
    /// Close a client's connection after what was said.
    case close(GatewayToken, CloseCode)
    /// Log these and answer `appended` when they are on disk: after the sync for durable ones, after the write otherwise.
    case append([LogRecord], isDurable: Bool, token: UInt64)
    /// Read these bodies; answer `read`.
    case read([LogLocation], token: UInt64)
    /// Bytes of a segment have become dead.
    case freed(segment: UInt32, bytes: UInt32)
    /// Nothing of this shard's needs the segment any more.
    case cleaned(segment: UInt32)
    /// Everything this node is to hold of a slot that moves is on its disk: the voters are to know.
    case merged(Slot, version: UInt64)
    /// A slot of which the log had lost a part is whole again, as whole as it can be, or is not this node's.
    case restored(Slot)
    /// This node alone is left to own slots of which parts are lost, by damage in so many of them, and nobody can bring them: so
    /// many messages are missing that others wait behind. Those go on without them. What was lost at the end of a stream shows
    /// nowhere.
    case lost(damagedSlots: Int, messages: UInt64)
    /// The answer to an account request.
    case registerAnswer(token: UInt64, RegisterAnswer)
    /// The answer to a question about a mailbox.
    case mailboxAnswer(token: UInt64, MailboxAnswer)
}
