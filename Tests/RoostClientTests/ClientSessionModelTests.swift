import RoostClient
import RoostCore
import RoostSession
import Testing

/// Two sessions and a dumb node between them that loses connections at any moment, restarts clients from their last
/// stored state, refuses at random and delivers twice: every message is shown once, in order, and gets `sent`.
@Suite struct ClientSessionModelTests {
    @Test(arguments: UInt64(0)..<200)
    func `every message arrives once and in order over a bad network`(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<400 { world.step() }
        world.heal()
        #expect(world.shown == world.said, "seed \(seed)")
        #expect(world.alice.session.unsentCount == 0, "seed \(seed)")
        #expect(world.violations.isEmpty, "seed \(seed): \(world.violations)")
    }
}

/// The node's rules, as the protocol states them, without any durability of its own: it never forgets.
private struct World {
    var random: SeededRandom
    var alice: Peer
    var bob: Peer
    var said: [String] = []
    var shown: [String] = []
    var violations: [String] = []
    // The node's memory: bodies by stream, and how far bob's device has acknowledged each.
    private var held: [(stream: UInt64, bodies: [[UInt8]])] = []
    private var acknowledged: [UInt64: StreamNumber] = [:]
    private var streamsOfConnection: [UInt64: StreamNumber] = [:]
    private let bobName = name("bob")
    private let aliceName = name("alice")

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        alice = Peer(seed: seed &* 2 &+ 1)
        bob = Peer(seed: seed &* 2 &+ 2)
    }

    mutating func step() {
        switch random.below(12) {
        case 0...3:
            let text = "message \(said.count)"
            said.append(text)
            alice.run { _ = $0.compose(to: name("bob"), body: Array(text.utf8), now: $1, into: &$2) }
        case 4: connectAlice()
        case 5:
            _ = bob.connect(as: bobName)
            push(fromStart: true)
        case 6: alice.lose()
        case 7: bob.lose()
        case 8: alice.restart(&random)
        case 9: bob.restart(&random)
        default: exchange(refusing: true)
        }
    }

    mutating func heal() {
        alice.lose()
        bob.lose()
        connectAlice()
        _ = bob.connect(as: bobName)
        for _ in 0..<200 {
            alice.wake()
            push(fromStart: true)
            exchange(refusing: false)
        }
    }

    private mutating func connectAlice() {
        if alice.connect(as: aliceName) { streamsOfConnection = [:] }
    }

    /// Carries what both have written, and the node's answers.
    private mutating func exchange(refusing: Bool) {
        for frame in alice.takeWritten() {
            guard case .send(let send) = frame else { continue }
            if let answer = take(send, refusing: refusing), random.below(4) > 0 || !refusing {
                alice.run { $0.received(answer, now: $1, into: &$2) }
            }
        }
        push(fromStart: false)
        for frame in bob.takeWritten() {
            guard case .ack(let key, let upTo) = frame else { continue }
            acknowledged[key.stream] = max(acknowledged[key.stream] ?? 0, upTo)
            let stored = bob.storedUpTo(key.stream)
            if stored < upTo { violations.append("acknowledged \(upTo) having stored \(stored)") }
            alice.run {
                $0.received(
                    .receipt(.init(reader: name("bob"), key: key, deliveredUpTo: upTo, readUpTo: 0)), now: $1,
                    into: &$2)
            }
        }
        shown += bob.takeShown()
    }

    private mutating func take(_ send: ClientFrame.Send, refusing: Bool) -> ServerFrame? {
        let place = held.firstIndex { $0.stream == send.stream } ?? held.endIndex
        if place == held.endIndex { held.append((send.stream, [])) }
        let count = UInt64(held[place].bodies.count)
        if streamsOfConnection[send.stream] == nil, send.number > count + 1 {
            violations.append("began a connection with \(send.number) after \(count)")
        }
        streamsOfConnection[send.stream] = send.number
        if refusing, random.below(8) == 0 {
            return .error(.init(.unavailable, "", to: "bob", stream: send.stream, number: send.number))
        }
        if send.number > count + 1 {
            return .error(
                .init(.sequenceGap, "", to: "bob", stream: send.stream, number: send.number, expected: count + 1))
        }
        if send.number <= count {
            guard held[place].bodies[Int(send.number) - 1] == send.content.body, send.isRetry else {
                return .error(.init(.sequenceReused, "", to: "bob", stream: send.stream, number: send.number))
            }
        } else {
            held[place].bodies.append(send.content.body)
        }
        return .sent(to: bobName, stream: send.stream, upTo: send.number)
    }

    private mutating func push(fromStart: Bool) {
        guard bob.isConnected else { return }
        for (stream, bodies) in held {
            let first =
                fromStart ? (acknowledged[stream] ?? 0) : max(acknowledged[stream] ?? 0, bob.pushed[stream] ?? 0)
            for number in Int(first)..<max(Int(first), bodies.count) {
                let message = ServerFrame.Message(
                    from: aliceName, key: StreamKey(device: 1, stream: stream), number: UInt64(number) + 1,
                    body: bodies[number], sentAtMilliseconds: 0)
                bob.run { $0.received(.message(message), now: $1, into: &$2) }
            }
            bob.pushed[stream] = UInt64(bodies.count)
        }
        bob.run { $0.readCycleEnded(into: &$2) }
    }
}

/// A client with a disk: what was shown and the state are stored together at `save`, and only that survives a restart.
private struct Peer {
    var session: ClientSession
    var isConnected = false
    var pushed: [UInt64: StreamNumber] = [:]
    private var now = Instant(nanoseconds: 1)
    private var written: [ClientFrame] = []
    private var stored: (state: ClientSession.State, shown: [ClientSession.ReceivedMessage]) = (.init(), [])
    private var unsavedShown: [ClientSession.ReceivedMessage] = []
    private var reported = 0

    init(seed: UInt64) {
        session = ClientSession(state: .init(), seed: seed)
    }

    mutating func run(_ event: (inout ClientSession, Instant, inout [ClientSession.Action]) -> Void) {
        var actions: [ClientSession.Action] = []
        event(&session, now, &actions)
        for action in actions {
            switch action {
            case .save:
                stored.state = session.state
                stored.shown += unsavedShown
                unsavedShown = []
            case .write(let frame): written.append(frame)
            case .show(let message): unsavedShown.append(message)
            case .tick, .receiptElsewhere, .groupReceipt, .refused, .note, .online, .drained, .abort, .reconnect, .stop,
                .presence,
                .typing:
                break
            }
        }
    }

    /// Whether it was not connected before.
    mutating func connect(as name: Address) -> Bool {
        guard !isConnected else { return false }
        isConnected = true
        run { $0.connected(now: $1, into: &$2) }
        run {
            $0.received(.welcome(.init(user: name, device: 1, node: "n", window: 8)), now: $1, into: &$2)
        }
        return true
    }

    mutating func wake() {
        now = now + .seconds(20)
        run { $0.wake(now: $1, into: &$2) }
    }

    mutating func takeWritten() -> [ClientFrame] {
        defer { written = [] }
        return isConnected ? written : []
    }

    /// A connection breaks with what was written still in the pipe.
    mutating func lose() {
        isConnected = false
        pushed = [:]
        written = []
        run { $0.disconnected(.broken(reason: ""), now: $1, into: &$2) }
    }

    /// The process is killed: what was not stored is gone.
    mutating func restart(_ random: inout SeededRandom) {
        isConnected = false
        pushed = [:]
        written = []
        unsavedShown = []
        session = ClientSession(state: stored.state, seed: random.next())
    }

    mutating func takeShown() -> [String] {
        defer { reported = stored.shown.count }
        return stored.shown[reported...].map { String(decoding: $0.body, as: UTF8.self) }
    }

    func storedUpTo(_ stream: UInt64) -> StreamNumber {
        stored.shown.last { $0.key.stream == stream }?.number ?? 0
    }
}
