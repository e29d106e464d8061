import RoostCore
import RoostSession

/// The client's half of the protocol as a value: numbers what is sent, keeps it until it is `sent`, sends it again after
/// a reconnect, remembers what was received so that nothing is shown twice, and follows the ticks.
///
/// Pure: events in, ``Action``s out, in the order in which the shell must do them. The shell holds the socket, the clock
/// and the file, and calls ``wake(now:into:)`` at ``nextDeadline``.
public struct ClientSession: Sendable {
    /// What must survive the process. The shell stores it when told to ``Action/save``.
    public struct State: Codable, Equatable, Sendable {
        var nextMessageID: MessageID = 1
        var outbound: [OutboundStream] = []
        var inbound: [InboundStream] = []

        /// The state of a device that has neither sent nor received.
        public init() {}
    }

    enum Link: Equatable, Sendable {
        /// Becomes `greeting` when a connection stands.
        case offline
        /// `hello` is out. Becomes `online` by `welcome`, `offline` when the connection ends.
        case greeting
        /// Becomes `offline` when the connection ends.
        case online
        /// The end: there will be no other connection.
        case stopped
    }

    /// What must survive the process.
    public internal(set) var state: State
    var link = Link.offline
    var random: SeededRandom
    private let window: Int
    private let client: String
    private var attempts = 0
    private var byeHint: TimeSpan?
    private var lastHeard = Instant.zero
    private var pingedAt: Instant?
    /// The backlog of this connection is through.
    var hasDrained = false
    /// Something came again that the person has read.
    var hasReadAgain = false
    /// Whether the last ping came after the last `read`.
    var isPingBehindReads = false
    /// This device, once a node has said so.
    var device: DeviceID = 0
    /// Receipts that the node is to hear are known here.
    var receiptsDue: [StreamReceipt] = []
    /// When it is.
    var receiptsDueAt: Instant?
    /// The people on the screen.
    var watched: [Address] = []
    /// When a node that was told of them too often is told again.
    var watchAgainAt: Instant?
    /// When it was last said that the person types, and to whom.
    var typed: (to: Address, at: Instant)?

    /// Silence after which a ping is sent.
    public static let pingAfter = TimeSpan.seconds(25)
    /// Silence after which the connection is taken for dead.
    public static let silenceMax = TimeSpan.seconds(60)
    /// The longest wait between two attempts to connect.
    public static let reconnectWaitMax = TimeSpan.seconds(15)
    /// Messages on their way at once, below what a node allows.
    public static let inFlightMax = Limits.unsentMessagesMax / 2
    /// Bytes on their way at once, below what a node allows.
    public static let inFlightBytesMax = Limits.unsentBytesMax / 2

    /// Goes on from `state`. `seed` is for waits and stream numbers; two lives of a device need different ones.
    public init(state: State, seed: UInt64, window: Int = 0, client: String = "roost-client") {
        self.state = state
        self.window = window
        self.client = client
        random = SeededRandom(seed: seed)
        // Whether these reached a node before the last life ended is not known, so they count as written.
        for stream in self.state.outbound.indices {
            for index in self.state.outbound[stream].messages.indices {
                self.state.outbound[stream].messages[index].wasWritten = true
            }
        }
    }

    /// Whether the session is authenticated at this moment.
    public var isOnline: Bool { link == .online }

    /// Messages that are not yet `sent`.
    public var unsentCount: Int {
        state.outbound.reduce(0) { $0 + $1.unsent.count }
    }

    /// When ``wake(now:into:)`` is due.
    public var nextDeadline: Instant {
        guard link == .online else { return .distantFuture }
        let silence = lastHeard + (pingedAt == nil ? ClientSession.pingAfter : ClientSession.silenceMax)
        let watching = min(silence, watchAgainAt ?? .distantFuture, receiptsDueAt ?? .distantFuture)
        return state.outbound.reduce(watching) { min($0, $1.retryAt ?? .distantFuture) }
    }

    // MARK: Events

    /// A connection stands.
    public mutating func connected(now: Instant, into actions: inout [Action]) {
        guard link != .stopped else { return }
        link = .greeting
        for index in state.inbound.indices { state.inbound[index].ackDue = 0 }
        byeHint = nil
        lastHeard = now
        pingedAt = nil
        actions.append(.write(.hello(.init(window: window, client: client))))
    }

    /// The connection ended, or there was none to be had.
    public mutating func disconnected(_ end: SocketEnd, now: Instant, into actions: inout [Action]) {
        guard link != .stopped else { return }
        link = .offline
        if let reason = ClientSession.stopReason(of: end) {
            link = .stopped
            return actions.append(.stop(reason))
        }
        actions.append(.reconnect(after: byeHint ?? backoff()))
        byeHint = nil
    }

    /// The person wants to leave. The shell closes the socket.
    public mutating func stop(into actions: inout [Action]) {
        guard link != .stopped else { return }
        link = .stopped
        actions.append(.stop(.closed))
    }

    /// The node said something.
    public mutating func received(_ frame: ServerFrame, now: Instant, into actions: inout [Action]) {
        lastHeard = now
        pingedAt = nil
        switch frame {
        case .welcome(let welcome): welcomed(welcome, now: now, into: &actions)
        case .accepted(_, let to, let stream, let number):
            accept(to, stream, number, into: &actions)
        case .sent(let to, let stream, let upTo):
            raise(to: .sent, to, stream, upTo: upTo, into: &actions)
            noteSuccess(to, stream)
            pump(now: now, into: &actions)
        case .message(let message): take(message, into: &actions)
        case .receipt(let receipt): take(receipt, now: now, into: &actions)
        case .state(let answer):
            // Of a group it says how far the order is, and not who has what.
            guard answer.to.kind != .group else { break }
            raise(to: .delivered, answer.to, answer.stream, upTo: answer.deliveredUpTo, into: &actions)
            raise(to: .read, answer.to, answer.stream, upTo: answer.readUpTo, into: &actions)
        case .error(let error): refused(error, now: now, into: &actions)
        case .pong: confirmReads()
        case .drained:
            hasDrained = true
            sayReads(into: &actions)
            actions.append(.drained)
        case .bye(_, let milliseconds): byeHint = .milliseconds(UInt64(milliseconds))
        case .presence(let user, let state): actions.append(.presence(user, state))
        case .groupReceipt(let group, let progress): actions.append(.groupReceipt(group, progress))
        case .typing(let typing): actions.append(.typing(typing))
        }
    }

    /// Everything that had arrived has been handed over: what was received is acknowledged once it is stored.
    public mutating func readCycleEnded(into actions: inout [Action]) {
        acknowledge(into: &actions)
    }

    /// The time of ``nextDeadline`` has come.
    public mutating func wake(now: Instant, into actions: inout [Action]) {
        guard link == .online else { return }
        if now >= lastHeard + ClientSession.silenceMax { return actions.append(.abort) }
        if pingedAt == nil, now >= lastHeard + ClientSession.pingAfter {
            pingedAt = now
            isPingBehindReads = true
            actions.append(.write(.ping(nonce: now.nanoseconds)))
        }
        watchAgain(now: now, into: &actions)
        sayReceiptsKnown(now: now, into: &actions)
        pump(now: now, into: &actions)
    }

    // MARK: The connection

    private mutating func welcomed(
        _ welcome: ServerFrame.Welcome, now: Instant, into actions: inout [Action]
    ) {
        guard link == .greeting else { return }
        link = .online
        device = welcome.device
        hasDrained = false
        isPingBehindReads = false
        hasReadAgain = false
        receiptsDue = []
        receiptsDueAt = nil
        attempts = 0
        actions.append(.online(node: welcome.node))
        for index in state.outbound.indices {
            state.outbound[index].rewind()
            state.outbound[index].retryAt = nil
        }
        // What the ticks missed meanwhile; an answer is worth having only where a tick can still rise.
        for (index, stream) in state.outbound.enumerated() where stream.sentUpTo > 0 && !stream.messages.isEmpty {
            actions.append(.write(.query(id: UInt64(index + 1), to: stream.to, stream: stream.stream)))
        }
        watchAgainAt = nil
        if !watched.isEmpty { sayWatched(into: &actions) }
        pump(now: now, into: &actions)
    }

    private mutating func backoff() -> TimeSpan {
        let full = min(ClientSession.reconnectWaitMax, .milliseconds(250) * (1 << UInt64(min(attempts, 10))))
        attempts += 1
        let half = full.nanoseconds / 2
        return TimeSpan(nanoseconds: half + UInt64.random(in: 0...half, using: &random))
    }

    private static func stopReason(of end: SocketEnd) -> StopReason? {
        guard case .closed(_, let text) = end, let code = end.code else { return nil }
        switch code {
        case .normal, .goingAway, .internalError, .authenticationTimeout, .silent, .overloaded, .unavailable:
            return nil
        case .unauthenticated, .deviceRemoved, .accountDisabled: return .loggedOut(text)
        case .sessionReplaced: return .replaced
        case .protocolError, .unsupportedData, .invalidText, .tooBig: return .faulty(text)
        }
    }
}
