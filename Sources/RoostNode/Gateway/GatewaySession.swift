import RoostCore
import RoostRing
import RoostSession

/// A client's session and its subscription at the owners of its mailbox.
struct GatewaySession: Sendable {
    var machine: SessionMachine
    /// Of the user; set with the subscription.
    var subscription: Subscribed?
    /// The person lets others know what it has read, and is told what others have.
    var sharesReads = true
    /// The account is being looked up, for that may have changed.
    var isReadingSettings = false
    /// The account has devices besides this one: they get copies of what this one sends.
    var hasOtherDevices = false
    /// How far the copies of the session's streams are, those that it has asked about.
    var copiedUpTo: [OutboundKey: StreamNumber] = [:]
    /// The mailboxes that the batch under way of a stream has still to be durable in, if more than one.
    var mailboxesLeft: [OutboundKey: Int] = [:]
    /// The versions of their lists, of the groups to which streams were opened; the user was in them.
    var listVersions: [Address: UInt64] = [:]

    /// The standing of a session's subscription.
    struct Subscribed: Sendable {
        let slot: Slot
        /// Orders the sessions of the device.
        var sessionNumber: UInt64
        /// The owner that pushes whole messages, by its place among the owners.
        var pusher: Int
        /// Which owners have answered, a bit each; begins anew with each version of the slot.
        var answered: UInt8 = 0
        /// Those of them that may have forgotten it since, and have not answered again.
        var doubtful: UInt8 = 0
        /// Enough owners of one version have answered; from then on the session has its backlog and keeps it.
        var isLive = false
        /// What they have told, until the session goes live.
        var backlog: [StreamKey: SessionMachine.BacklogStream] = [:]
        /// When owners that have not answered are asked again.
        var askAgainAt: Instant
        /// When a session that no majority has answered is given up.
        var deadline: Instant

        /// Whether the owner at this place has taken the session, and still has it as far as is known here.
        func isTaken(by place: Int) -> Bool { answered & ~doubtful & 1 << UInt8(place) != 0 }
    }
}

/// A batch on its way to the owners.
struct ReplicationOperation: Sendable {
    let session: GatewayToken
    let key: OutboundKey
    var request: ReplicaRequest
    var owners: Owners
    /// Owners that have it on disk, a bit each.
    var durable: UInt8 = 0
    /// Owners that refused it.
    var refused: UInt8 = 0
    var refusal: (reason: GatewayReply.Refusal, number: StreamNumber)?
    /// Whether it is being looked up if the recipient has blocked the sender.
    var isCheckingBlock = false
    var askAgainAt: Instant
    let deadline: Instant
}

/// A question on its way to the owners, and what it is for.
struct QuestionOperation: Sendable {
    /// What the answer is for.
    enum Purpose: Sendable {
        /// To open one of the session's streams.
        case open(OutboundKey)
        /// To check that the device was sent what it says was read.
        case checkRead(StreamKey, upTo: StreamNumber, sender: Address)
        /// The first half of a query: the recipient's mailbox.
        case queryHeld(id: UInt64, OutboundKey)
        /// To go on with the copy of a stream's batch for the user's other devices.
        case copyTop(OutboundKey, [OutboundMessage])
        /// The second half: the asker's own receipts.
        case queryRead(ServerFrame.StreamState)
    }

    let session: GatewayToken
    let purpose: Purpose
    var request: ReplicaRequest
    var owners: Owners
    var answered: UInt8 = 0
    var facts = GatewayReply.StreamFacts()
    var askAgainAt: Instant
    let deadline: Instant
}

/// A read of a stream's messages from a majority.
struct FetchOperation: Sendable {
    let session: GatewayToken
    let key: StreamKey
    /// The first number asked for.
    let from: StreamNumber
    var request: ReplicaRequest
    var owners: Owners
    var answered: UInt8 = 0
    var sender: Address?
    var watermark: StreamNumber = 0
    /// The union of what was told, ascending.
    var messages: [GatewayReply.Fetched.Message] = []
    let deadline: Instant
}
