import RoostCore

/// Names one of a session's own streams: to whom, and the number the client gave it.
public struct OutboundKey: Hashable, Comparable, Sendable {
    /// The recipient.
    public let to: Address
    /// The stream's number.
    public let stream: UInt64

    /// Makes a key.
    public init(to: Address, stream: UInt64) {
        self.to = to
        self.stream = stream
    }

    /// By recipient, then stream.
    public static func < (left: OutboundKey, right: OutboundKey) -> Bool {
        left.to != right.to ? left.to < right.to : left.stream < right.stream
    }
}

/// One message on its way from a session to the recipient's replicas.
public struct OutboundMessage: Equatable, Sendable {
    /// Its number in the stream.
    public let number: StreamNumber
    /// The message itself.
    public let body: [UInt8]
    /// An owner that holds the number as delivered may take it for this very message: the client has sent it before, or
    /// a majority told that no message had the number yet.
    public let isRetry: Bool
    /// When the gateway took it, milliseconds since 1970.
    public let sentAtMilliseconds: UInt64

    /// Makes a message.
    public init(number: StreamNumber, body: [UInt8], isRetry: Bool, sentAtMilliseconds: UInt64) {
        self.number = number
        self.body = body
        self.isRetry = isRetry
        self.sentAtMilliseconds = sentAtMilliseconds
    }
}

/// What a session asks of its surroundings.
public enum SessionAction: Equatable, Sendable {
    /// Say this to the client.
    case frame(ServerFrame)
    /// Close the connection with this code; the session is over and says nothing more.
    case close(CloseCode)
    /// Find out whom the token is for; answer with `authenticated` or `refused`.
    case authenticate(token: String)
    /// Subscribe to the mailbox at all owners; answer with `backlogKnown`.
    case subscribe(window: Int)
    /// Find out what a majority of owners knows of the stream; answer with `streamOpened`.
    case open(OutboundKey)
    /// Keep these, densely numbered, at a majority of the owners; answer with `batchSent` or `batchFailed`.
    case replicate(OutboundKey, [OutboundMessage])
    /// The device has stored the stream up to here: tell the mailbox, and the sender.
    case acknowledge(StreamKey, upTo: StreamNumber, sender: Address)
    /// The reader says it has seen a stream up to here, of which this session knows nothing: check, then tell the
    /// sender; answer with `readRefused` when it cannot be.
    case checkRead(StreamKey, upTo: StreamNumber, sender: Address)
    /// The reader has seen the stream up to here: tell the sender.
    case read(StreamKey, upTo: StreamNumber, sender: Address)
    /// The device knows these receipts: tell the mailbox.
    case receiptsKnown([StreamReceipt])
    /// Ask a majority for the state of one of the client's own streams; answer with `stateKnown`.
    case query(id: UInt64, OutboundKey)
    /// Read from a majority of owners what they hold from this number on; answer with `fetched`.
    case fetch(StreamKey, from: StreamNumber, count: Int)
    /// Tell how it stands with these people, now and whenever it changes, and with nobody else.
    case watch([Address])
    /// Tell this user, or this group, that the person is writing to it.
    case typing(to: Address, isRecording: Bool)
}
