import RoostCore

/// What a node says to a client, before encoding. Field for field the `ServerFrame` of `roost.proto`.
public enum ServerFrame: Equatable, Sendable {
    /// The session is authenticated.
    case welcome(Welcome)
    /// The gateway holds the message with this number.
    case accepted(id: UInt64, to: Address, stream: UInt64, number: StreamNumber)
    /// A majority of the owners have everything up to here on disk.
    case sent(to: Address, stream: UInt64, upTo: StreamNumber)
    /// A message for this device.
    case message(Message)
    /// How far a reader has got with a stream of a device of this user.
    case receipt(StreamReceipt)
    /// The answer to a query.
    case state(StreamState)
    /// A request was refused.
    case error(ErrorFrame)
    /// The answer to a ping.
    case pong(nonce: UInt64)
    /// The backlog is through.
    case drained
    /// The node is about to close.
    case bye(reason: String, reconnectAfterMilliseconds: UInt32)
    /// How it stands with somebody who is watched.
    case presence(user: Address, PresenceState)
    /// How far the members of a group are that is watched.
    case groupReceipt(group: Address, GroupProgress)
    /// Somebody is writing to this user, or recording.
    case typing(Typing)

    /// The fields of `welcome`.
    public struct Welcome: Equatable, Sendable {
        /// Who the token is for.
        public var user: Address
        /// The device the token is for.
        public var device: DeviceID
        /// The name of this node.
        public var node: String
        /// The window in force, in messages.
        public var window: Int

        /// Makes a `welcome`.
        public init(user: Address, device: DeviceID, node: String, window: Int) {
            self.user = user
            self.device = device
            self.node = node
            self.window = window
        }
    }

    /// The fields of `message`.
    public struct Message: Equatable, Sendable {
        /// Who sent it.
        public var from: Address
        /// The stream it belongs to.
        public var key: StreamKey
        /// Its number in the stream.
        public var number: StreamNumber
        /// The message itself.
        public var content: MessageContent
        /// The first of the numbers that are lost right before it and will never come; 0 when there are none.
        public var lostFrom: StreamNumber
        /// When the sender's gateway took it, milliseconds since 1970.
        public var sentAtMilliseconds: UInt64

        /// Makes a `message`.
        public init(
            from: Address, key: StreamKey, number: StreamNumber, content: MessageContent, lostFrom: StreamNumber = 0,
            sentAtMilliseconds: UInt64
        ) {
            self.lostFrom = lostFrom
            self.from = from
            self.key = key
            self.number = number
            self.content = content
            self.sentAtMilliseconds = sentAtMilliseconds
        }

        /// Makes a `message` that only says something.
        public init(
            from: Address, key: StreamKey, number: StreamNumber, body: [UInt8], lostFrom: StreamNumber = 0,
            sentAtMilliseconds: UInt64
        ) {
            self.init(
                from: from, key: key, number: number, content: MessageContent(body: body), lostFrom: lostFrom,
                sentAtMilliseconds: sentAtMilliseconds)
        }

        /// What the reader reads.
        public var body: [UInt8] { content.body }
    }

    /// The fields of `state`.
    public struct StreamState: Equatable, Sendable {
        /// The query's id.
        public var id: UInt64
        /// The recipient asked about.
        public var to: Address
        /// The stream asked about.
        public var stream: UInt64
        /// The highest number held or delivered.
        public var heldUpTo: StreamNumber
        /// Stored by a device of the recipient up to here.
        public var deliveredUpTo: StreamNumber
        /// Seen by the recipient up to here.
        public var readUpTo: StreamNumber

        /// Makes a `state`.
        public init(
            id: UInt64, to: Address, stream: UInt64, heldUpTo: StreamNumber, deliveredUpTo: StreamNumber,
            readUpTo: StreamNumber
        ) {
            self.id = id
            self.to = to
            self.stream = stream
            self.heldUpTo = heldUpTo
            self.deliveredUpTo = deliveredUpTo
            self.readUpTo = readUpTo
        }
    }
}
