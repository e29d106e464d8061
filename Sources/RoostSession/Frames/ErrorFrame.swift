import RoostCore

/// The registry of error codes of the client protocol. A number is never reused; `roost.proto` holds the same table.
public enum ErrorCode: UInt8, CaseIterable, Sendable {
    /// The frame is not one of this protocol, or a field has no meaning. The connection goes on, unless the bytes were
    /// not even a frame.
    case badFrame = 1
    /// No token, a wrong one, or a frame before `hello`. The connection closes.
    case unauthenticated = 2
    /// The body is longer than `welcome` allows.
    case bodyTooLarge = 3
    /// A name breaks the rule for names.
    case badUserName = 4
    /// No account of that name.
    case unknownUser = 5
    /// A stream or message number of 0, or beyond 2^63.
    case badNumber = 6
    /// Numbers before this one are missing: send those first, from `expected` on.
    case sequenceGap = 7
    /// Another message already had this number: the client lost its place and must begin a new stream.
    case sequenceReused = 8
    /// The ack or read names what this device was never sent.
    case badAck = 9
    /// A majority of the recipient's owners did not answer in time. The message may or may not have been kept: retry
    /// it with the same number, marked as a retry.
    case unavailable = 10
    /// The owners' disks are full.
    case diskFull = 11
    /// The recipient's queue is full.
    case mailboxFull = 12
    /// Too many messages of this session wait for `sent`; this one was not taken.
    case tooManyUnsent = 13
    /// The node is too busy; the request was not taken.
    case overloaded = 14
    /// The same device connected elsewhere. The connection closes.
    case sessionReplaced = 15
    /// The device was removed from the account. The connection closes.
    case deviceRemoved = 16
    /// An operator has shut the user out. The connection closes.
    case accountDisabled = 20
    /// More messages in this time than the device or the account may send, or more `watch` or `typing`; this one was not taken.
    case rateLimited = 21
    /// The sender is not in the group, or the group is no more.
    case notAMember = 30
    /// An edit or a deletion of what somebody else has sent.
    case notYours = 50
    /// An edit or a deletion that comes too late.
    case tooLate = 51
    /// More people and groups are to be watched than may be; the set stays what it was.
    case tooManyWatched = 40
}

/// A refusal: which rule, and what it is about.
public struct ErrorFrame: Equatable, Sendable {
    /// The rule that was broken.
    public var code: ErrorCode
    /// For a person.
    public var text: String
    /// The id of the request, 0 where it had none.
    public var id: UInt64
    /// The recipient of the message this is about; empty where it is about none.
    public var to: String
    /// The stream of that message.
    public var stream: UInt64
    /// The number of that message.
    public var number: StreamNumber
    /// With ``ErrorCode/sequenceGap``: the next number that would be taken.
    public var expected: StreamNumber
    /// With ``ErrorCode/rateLimited``: how long to wait before trying again.
    public var retryAfterMilliseconds: UInt64

    /// Makes a refusal.
    public init(
        _ code: ErrorCode, _ text: String, id: UInt64 = 0, to: String = "", stream: UInt64 = 0,
        number: StreamNumber = 0, expected: StreamNumber = 0,
        retryAfterMilliseconds: UInt64 = 0
    ) {
        self.code = code
        self.text = text
        self.id = id
        self.to = to
        self.stream = stream
        self.number = number
        self.expected = expected
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }
}

/// The WebSocket close codes a node uses (RFC 6455 section 7.4), each telling the client whether to come back.
public enum CloseCode: UInt16, CaseIterable, Sendable {
    /// The client closed; nothing is wrong.
    case normal = 1000
    /// The node is stopping: reconnect to any node after the hint in `bye`.
    case goingAway = 1001
    /// The bytes broke RFC 6455: mend the client before reconnecting.
    case protocolError = 1002
    /// A binary frame on the JSON subprotocol or a text frame on the protobuf one.
    case unsupportedData = 1003
    /// A text frame was not UTF-8.
    case invalidText = 1007
    /// A frame or a fragmented message exceeded the limit.
    case tooBig = 1009
    /// The node met a fault of its own: reconnect.
    case internalError = 1011
    /// The token was wrong or missing: log in again.
    case unauthenticated = 4001
    /// No valid `hello` in time: reconnect.
    case authenticationTimeout = 4002
    /// The same device connected elsewhere: do not reconnect by itself.
    case sessionReplaced = 4003
    /// Nothing was heard from the client for too long: reconnect.
    case silent = 4004
    /// The node is at a limit: reconnect later, better elsewhere.
    case overloaded = 4005
    /// The owners of the account cannot be reached from here: reconnect later, better elsewhere.
    case unavailable = 4006
    /// The device was removed: log in again.
    case deviceRemoved = 4007
    /// The account is disabled: reconnect when the operator has said that it is not any more.
    case accountDisabled = 4008

    /// One line for a person, sent with the close frame; at most 123 bytes.
    public var reason: String {
        switch self {
        case .normal: "goodbye"
        case .goingAway: "the node is stopping: reconnect to any node"
        case .protocolError: "the WebSocket protocol was broken"
        case .unsupportedData: "this subprotocol takes the other kind of frame"
        case .invalidText: "a text frame was not UTF-8"
        case .tooBig: "a frame exceeded the limit"
        case .internalError: "the node met a fault of its own: reconnect"
        case .unauthenticated: "the token is not valid: log in again"
        case .authenticationTimeout: "no hello in time: reconnect"
        case .sessionReplaced: "this device connected again, elsewhere"
        case .silent: "nothing was heard for too long: reconnect"
        case .overloaded: "the node is at a limit: reconnect later, better elsewhere"
        case .unavailable: "the owners of the account cannot be reached: reconnect later, better elsewhere"
        case .deviceRemoved: "this device was removed: log in again"
        case .accountDisabled: "the account is disabled: ask whoever runs this service"
        }
    }
}
