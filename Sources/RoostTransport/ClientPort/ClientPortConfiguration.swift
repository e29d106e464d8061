import RoostCore

/// The deadlines and limits of a client port. The defaults are the product's; tests shorten them.
public struct ClientPortConfiguration: Sendable {
    /// From accept to a complete request head, and from there to the end of the request's body.
    public var handshakeDeadline = Limits.handshakeDeadline
    /// Between an answer and the next request of the same connection.
    public var idleDeadline = Limits.httpIdleDeadline
    /// From a complete request to the end of its answer.
    public var answerDeadline = Limits.httpAnswerDeadline
    /// How long a refused connection is still read.
    public var lingerDeadline = Limits.lingerDeadline
    /// How much is read from it meanwhile.
    public var lingerBytesMax = Limits.lingerBytesMax
    /// The longest request head.
    public var headBytesMax = Limits.httpHeadBytesMax
    /// The longest request body.
    public var bodyBytesMax = Limits.httpBodyBytesMax

    /// The product's.
    public init() {}
}
