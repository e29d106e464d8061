/// The kinds of frame of RFC 6455 section 5.2. The other values of its four bits are reserved.
public enum WebSocketOpcode: UInt8, Sendable {
    /// More of the message that an earlier frame began.
    case continuation = 0x0
    /// UTF-8.
    case text = 0x1
    /// Any bytes.
    case binary = 0x2
    /// The end of the connection.
    case close = 0x8
    /// A question whether the peer is there.
    case ping = 0x9
    /// The answer to it.
    case pong = 0xA

    /// Whether the frame is about the connection: short, never fragmented, allowed between fragments of a message.
    public var isControl: Bool { rawValue & 0x8 != 0 }
}
