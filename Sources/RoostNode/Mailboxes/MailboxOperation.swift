import OrderedCollections
import RoostCore
import RoostMailbox
import RoostRing

/// A question about a mailbox on its way to the owners, for somebody who is not connected.
struct MailboxOperation: OwnerOperation {
    /// What the answer is for.
    enum Purpose: Sendable {
        /// All that is unread.
        case unread
        /// How far the members of a group are.
        case readers
        /// The first half of a status: what the recipient's owners know of the message.
        case held(MessageName)
        /// The second half: what the sender's owners know of the reader.
        case receipts(MessageName, deliveredUpTo: StreamNumber)
        /// A step of erasing a conversation.
        case erasing(Erasing)
    }

    /// Whom the answer is for.
    let asker: UInt64
    let purpose: Purpose
    var request: ReplicaRequest
    var owners: Owners
    var answered: UInt8 = 0
    var facts = GatewayReply.StreamFacts()
    /// The maxima of what was told, by stream.
    var unread: OrderedDictionary<StreamKey, GatewayReply.Unread> = [:]
    /// The maxima of what was told, by membership.
    var readers: OrderedDictionary<ReceiptTable.Key, GroupReader> = [:]
    /// The maxima of what was told, by stream.
    var places: OrderedDictionary<StreamKey, StreamNumber> = [:]
    var askAgainAt: Instant
    let deadline: Instant

    mutating func forgetAnswers(askAgainAt: Instant) {
        answered = 0
        self.askAgainAt = askAgainAt
    }

    /// Takes what an owner tells.
    mutating func take(_ told: [GatewayReply.Unread]) {
        for one in told {
            var merged = unread[one.key] ?? one
            merged.top = max(merged.top, one.top)
            merged.seenUpTo = max(merged.seenUpTo, one.seenUpTo)
            unread[one.key] = merged
        }
    }

    /// Takes what an owner tells.
    mutating func take(_ told: [GroupReader]) {
        for one in told {
            let key = ReceiptTable.Key(stream: StreamKey(device: 0, stream: one.since), reader: one.user)
            var merged = readers[key] ?? one
            _ = merged.progress.merge(one.progress)
            readers[key] = merged
        }
    }

    /// Takes what an owner tells.
    mutating func take(_ told: [StreamPlace]) {
        for one in told { places[one.key] = max(places[one.key] ?? 0, one.upTo) }
    }

    /// What is unread, by who sent it.
    var conversations: [MailboxAnswer.Conversation] {
        var counts: [Address: UInt64] = [:]
        for stream in unread.values where stream.top > stream.seenUpTo {
            counts[stream.sender, default: 0] &+= stream.top - stream.seenUpTo
        }
        return counts.sorted { $0.key < $1.key }.map { .init(with: $0.key, unread: $0.value) }
    }
}
