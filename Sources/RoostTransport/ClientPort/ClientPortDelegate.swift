import NIOCore
import RoostWire

/// What a client port tells the session code about its WebSocket connections.
///
/// One object serves one event loop. Every call is made on that loop, in order, and must not block. Between ``opened``
/// and ``closed`` a connection's calls come in the order of its bytes; after ``closed`` there is none.
public protocol ClientPortDelegate: AnyObject, Sendable {
    /// A client has upgraded. `bearerToken` is what its `Authorization` header held, not yet checked.
    func opened(_ connection: ClientConnection, encoding: ClientEncoding, bearerToken: String?)

    /// A whole message has come, at most `Limits.clientFrameBytesMax` long; a text is UTF-8. Whoever does not keep the
    /// buffer saves an allocation.
    func received(_ connection: ClientConnection, _ message: ByteBuffer)

    /// Everything that one read delivered, be it only a pong, has been passed on: the moment to flush.
    func readCycleEnded(_ connection: ClientConnection)

    /// The client has stopped taking what is sent to it, or has begun again. The port itself stops reading meanwhile.
    func writabilityChanged(_ connection: ClientConnection, isWritable: Bool)

    /// The connection is over; exactly once for each that was opened. After the session code's own ``ClientConnection/close(code:reason:)``
    /// it comes later, when the socket is gone.
    func closed(_ connection: ClientConnection, reason: ClientCloseReason)
}

/// Why a client's connection ended.
public enum ClientCloseReason: Equatable, Sendable {
    /// The client sent a close frame, with this code if any.
    case byClient(code: UInt16?)
    /// The client broke the rules and was told so.
    case violation(WebSocketViolation)
    /// The session code closed it with this code.
    case byNode(code: UInt16)
    /// The socket ended without a close frame.
    case lost
    /// The server is shutting down and nobody had closed it yet.
    case shutdown
}
