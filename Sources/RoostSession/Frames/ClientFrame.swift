import RoostCore

/// What a client says, decoded. Field for field the `ClientFrame` of `roost.proto`, which describes each.
public enum ClientFrame: Equatable, Sendable {
    /// The first frame: who it is.
    case hello(Hello)
    /// One message to one user.
    case send(Send)
    /// The device has stored everything up to `upTo`.
    case ack(StreamKey, upTo: StreamNumber)
    /// The person has seen everything up to `upTo` of a stream that `from` sent.
    case read(from: String, StreamKey, upTo: StreamNumber)
    /// The device has stored these receipts, and need not be told them again.
    case receiptsKnown([StreamReceipt])
    /// Asks how far one of the client's own streams has got.
    case query(id: UInt64, to: String, stream: UInt64)
    /// Asks for a pong with the same nonce.
    case ping(nonce: UInt64)
    /// These are the people on the screen, as written; takes the place of the last such set.
    case watch([String])
    /// The person is writing to somebody, or recording.
    case typing(to: String, isRecording: Bool)

    /// The fields of `hello`.
    public struct Hello: Equatable, Sendable {
        /// The bearer token; empty when the upgrade request carried it.
        public var token: String
        /// Messages the client takes unacknowledged; 0 asks for the default.
        public var window: Int
        /// Name and version of the client.
        public var client: String

        /// Makes a `hello`.
        public init(token: String = "", window: Int = 0, client: String = "") {
            self.token = token
            self.window = window
            self.client = client
        }
    }

    /// The fields of `send`.
    public struct Send: Equatable, Sendable {
        /// Nonzero asks for `accepted`.
        public var id: UInt64
        /// The recipient as written; not yet checked.
        public var to: String
        /// The stream, 0 for one of the gateway's making.
        public var stream: UInt64
        /// The number in the stream, 0 when the gateway numbers.
        public var number: StreamNumber
        /// The message itself.
        public var content: MessageContent
        /// Sent before and not known to be `sent`.
        public var isRetry: Bool

        /// Makes a `send`.
        public init(
            id: UInt64 = 0, to: String, stream: UInt64, number: StreamNumber, content: MessageContent,
            isRetry: Bool = false
        ) {
            self.id = id
            self.to = to
            self.stream = stream
            self.number = number
            self.content = content
            self.isRetry = isRetry
        }

        /// Makes a `send` that only says something.
        public init(
            id: UInt64 = 0, to: String, stream: UInt64, number: StreamNumber, body: [UInt8], isRetry: Bool = false
        ) {
            self.init(
                id: id, to: to, stream: stream, number: number, content: MessageContent(body: body), isRetry: isRetry)
        }
    }
}
