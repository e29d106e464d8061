import RoostConsensus
import RoostCore

/// What a replica says to a gateway, or to another replica that copies from it.
public struct GatewayReply: Equatable, Sendable {
    /// The operation or session it is for.
    public var token: GatewayToken
    /// What is said.
    public var kind: Kind

    /// Makes a reply.
    public init(token: GatewayToken, kind: Kind) {
        self.token = token
        self.kind = kind
    }

    /// What is said.
    public enum Kind: Equatable, Sendable {
        /// Every message of the batch is durable here.
        case replicated
        /// The batch was refused because of this message; the ones before it may be durable.
        case refused(Refusal, at: StreamNumber)
        /// The asker goes by another version of the slot than this replica, which stands at this epoch.
        case stale(epoch: Epoch)
        /// The answer to a question.
        case facts(StreamFacts)
        /// The subscription stands; what is pending for the device.
        case subscribed([Backlog])
        /// Another session of the device has a higher number: this one is over, unless it wants to outbid it.
        case superseded(bySessionNumber: UInt64)
        /// The device is no longer of the account.
        case deviceRemoved
        /// The account of the session's user has so many devices now.
        case devicesChanged(count: Int)
        /// An operator has shut the user out.
        case accountDisabled
        /// A whole message.
        case push(Push)
        /// Only the number of a message.
        case announce(slot: Slot, key: StreamKey, sender: Address, number: StreamNumber, watermark: StreamNumber)
        /// How far a reader has got with a stream of a device of the session's user.
        case receipt(slot: Slot, StreamReceipt)
        /// The account of the session's user has another word on what others learn of what it reads, as far as is known here.
        case settingsChanged(sharesReads: Bool)
        /// How far the members of a group are with its messages.
        case readers([GroupReader])
        /// The answer to the question what is unread.
        case unread([Unread])
        /// The answer to a fetch.
        case fetched(Fetched)
        /// A register as it stands. One with a promise above what it accepted is not counted by readers.
        case registerRead(promised: Ballot, accepted: Ballot, value: [UInt8])
        /// Promised, durably, not to take ballots lower than this.
        case registerPromised(Ballot, accepted: Ballot, value: [UInt8])
        /// Accepted under this ballot, durably.
        case registerAccepted(Ballot)
        /// This ballot is too low: a higher one was promised.
        case registerConflict(Ballot, promised: Ballot)
        /// Pieces of a slot, for a replica that copies it.
        case page(CopyPage)
        /// Whether the two replicas hold the same of the slot.
        case compared(Slot, isEqual: Bool)
        /// The replica owns the slot and goes by the version asked about.
        case confirmed
        /// What waits in a group's mailbox, all of it on disk.
        case collected([Waiting])
        /// The list of the group is another one here.
        case behind
        /// What is done with in a group's mailbox is durable.
        case finished
        /// All of an expansion that is for these slots is durable.
        case expanded([Slot])
        /// Which accounts are others here; the rest are on disk here as they were asked about.
        case vouched([Doubt])
        /// A side of a conversation is erased here: how far the streams went that the other side had sent.
        case erased([StreamPlace])
    }

    /// Why a replica does not keep a message.
    public enum Refusal: UInt8, Equatable, Sendable, CaseIterable {
        /// The number belongs to another message.
        case reused = 1
        /// The mailbox is at its limit.
        case mailboxFull = 2
        /// The disk is.
        case diskFull = 3
        /// The log's queue is.
        case overloaded = 4
        /// The account is being deleted, or is gone.
        case unknownUser = 20
        /// The recipient has blocked the sender, as far as this replica knows: the gateway looks whether that is decided.
        case blocked = 21
        /// The sender is not in the group.
        case notAMember = 30
    }

    /// What one replica knows of a stream.
    public struct StreamFacts: Equatable, Sendable {
        /// The account has been registered.
        public var exists = false
        /// The highest number held or delivered.
        public var top: StreamNumber = 0
        /// The watermark of the device asked about.
        public var watermark: StreamNumber = 0
        /// The highest watermark of any device.
        public var deliveredUpTo: StreamNumber = 0
        /// How far the reader asked about is with the mailbox's own stream.
        public var receipt = ReceiptProgress()

        /// Starts at nothing known.
        public init() {}

        /// Takes the maximum of each.
        public mutating func merge(_ other: StreamFacts) {
            exists = exists || other.exists
            top = max(top, other.top)
            watermark = max(watermark, other.watermark)
            deliveredUpTo = max(deliveredUpTo, other.deliveredUpTo)
            _ = receipt.merge(other.receipt)
        }
    }

    /// One stream of a mailbox, and how far the person has seen it.
    public struct Unread: Equatable, Sendable {
        /// The stream.
        public var key: StreamKey
        /// Who sends it.
        public var sender: Address
        /// The highest number held or delivered.
        public var top: StreamNumber
        /// Up to here there is nothing to read any more.
        public var seenUpTo: StreamNumber

        /// Makes an entry.
        public init(key: StreamKey, sender: Address, top: StreamNumber, seenUpTo: StreamNumber) {
            self.key = key
            self.sender = sender
            self.top = top
            self.seenUpTo = seenUpTo
        }
    }

    /// One stream that has something for the device.
    public struct Backlog: Equatable, Sendable {
        /// The stream.
        public var key: StreamKey
        /// Who sends it.
        public var sender: Address
        /// How far the device has stored it, as this replica knows.
        public var watermark: StreamNumber
        /// The highest number held here.
        public var top: StreamNumber

        /// Makes an entry.
        public init(key: StreamKey, sender: Address, watermark: StreamNumber, top: StreamNumber) {
            self.key = key
            self.sender = sender
            self.watermark = watermark
            self.top = top
        }
    }

    /// A whole message on its way to a session.
    public struct Push: Equatable, Sendable {
        /// The slot of the mailbox.
        public var slot: Slot
        /// The stream.
        public var key: StreamKey
        /// Who sends it.
        public var sender: Address
        /// Its number.
        public var number: StreamNumber
        /// How far the device has stored the stream, as this replica knows.
        public var watermark: StreamNumber
        /// The first of the numbers that are lost right before it; 0 when its predecessor is not.
        public var lostFrom: StreamNumber
        /// When the sender's gateway took it, milliseconds since 1970.
        public var sentAtMilliseconds: UInt64
        /// The message itself.
        public var body: [UInt8]

        /// Makes a push.
        public init(
            slot: Slot, key: StreamKey, sender: Address, number: StreamNumber, watermark: StreamNumber,
            lostFrom: StreamNumber = 0, sentAtMilliseconds: UInt64, body: [UInt8]
        ) {
            self.lostFrom = lostFrom
            self.slot = slot
            self.key = key
            self.sender = sender
            self.number = number
            self.watermark = watermark
            self.sentAtMilliseconds = sentAtMilliseconds
            self.body = body
        }
    }

    /// Messages that were asked for.
    public struct Fetched: Equatable, Sendable {
        /// The stream.
        public var key: StreamKey
        /// Who sends it; `nil` where this replica does not know the stream.
        public var sender: Address?
        /// How far the device has stored it, as this replica knows.
        public var watermark: StreamNumber
        /// What is held, ascending.
        public var messages: [Message]
        /// Something that is held could not be read, and is left out.
        public var isDamaged: Bool

        /// One of them.
        public struct Message: Equatable, Sendable {
            /// Its number.
            public var number: StreamNumber
            /// The first of the numbers that are lost right before it; 0 when its predecessor is not.
            public var lostFrom: StreamNumber
            /// When the sender's gateway took it, milliseconds since 1970.
            public var sentAtMilliseconds: UInt64
            /// The message itself.
            public var body: [UInt8]

            /// Makes a message.
            public init(
                number: StreamNumber, lostFrom: StreamNumber = 0, sentAtMilliseconds: UInt64, body: [UInt8]
            ) {
                self.number = number
                self.lostFrom = lostFrom
                self.sentAtMilliseconds = sentAtMilliseconds
                self.body = body
            }
        }

        /// Makes an answer.
        public init(
            key: StreamKey, sender: Address?, watermark: StreamNumber, messages: [Message], isDamaged: Bool = false
        ) {
            self.isDamaged = isDamaged
            self.key = key
            self.sender = sender
            self.watermark = watermark
            self.messages = messages
        }
    }
}
