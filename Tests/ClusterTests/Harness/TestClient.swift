import Foundation
import RoostClient
import RoostCore
import RoostSession
import RoostWire

/// A well-behaved client: keeps its outbox and its watermarks, retries, reconnects to the next node, and remembers what
/// it saw.
actor TestClient {
    nonisolated let name: Address
    nonisolated let credentials: Credentials
    private let nodes: [NodeAddress]
    private let encoding: ClientEncoding
    private var session: ClientSession
    private var connection: ClientConnection?
    private var life: Task<Void, Never>?
    private let began = ContinuousClock.now

    /// The bodies it showed, in the order in which they came, each once as the watermark has it.
    private(set) var received: [String] = []
    /// How often a message came over the wire, the second deliveries among them.
    private(set) var deliveries = 0
    /// How far each of its own messages has got.
    private(set) var ticks: [ClientSession.MessageID: ClientSession.Tick] = [:]
    /// When the last message became `sent`.
    private(set) var sentTimes: [ContinuousClock.Instant] = []
    /// Every error the node answered.
    private(set) var errors: [ErrorFrame] = []
    /// The frames it sent marked as retries.
    private(set) var retries = 0
    /// How its connections ended.
    private(set) var ends: [SocketEnd] = []
    /// The wait that each `bye` asked for, in milliseconds.
    private(set) var byes: [UInt32] = []
    /// Why it does not connect again.
    private(set) var stopReason: ClientSession.StopReason?
    /// The node it is connected to.
    private(set) var node: String?
    private(set) var hasDrained = false
    /// How it last stood with each of those it watches.
    private(set) var presences: [Address: PresenceState] = [:]
    /// How far the members of the groups are that it watches, as it was told last.
    private(set) var groupProgress: [Address: GroupProgress] = [:]
    /// Everything it was told of others who type.
    private(set) var typings: [ServerFrame.Typing] = []
    private var reconnectWait: TimeSpan?

    init(_ credentials: Credentials, nodes: [NodeAddress], encoding: ClientEncoding, window: Int) {
        guard let name = Address(credentials.user) else { preconditionFailure("\(credentials.user) is not a name") }
        self.name = name
        self.credentials = credentials
        self.nodes = nodes
        self.encoding = encoding
        session = ClientSession(
            state: .init(), seed: UInt64.random(in: 0...UInt64.max), window: window, client: "roost-test")
    }

    // MARK: What a test does with it

    /// Comes online at this node; later reconnects go round all of them.
    func connect(to target: TestNode) async throws {
        guard let first = nodes.firstIndex(of: target.address) else { return }
        await disconnect()
        hasDrained = false
        life = Task { await self.live(from: first) }
        try await wait(for: "\(name) to be welcomed by \(target.name)") { node == target.name }
    }

    /// Goes away without a word.
    func disconnect() async {
        life?.cancel()
        connection?.abort()
        await life?.value
        life = nil
    }

    @discardableResult func say(_ text: String, to other: TestClient) -> ClientSession.MessageID {
        say(text, to: other.name)
    }

    @discardableResult func say(
        _ text: String, to address: Address, lifetimeSeconds: UInt32 = 0
    ) -> ClientSession.MessageID {
        var actions: [ClientSession.Action] = []
        guard
            let id = session.compose(
                to: address, body: Array(text.utf8), lifetimeSeconds: lifetimeSeconds, now: now, into: &actions)
        else {
            preconditionFailure("too long for a message: \(text.utf8.count) bytes")
        }
        perform(actions)
        return id
    }

    func watch(_ others: [TestClient]) {
        watch(others.map(\.name))
    }

    func watch(_ addresses: [Address]) {
        step { session, _, actions in session.watch(addresses, into: &actions) }
    }

    /// Waits until it is shown that all of so many members have stored a group's messages up to here, and so many have read them.
    func sees(all members: UInt32, in group: Address, upTo number: StreamNumber, read: UInt32) async throws {
        try await wait(for: "\(name) to see all in \(group) at \(number), \(read) read; sees \(groupProgress)") {
            guard let progress = groupProgress[group] else { return false }
            return progress.members == members && progress.deliveredCount(of: number) == members
                && progress.readCount(of: number) == read
        }
    }

    func type(to other: TestClient, isRecording: Bool = false) {
        step { session, now, actions in
            session.type(to: other.name, isRecording: isRecording, now: now, into: &actions)
        }
    }

    /// Waits until it is shown that another is online, or is not.
    func sees(_ other: TestClient, online: Bool, seconds: Double = 5) async throws {
        try await wait(
            for: "\(name) to see \(other.name) \(online ? "online" : "offline"), sees \(presences)", seconds: seconds
        ) {
            switch presences[other.name] {
            case .online: online
            case .offline(let milliseconds): !online && milliseconds > 0
            case .unknown, nil: false
            }
        }
    }

    /// How many of its messages have got so far at least.
    func count(_ tick: ClientSession.Tick) -> Int {
        ticks.values.count { $0 >= tick }
    }

    /// Waits until all it ever said has got that far.
    func all(_ tick: ClientSession.Tick, seconds: Double = 15) async throws {
        try await wait(
            for: "\(name) to see \(tick) of everything; \(session.unsentCount) are not sent, "
                + "\(count(tick)) of \(ticks.count) are \(tick), errors \(errors.suffix(2))",
            seconds: seconds
        ) {
            session.unsentCount == 0 && count(tick) == ticks.count
        }
    }

    /// Waits for so many messages since the beginning.
    func hear(_ count: Int, seconds: Double = 20) async throws {
        try await wait(
            for: "\(name) to hear \(count), heard \(received.count), errors \(errors.suffix(2)), at \(node ?? "none")",
            seconds: seconds
        ) {
            received.count >= count
        }
    }

    /// Waits until so many of its messages have got that far.
    func some(_ count: Int, _ tick: ClientSession.Tick, seconds: Double = 20) async throws {
        try await wait(
            for: "\(name) to see \(tick) of \(count), sees it of \(self.count(tick))", seconds: seconds
        ) { self.count(tick) >= count }
    }

    /// What came from one sender, `(ended)` for what had ended before.
    func heard(from other: TestClient) -> [String] {
        shown.filter { $0.from == other.name }.map { message in
            let (header, body) = message.content.parts
            return header.kind == .expired ? "(ended)" : String(decoding: body, as: UTF8.self)
        }
    }

    /// The bodies that came from one sender.
    func received(from other: TestClient) -> [String] {
        shown.filter { $0.from == other.name }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    func drained() async throws {
        try await wait(
            for: "\(name) to be drained, heard \(received.count), errors \(errors.suffix(2)), at \(node ?? "none")",
            seconds: 20
        ) { hasDrained }
    }

    /// What it was told in a group, in order: `author: text`, and what was done as `author event members`.
    func heard(in group: Address) -> [String] {
        shown.filter { $0.from == group }.map { message in
            let (header, body) = message.content.parts
            let text = String(decoding: body, as: UTF8.self)
            let author = header.origin?.author.text ?? "nobody"
            return header.kind == .groupEvent ? TestClient.event(text, by: author) : "\(author): \(text)"
        }
    }

    private struct Event: Decodable {
        let event: String
        var members: [String]?
    }

    private static func event(_ json: String, by author: String) -> String {
        do {
            let event = try JSONDecoder().decode(Event.self, from: Data(json.utf8))
            return ([author, event.event] + (event.members ?? [])).joined(separator: " ")
        } catch {
            return "\(author) cannot be read: \(json)"
        }
    }

    func markAllRead() {
        var actions: [ClientSession.Action] = []
        for message in shown {
            session.markRead(from: message.from, message.key, upTo: message.number, into: &actions)
        }
        perform(actions)
    }

    // MARK: Its life

    private var shown: [ClientSession.ReceivedMessage] = []

    private var now: Instant {
        let elapsed = (ContinuousClock.now - began).components
        return Instant(
            nanoseconds: UInt64(elapsed.seconds) * 1_000_000_000 + UInt64(elapsed.attoseconds / 1_000_000_000))
    }

    private func live(from first: Int) async {
        var index = first
        while !Task.isCancelled, stopReason == nil {
            let end = await connectOnce(to: nodes[index])
            connection = nil
            node = nil
            ends.append(end)
            var actions: [ClientSession.Action] = []
            session.disconnected(end, now: now, into: &actions)
            perform(actions)
            index = (index + 1) % nodes.count
            guard !Task.isCancelled, let wait = reconnectWait else { return }
            do {
                try await Task.sleep(nanoseconds: wait.nanoseconds)
            } catch {
                return
            }
        }
    }

    private func connectOnce(to address: NodeAddress) async -> SocketEnd {
        do throws(ClientError) {
            let connection = try await ClientConnection.connect(
                .init(address: address, token: credentials.token, encoding: encoding))
            self.connection = connection
            defer { connection.abort() }
            let clock = Task { await self.keepTime(of: connection) }
            defer { clock.cancel() }
            step { session, now, actions in session.connected(now: now, into: &actions) }
            for await event in connection.events {
                switch event {
                case .frame(let frame): take(frame)
                case .ended(let end): return end
                }
            }
            return .broken(reason: "cancelled")
        } catch {
            return .broken(reason: "\(error)")
        }
    }

    private func keepTime(of connection: ClientConnection) async {
        while !Task.isCancelled, self.connection === connection {
            step { session, now, actions in
                if now >= session.nextDeadline { session.wake(now: now, into: &actions) }
            }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                return
            }
        }
    }

    private func take(_ frame: ServerFrame) {
        switch frame {
        case .error(let error): errors.append(error)
        case .message: deliveries += 1
        case .bye(_, let milliseconds): byes.append(milliseconds)
        case .welcome, .accepted, .sent, .receipt, .state, .pong, .drained, .presence, .groupReceipt, .typing: break
        }
        step { session, now, actions in
            session.received(frame, now: now, into: &actions)
            session.readCycleEnded(into: &actions)
        }
    }

    private func step(_ event: (inout ClientSession, Instant, inout [ClientSession.Action]) -> Void) {
        var actions: [ClientSession.Action] = []
        event(&session, now, &actions)
        perform(actions)
    }

    private func perform(_ actions: [ClientSession.Action]) {
        for action in actions {
            switch action {
            case .write(let frame):
                if case .send(let send) = frame, send.isRetry { retries += 1 }
                connection?.send(frame)
            case .show(let message):
                shown.append(message)
                received.append(String(decoding: message.body, as: UTF8.self))
            case .tick(let id, let tick):
                ticks[id] = tick
                if tick == .sent { sentTimes.append(.now) }
            case .online(let node): self.node = node
            case .drained: hasDrained = true
            case .presence(let user, let state): presences[user] = state
            case .groupReceipt(let group, let progress): groupProgress[group] = progress
            case .typing(let typing): typings.append(typing)
            case .abort: connection?.abort()
            case .reconnect(let wait): reconnectWait = wait
            case .stop(let reason):
                stopReason = reason
                reconnectWait = nil
            case .save, .note, .refused, .receiptElsewhere: break
            }
        }
    }
}
