import OrderedCollections
import RoostCore

/// The gateway's side of one client connection: who it is, what it sends and how far that has got, what is delivered
/// to it and how far it has acknowledged.
///
/// Sending: numbers are taken densely per stream, one batch is under way per stream (``OutboundStream``), `sent` follows
/// the majority. Delivering: a number is released only when its predecessor has been, within the client's window; what
/// cannot be released is dropped here, for the durable mailbox is the buffer, and fetched when it can be.
public struct SessionMachine: Sendable {
    /// How far the connection has got.
    enum State: Equatable, Sendable {
        /// Connected. Can become `authenticating` or `over`.
        case awaitingHello(deadline: Instant, bearerToken: String?)
        /// The token is being looked up. Can become `subscribing` or `over`.
        case authenticating(deadline: Instant, window: Int)
        /// Welcomed, the backlog is not known. Can become `live` or `over`.
        case subscribing
        /// Everything is known. Can become `over`.
        case live
        /// Closed: every event is ignored.
        case over
    }

    var state: State
    let nodeName: String
    /// Who it is; set when authenticated.
    public internal(set) var user: Address?
    /// Which device; 0 until authenticated.
    public internal(set) var device: DeviceID = 0
    /// The devices of the account, this one among them; what they have sent may be changed from here.
    public internal(set) var ownDevices: [DeviceID] = []
    /// The messages the client takes without acknowledging.
    public internal(set) var window = 0
    var lastHeard: Instant

    // Sending.
    var outbound: OrderedDictionary<OutboundKey, OutboundStream> = [:]
    var unsentMessages = 0
    var unsentBytes = 0
    /// How much the device may send.
    let sendRate: Rate?
    var sends = TokenBucket()
    /// For how long what was sent may be changed.
    let changeWindows: ChangeWindows
    /// The next stream for messages of a client that does not number; the first is different for each connection.
    var nextOwnStream: UInt64
    /// The open streams that are numbered here, for each recipient. One that is forgotten never comes back: owners may
    /// hold its numbers already.
    var ownStreams: OrderedDictionary<Address, UInt64> = [:]

    // Receipts.
    var receiptsKnownBucket = TokenBucket()

    // Presence.
    var watchBucket = TokenBucket()
    var typingBucket = TokenBucket()
    /// When the person was last told to be typing, by conversation.
    var typings: OrderedDictionary<Address, Instant> = [:]

    // Delivering.
    var deliveries: OrderedDictionary<StreamKey, DeliveryStream> = [:]
    var outstanding = 0
    /// Streams of the backlog and how far each reached when it became known; the client gets `drained` when all are released.
    var drainTargets: OrderedDictionary<StreamKey, StreamNumber> = [:]
    var hasDrained = false
    /// Streams with a number known and not released.
    var lagging: OrderedSet<StreamKey> = []
    /// When a release last happened or a gap was last repaired.
    var lastProgress: Instant
    /// How long a gap is left to the pusher before it is fetched; longer when the last fetch brought nothing.
    var gapPause = SessionMachine.gapPatience
    /// The stream being fetched, so that one fetch is under way.
    var fetching: StreamKey?

    /// Starts with a fresh connection.
    /// - Parameters:
    ///   - nodeName: what `welcome` says.
    ///   - bearerToken: of the upgrade's Authorization header, where it had one.
    ///   - ownStream: a random nonzero number for messages that the client does not number.
    ///   - sendRate: how much the device may send; `nil` for no limit.
    ///   - changeWindows: for how long what was sent may be changed.
    ///   - now: the time of the connection.
    public init(
        nodeName: String, bearerToken: String?, ownStream: UInt64, sendRate: Rate? = nil,
        changeWindows: ChangeWindows = .standard, now: Instant
    ) {
        self.nodeName = nodeName
        self.changeWindows = changeWindows
        self.sendRate = sendRate
        nextOwnStream = ownStream
        lastHeard = now
        lastProgress = now
        state = .awaitingHello(deadline: now + Limits.authenticationDeadline, bearerToken: bearerToken)
    }

    /// Whether nothing more will come of it.
    public var isOver: Bool { state == .over }

    /// When something last came from the client.
    public var heardAt: Instant { lastHeard }

    /// Whether the client has been welcomed.
    public var isAuthenticated: Bool { user != nil && state != .over }

    // MARK: Connection

    /// A frame came from the client.
    public mutating func received(
        _ frame: ClientFrame, now: Instant, wallMilliseconds: UInt64, into actions: inout [SessionAction]
    ) {
        lastHeard = now
        switch state {
        case .over:
            return
        case .awaitingHello(let deadline, let bearerToken):
            receivedFirst(frame, deadline: deadline, bearerToken: bearerToken, into: &actions)
        case .authenticating:
            // Nothing can be done before it is known who speaks, and nothing is kept for later: the client waits.
            refuse(.init(.badFrame, "wait for welcome before anything else"), into: &actions)
        case .subscribing, .live:
            receivedAuthenticated(frame, now: now, wallMilliseconds: wallMilliseconds, into: &actions)
        }
    }

    /// The client sent something that is no frame of the protocol. The connection goes on.
    public mutating func receivedMalformed(_ error: ErrorFrame, now: Instant, into actions: inout [SessionAction]) {
        guard state != .over else { return }
        lastHeard = now
        refuse(error, into: &actions)
    }

    /// Something came from the client's socket, if only a control frame.
    public mutating func heard(now: Instant) {
        lastHeard = now
    }

    private mutating func receivedFirst(
        _ frame: ClientFrame, deadline: Instant, bearerToken: String?, into actions: inout [SessionAction]
    ) {
        guard case .hello(let hello) = frame else {
            refuse(.init(.unauthenticated, "the first frame must be hello"), into: &actions)
            end(.unauthenticated, into: &actions)
            return
        }
        let token = hello.token.isEmpty ? bearerToken ?? "" : hello.token
        guard !token.isEmpty else {
            refuse(.init(.unauthenticated, "no token in hello or in the Authorization header"), into: &actions)
            end(.unauthenticated, into: &actions)
            return
        }
        let window = hello.window <= 0 ? Limits.windowDefault : min(hello.window, Limits.windowMax)
        state = .authenticating(deadline: deadline, window: window)
        actions.append(.authenticate(token: token))
    }

    /// The token is good.
    public mutating func authenticated(
        user: Address, device: DeviceID, ownDevices: [DeviceID] = [], into actions: inout [SessionAction]
    ) {
        guard case .authenticating(_, let window) = state else { return }
        self.user = user
        self.device = device
        self.ownDevices = ownDevices + [device]
        self.window = window
        state = .subscribing
        actions.append(.frame(.welcome(.init(user: user, device: device, node: nodeName, window: window))))
        actions.append(.subscribe(window: window))
    }

    /// The token is not good, or could not be checked.
    public mutating func refused(_ code: CloseCode, _ error: ErrorFrame, into actions: inout [SessionAction]) {
        guard case .authenticating = state else { return }
        refuse(error, into: &actions)
        end(code, into: &actions)
    }

    /// Ends the session from this side, saying why first.
    public mutating func expel(_ code: CloseCode, _ error: ErrorFrame?, into actions: inout [SessionAction]) {
        guard state != .over else { return }
        if let error { refuse(error, into: &actions) }
        end(code, into: &actions)
    }

    /// The node is stopping: says `bye` and closes.
    public mutating func drain(
        reason: String, reconnectAfterMilliseconds: UInt32, into actions: inout [SessionAction]
    ) {
        guard state != .over else { return }
        actions.append(.frame(.bye(reason: reason, reconnectAfterMilliseconds: reconnectAfterMilliseconds)))
        end(.goingAway, into: &actions)
    }

    /// The socket has closed.
    public mutating func disconnected() {
        state = .over
    }

    /// Time has passed; called at least every few seconds. Closes what missed its deadline.
    public mutating func tick(now: Instant, into actions: inout [SessionAction]) {
        switch state {
        case .awaitingHello(let deadline, _), .authenticating(let deadline, _):
            if now >= deadline { end(.authenticationTimeout, into: &actions) }
        case .subscribing, .live:
            if now.since(lastHeard) >= Limits.clientSilenceMax { end(.silent, into: &actions) }
        case .over:
            return
        }
    }

    mutating func refuse(_ error: ErrorFrame, into actions: inout [SessionAction]) {
        actions.append(.frame(.error(error)))
    }

    private mutating func end(_ code: CloseCode, into actions: inout [SessionAction]) {
        state = .over
        outbound.removeAll()
        ownStreams.removeAll()
        deliveries.removeAll()
        lagging.removeAll()
        drainTargets.removeAll()
        actions.append(.close(code))
    }

    private mutating func receivedAuthenticated(
        _ frame: ClientFrame, now: Instant, wallMilliseconds: UInt64, into actions: inout [SessionAction]
    ) {
        switch frame {
        case .hello:
            refuse(.init(.badFrame, "hello comes once, as the first frame"), into: &actions)
        case .send(let send):
            receivedSend(send, now: now, wallMilliseconds: wallMilliseconds, into: &actions)
        case .ack(let key, let upTo):
            receivedAck(key, upTo: upTo, now: now, into: &actions)
        case .read(let from, let key, let upTo):
            receivedRead(from: from, key, upTo: upTo, into: &actions)
        case .receiptsKnown(let receipts):
            receivedReceiptsKnown(receipts, now: now, into: &actions)
        case .query(let id, let to, let stream):
            guard let to = Address(to), to.kind == .user || to.kind == .group else {
                refuse(.init(.badUserName, "a user name is 1 to 64 of a-z 0-9 . _ -", id: id, to: to), into: &actions)
                return
            }
            actions.append(.query(id: id, OutboundKey(to: to, stream: stream)))
        case .ping(let nonce):
            actions.append(.frame(.pong(nonce: nonce)))
        case .watch(let names):
            receivedWatch(names, now: now, into: &actions)
        case .typing(let to, let isRecording):
            receivedTyping(to: to, isRecording: isRecording, now: now, into: &actions)
        }
    }
}
