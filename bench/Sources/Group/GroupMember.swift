import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// A member of the group under load: a whole client, that connects to the next node when its own is gone.
final class GroupMember: ClientSocketDelegate {
    /// Which of the members it is.
    let index: Int
    let credentials: Credentials
    private let load: GroupLoad
    private var machine: ClientSession
    private var socket: ClientSocket?
    private var node: Int
    private var composedAt: [ClientSession.MessageID: UInt64] = [:]
    /// Messages that this one has still to write.
    private(set) var left = 0
    /// How far it has got each sender's messages.
    private var receivedUpTo: [UInt64]
    private var lastNumber: [StreamKey: StreamNumber] = [:]
    /// Of the senders and numbers of all that came, in order.
    private(set) var orderHash: UInt64 = 0
    private(set) var isReady = false
    private(set) var disconnects = 0

    init(index: Int, credentials: Credentials, load: GroupLoad) {
        self.index = index
        self.credentials = credentials
        self.load = load
        node = index
        receivedUpTo = Array(repeating: 0, count: load.senders)
        var system = SystemRandomNumberGenerator()
        machine = ClientSession(
            state: .init(), seed: system.next(), window: Limits.windowMax, client: "roost-bench")
    }

    func connect() -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: load.loop)
        let address = load.nodes[node % load.nodes.count]
        return ClientSocket.connect(
            .init(address: address, token: credentials.token, receiveBufferBytes: 4096), on: load.loop
        ) { socket in
            bound.value.opened(socket)
            return bound.value
        }
    }

    /// Begins to write so many messages.
    func start(_ count: Int) {
        left = count
        fill()
    }

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

    // MARK: Socket

    private func opened(_ socket: ClientSocket) {
        self.socket = socket
        step { session, now, actions in session.connected(now: now, into: &actions) }
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        step { session, now, actions in session.received(frame, now: now, into: &actions) }
    }

    func readCycleEnded(on socket: ClientSocket) {
        step { session, _, actions in session.readCycleEnded(into: &actions) }
        fill()
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        self.socket = nil
        disconnects += 1
        disconnected(end)
    }

    private func disconnected(_ end: SocketEnd) {
        step { session, now, actions in session.disconnected(end, now: now, into: &actions) }
    }

    // MARK: The machine

    private func step(_ event: (inout ClientSession, Instant, inout [ClientSession.Action]) -> Void) {
        var actions: [ClientSession.Action] = []
        event(&machine, load.now, &actions)
        for action in actions { perform(action) }
        socket?.flush()
    }

    private func perform(_ action: ClientSession.Action) {
        switch action {
        case .write(let frame): socket?.send(frame)
        case .show(let message): take(message)
        case .tick(let id, .sent): sent(id)
        case .refused(_, let code, _): load.errors["\(code)", default: 0] += 1
        case .note(let error): load.errors["\(error.code)", default: 0] += 1
        case .drained: isReady = true
        case .abort: socket?.abort()
        case .reconnect(let wait): reconnect(after: wait)
        case .stop(.closed), .save, .tick, .receiptElsewhere, .presence, .groupReceipt, .typing, .online: break
        case .stop(let reason): load.errors["stopped: \(reason)", default: 0] += 1
        }
    }

    private func reconnect(after wait: TimeSpan) {
        node += 1
        let bound = NIOLoopBound(self, eventLoop: load.loop)
        load.loop.scheduleTask(in: .nanoseconds(Int64(clamping: wait.nanoseconds))) {
            bound.value.connect().whenFailure { error in
                bound.value.disconnected(.broken(reason: "\(error)"))
            }
        }
    }

    private func fill() {
        while left > 0, machine.unsentCount < load.window {
            let number = load.perSender - left + 1
            left -= 1
            let body = load.body(sender: index, number: UInt64(number), at: load.now)
            step { session, now, actions in
                guard let id = session.compose(to: load.group, body: body, now: now, into: &actions) else { return }
                composedAt[id] = now.nanoseconds
            }
        }
    }

    private func sent(_ id: ClientSession.MessageID) {
        guard let began = composedAt.removeValue(forKey: id) else { return }
        load.sent += 1
        load.sentLatency.record((load.now.nanoseconds - began) / 1000)
    }

    private func take(_ message: ClientSession.ReceivedMessage) {
        let (header, body) = message.content.parts
        guard message.from == load.group else { return load.foreign += 1 }
        if let last = lastNumber[message.key], message.number != last + 1 { load.gaps += 1 }
        lastNumber[message.key] = message.number
        guard header.kind == .plain else { return }
        guard let (sender, number, at) = load.parts(of: Array(body)) else { return load.foreign += 1 }
        if number == receivedUpTo[sender] + 1 {
            receivedUpTo[sender] = number
        } else if number <= receivedUpTo[sender] {
            load.duplicates += 1
        } else {
            load.misordered += 1
        }
        orderHash = (orderHash &* 0x0000_0100_0000_01B3) ^ (UInt64(sender) << 32 | number)
        load.delivered += 1
        load.deliveredLatency.record((load.now.nanoseconds - min(at, load.now.nanoseconds)) / 1000)
    }
}
