/// A breach of RFC 6455, or of this protocol's use of it. Each ends the connection with its ``closeCode``.
public enum WebSocketViolation: Error, Equatable, Sendable {
    /// A frame of a client was not masked (section 5.1).
    case unmasked
    /// A reserved bit was set though no extension was agreed on (section 5.2).
    case reservedBits
    /// An opcode that has no meaning yet.
    case reservedOpcode(UInt8)
    /// A control frame without the final bit (section 5.5).
    case fragmentedControl
    /// A control frame of more than 125 bytes (section 5.5).
    case controlTooLong
    /// A length written in more bytes than it needs (section 5.2).
    case lengthNotMinimal
    /// A continuation with no message to continue (section 5.4).
    case strayContinuation
    /// A new message before the last one ended (section 5.4).
    case interleavedMessage
    /// A close frame with one byte, where a code takes two.
    case closeTruncated
    /// A close code that must not be sent (section 7.4).
    case closeCode(UInt16)
    /// A binary frame on the JSON subprotocol or a text frame on the protobuf one.
    case wrongOpcode(WebSocketOpcode)
    /// A text message, or the reason of a close frame, that is not UTF-8.
    case invalidText
    /// A message that is or declares itself longer than `limit`.
    case messageTooLong(bytes: UInt64, limit: Int)
    /// A message in more than `limit` fragments.
    case tooManyFragments(limit: Int)

    /// The code to close with.
    public var closeCode: UInt16 {
        switch self {
        case .unmasked, .reservedBits, .reservedOpcode, .fragmentedControl, .controlTooLong, .lengthNotMinimal,
            .strayContinuation, .interleavedMessage, .closeTruncated, .closeCode:
            1002
        case .wrongOpcode: 1003
        case .invalidText: 1007
        case .messageTooLong, .tooManyFragments: 1009
        }
    }

    /// One line for whoever debugs the client; at most 123 bytes, which is what a close frame has room for.
    public var text: String {
        switch self {
        case .unmasked: "frames of a client must be masked"
        case .reservedBits: "a reserved bit is set and no extension was agreed on"
        case .reservedOpcode(let opcode): "opcode \(opcode) is reserved"
        case .fragmentedControl: "a control frame must not be fragmented"
        case .controlTooLong: "a control frame holds at most 125 bytes"
        case .lengthNotMinimal: "a length must be written in the fewest bytes"
        case .strayContinuation: "a continuation without a message to continue"
        case .interleavedMessage: "a new message before the last one ended"
        case .closeTruncated: "a close code takes two bytes"
        case .closeCode(let code): "close code \(code) must not be sent"
        case .wrongOpcode(.text): "roost.v1.proto takes binary frames"
        case .wrongOpcode: "roost.v1.json takes text frames"
        case .invalidText: "not UTF-8"
        case .messageTooLong(_, let limit): "a message holds at most \(limit) bytes"
        case .tooManyFragments(let limit): "a message comes in at most \(limit) fragments"
        }
    }
}
