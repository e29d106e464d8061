import RoostCore

/// One message that some device of the mailbox has not stored yet: everything but its body, which stays in the log.
public struct PendingMessage: Equatable, Sendable {
    /// Its place in the stream.
    public let number: StreamNumber
    /// The first eight bytes of SHA-256 of the body: tells a retry from another message under the same number.
    public let bodyHash: UInt64
    /// When the sender's gateway took it, milliseconds since 1970. Shown to people, never compared.
    public let sentAtMilliseconds: UInt64
    /// The order in which this replica took it, among all messages of the mailbox.
    public let arrival: UInt64
    /// The length of the body in bytes.
    public internal(set) var bodyBytes: UInt32
    /// When it ends if no device has stored it.
    public internal(set) var end: MessageEnd
    /// Where the body stands; `nil` until the log says that it is durable.
    public var location: LogLocation?
    /// Whether the record there holds the message for other mailboxes as well: it is dead when none of them needs it.
    public var isShared = false

    /// Makes an entry.
    public init(
        number: StreamNumber, bodyHash: UInt64, sentAtMilliseconds: UInt64, arrival: UInt64, bodyBytes: UInt32,
        end: MessageEnd = .never, location: LogLocation?
    ) {
        self.number = number
        self.bodyHash = bodyHash
        self.sentAtMilliseconds = sentAtMilliseconds
        self.arrival = arrival
        self.bodyBytes = bodyBytes
        self.end = end
        self.location = location
    }

    /// What the message counts for in the log's accounts of live and dead bytes.
    public var logBytes: UInt32 {
        bodyBytes + PendingMessage.headBytesEstimate
    }

    /// A message record's head and framing, about.
    public static let headBytesEstimate: UInt32 = 64
}
