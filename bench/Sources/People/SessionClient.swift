import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// What a ``SessionClient`` tells its owner, on its event loop.
protocol SessionClientOwner: AnyObject {
    /// Something that the client does not see to by itself: a message, a tick, a refusal, news of others.
    func perform(_ action: ClientSession.Action)
    /// Everything that had arrived has been handed over.
    func readCycleEnded()
}

/// A whole client with an outbox and watermarks, that connects to the next node when its own is gone, and can be away.
final class SessionClient: ClientSocketDelegate {
    let credentials: Credentials
    private let nodes: [NodeAddress]
    private let loop: any EventLoop
    private weak var owner: (any SessionClientOwner)?
    private var machine: ClientSession
    private var socket: ClientSocket?
    private var node: Int
    private var isConnecting = false
    /// Whether the person is away: then it does not connect again.
    private(set) var isAway = false
    /// Connections that ended by themselves.
    private(set) var disconnects = 0

    init(credentials: Credentials, nodes: [NodeAddress], first: Int, loop: any EventLoop) {
        self.credentials = credentials
        self.nodes = nodes
        self.loop = loop
        node = first
        var system = SystemRandomNumberGenerator()
        machine = ClientSession(
            state: .init(), seed: system.next(), window: Limits.windowMax, client: "roost-bench")
    }

    /// Names the owner; until then nobody is told anything.
    func attach(_ owner: any SessionClientOwner) {
        self.owner = owner
    }

    var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }
    var isOnline: Bool { machine.isOnline }
    var unsentCount: Int { machine.unsentCount }

    func connect() -> EventLoopFuture<Void> {
        isConnecting = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        return openSocket(
            for: self, to: nodes[node % nodes.count], token: credentials.token, on: loop, receiveBufferBytes: 4096
        ) {
            $0.opened($1)
        }
        .always { _ in bound.value.isConnecting = false }
    }

    /// The person puts the telephone away.
    func goAway() {
        isAway = true
        socket?.close()
    }

    /// The person is back.
    func comeBack() {
        isAway = false
        if socket == nil { reconnect(after: .milliseconds(0)) }
    }

    /// The end of the run.
    func close() {
        step { session, _, actions in session.stop(into: &actions) }
        socket?.close()
    }

    /// What is due by the clock.
    func wake() {
        step { session, now, actions in
            if now >= session.nextDeadline { session.wake(now: now, into: &actions) }
        }
    }

    /// Lets the machine take an event and does what it wants done.
    func step(_ event: (inout ClientSession, Instant, inout [ClientSession.Action]) -> Void) {
        var actions: [ClientSession.Action] = []
        event(&machine, now, &actions)
        for action in actions { perform(action) }
        socket?.flush()
    }

    // MARK: Socket

    private func opened(_ socket: ClientSocket) {
        self.socket = socket
        // Away again before the connection stood.
        guard !isAway else { return socket.close() }
        step { session, now, actions in session.connected(now: now, into: &actions) }
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        step { session, now, actions in session.received(frame, now: now, into: &actions) }
    }

    func readCycleEnded(on socket: ClientSocket) {
        step { session, _, actions in session.readCycleEnded(into: &actions) }
        owner?.readCycleEnded()
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        if !isAway { disconnects += 1 }
        disconnected(end)
    }

    private func disconnected(_ end: SocketEnd) {
        step { session, now, actions in session.disconnected(end, now: now, into: &actions) }
    }

    private func perform(_ action: ClientSession.Action) {
        switch action {
        case .write(let frame): socket?.send(frame)
        case .abort: socket?.abort()
        case .reconnect(let wait):
            guard !isAway else { return }
            node += 1
            reconnect(after: wait)
        case .save: break
        case .show, .tick, .receiptElsewhere, .refused, .note, .presence, .groupReceipt, .typing, .online, .drained,
            .stop:
            owner?.perform(action)
        }
    }

    private func reconnect(after wait: TimeSpan) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .nanoseconds(Int64(clamping: wait.nanoseconds))) {
            let client = bound.value
            guard !client.isAway, client.socket == nil, !client.isConnecting else { return }
            client.connect().whenFailure { error in
                bound.value.disconnected(.broken(reason: "\(error)"))
            }
        }
    }
}
