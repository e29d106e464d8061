import RoostCore

/// What is asked of a shard about mailboxes, on behalf of a person who looks at its own.
public enum MailboxRequest: Equatable, Sendable {
    /// What the person has not seen.
    case unread(Address)
    /// What has become of a message that the person has sent to somebody.
    case status(MessageName)
    /// How far each member is with the messages of a group.
    case readers(Address)
    /// Nothing of the conversation of two people is to be kept.
    case erase(user: Address, other: Address)
    /// Nothing that waits for a user is to come from another any more.
    case drop(user: Address, from: Address)

    /// Whose mailbox.
    public var user: Address {
        switch self {
        case .unread(let user): user
        case .status(let name): name.sender
        case .readers(let group): group
        case .erase(let user, _), .drop(let user, _): user
        }
    }
}

/// Names one message by who sent it to whom.
public struct MessageName: Equatable, Sendable {
    /// Who sent it.
    public let sender: Address
    /// To whom.
    public let to: Address
    /// The device that sent it, and its stream.
    public let key: StreamKey
    /// Its number there.
    public let number: StreamNumber

    /// Makes a name.
    public init(sender: Address, to: Address, key: StreamKey, number: StreamNumber) {
        self.sender = sender
        self.to = to
        self.key = key
        self.number = number
    }
}

/// What a shard answers to a ``MailboxRequest``.
public enum MailboxAnswer: Equatable, Sendable {
    /// What is unread.
    case unread([Conversation])
    /// What has become of the message; `nil` when the owners of its recipient know of none.
    case status(MessageStatus?)
    /// How far the members of the group are.
    case readers([GroupReader])
    /// The conversation is erased, or what waited is dropped.
    case erased
    /// No majority of the owners answered in time.
    case unavailable

    /// Everything that one user or group has sent.
    public struct Conversation: Equatable, Sendable {
        /// Who sends.
        public let with: Address
        /// How many messages the person has not seen.
        public let unread: UInt64

        /// Makes an entry.
        public init(with: Address, unread: UInt64) {
            self.with = with
            self.unread = unread
        }
    }
}

/// Who has a message and who has read it.
public struct MessageStatus: Equatable, Sendable {
    /// One that it is for.
    public struct Reader: Equatable, Sendable {
        /// Who.
        public let user: Address
        /// Whether a device of the reader has stored it.
        public let isDelivered: Bool
        /// Whether the reader has seen it, and lets others know.
        public let isRead: Bool
        /// Whether it ended before any device of the reader had stored it.
        public let hasEnded: Bool
        /// When the reader's place rose beyond the message or to it, milliseconds since 1970: it was stored by then. 0 when that is
        /// not known.
        public let deliveredByMilliseconds: UInt64
        /// It was seen by then.
        public let readByMilliseconds: UInt64

        /// What follows of a reader's place in the stream for one number of it.
        /// - Parameters:
        ///   - user: the reader.
        ///   - number: the message.
        ///   - progress: how far the sender's owners know the reader to be.
        ///   - deliveredUpTo: how far the reader's owners know its devices to be.
        public init(
            _ user: Address, number: StreamNumber, _ progress: ReceiptProgress, deliveredUpTo: StreamNumber = 0
        ) {
            self.user = user
            hasEnded = progress.expired.contains(number)
            isDelivered = !hasEnded && number <= max(progress.deliveredUpTo, deliveredUpTo)
            isRead = !hasEnded && number <= progress.readUpTo
            deliveredByMilliseconds =
                isDelivered && number <= progress.deliveredUpTo ? progress.deliveredAtMilliseconds : 0
            readByMilliseconds = isRead ? progress.readAtMilliseconds : 0
        }
    }

    /// All that it is for, by name.
    public let readers: [Reader]

    /// Makes a status.
    public init(readers: [Reader]) {
        self.readers = readers
    }
}
