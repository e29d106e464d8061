import Foundation
import RoostClient
import RoostCore
import RoostSession
import Testing

/// The client's machine, told as conversations: what happens, and what it does about it.
@Suite struct ClientSessionTranscriptTests {
    @Test func `a message waits for the connection and is numbered from 1`() {
        var client = Client()
        #expect(client.compose("hi") == [.save])
        #expect(client.connect() == [.write(.hello(.init(window: 8, client: "test")))])
        let first = client.receive(.welcome(welcome))
        #expect(first == [.online(node: "n1"), .write(.send(client.send(1, "hi")))])
        #expect(client.compose("there") == [.save, .write(.send(client.send(2, "there")))])
    }

    @Test func `ticks rise and never fall`() {
        var client = Client.online(saying: ["a", "b", "c"])
        #expect(client.receive(.accepted(id: 2, to: bob, stream: client.stream, number: 2)) == [.tick(2, .accepted)])
        #expect(
            client.receive(.sent(to: bob, stream: client.stream, upTo: 2)) == [.tick(1, .sent), .tick(2, .sent)])
        #expect(client.receive(.accepted(id: 1, to: bob, stream: client.stream, number: 1)).isEmpty)
        #expect(
            client.receive(receipt(client.stream, 2, 1))
                == [.tick(1, .delivered), .tick(2, .delivered), .tick(1, .read)])
        #expect(client.receive(.sent(to: bob, stream: client.stream, upTo: 1)).isEmpty)
        #expect(client.receive(receipt(client.stream, 2, 0)).isEmpty)
    }

    @Test func `after a reconnect everything without sent goes out again from the lowest, as a retry`() {
        var client = Client.online(saying: ["a", "b", "c"])
        _ = client.receive(.sent(to: bob, stream: client.stream, upTo: 1))
        _ = client.lose()
        #expect(client.compose("d") == [.save])
        _ = client.connect()
        #expect(
            client.receive(.welcome(welcome)) == [
                .online(node: "n1"), .write(.query(id: 1, to: "bob", stream: client.stream)),
                .write(.send(client.send(2, "b", retry: true))), .write(.send(client.send(3, "c", retry: true))),
                .write(.send(client.send(4, "d"))),
            ])
    }

    @Test func `delivered does not stand for sent`() {
        var client = Client.online(saying: ["a"])
        #expect(
            client.receive(receipt(client.stream, 1, 1))
                == [.tick(1, .delivered), .tick(1, .read)])
        #expect(client.session.unsentCount == 1)
        _ = client.lose()
        _ = client.connect()
        #expect(client.receive(.welcome(welcome)).contains(.write(.send(client.send(1, "a", retry: true)))))
        #expect(client.receive(.sent(to: bob, stream: client.stream, upTo: 1)).isEmpty)
        #expect(client.session.unsentCount == 0)
    }

    @Test func `a message is shown once, stored, then acknowledged`() {
        var client = Client.online()
        #expect(client.receive(.message(message(1, "x"))) == [.show(shown(1, "x"))])
        #expect(client.receive(.message(message(2, "y"))) == [.show(shown(2, "y"))])
        #expect(client.endCycle() == [.save, .write(.ack(key, upTo: 2))])
        #expect(client.endCycle().isEmpty)
        #expect(client.receive(.message(message(2, "y"))).isEmpty)
        #expect(client.endCycle() == [.save, .write(.ack(key, upTo: 2))], "the first ack may have been lost")
    }

    @Test func `what is delivered again is acknowledged as far as it came, not up to the watermark`() {
        var client = Client.online()
        for number in 1...3 as ClosedRange<StreamNumber> { _ = client.receive(.message(message(number, "x"))) }
        _ = client.endCycle()
        _ = client.lose()
        _ = client.connect()
        _ = client.receive(.welcome(welcome))
        #expect(client.receive(.message(message(2, "x"))).isEmpty)
        #expect(client.endCycle() == [.save, .write(.ack(key, upTo: 2))], "the node has not delivered 3 yet")
        #expect(client.receive(.message(message(3, "x"))).isEmpty)
        #expect(client.receive(.message(message(4, "new"))) == [.show(shown(4, "new"))])
        #expect(client.endCycle() == [.save, .write(.ack(key, upTo: 4))])
    }

    @Test
    func `what was read is said when the backlog is through, and again after a reconnect until a ping came behind it`()
    {
        let said = ClientSession.Action.write(.read(from: "bob", key, upTo: 1))
        var client = Client.online()
        _ = client.receive(.message(message(1, "x")))
        #expect(client.read(5) == [.save], "the node may not know yet what is stored here")
        #expect(client.receive(.drained) == [said, .drained])
        #expect(client.read(1).isEmpty)
        _ = client.receive(.message(message(2, "y")))
        #expect(client.read(2) == [.save, .write(.read(from: "bob", key, upTo: 2))])
        for _ in 0..<2 {
            _ = client.lose()
            _ = client.connect()
            #expect(client.receive(.welcome(welcome)) == [.online(node: "n1")])
            #expect(client.receive(.drained) == [.write(.read(from: "bob", key, upTo: 2)), .drained])
        }
        client.now = client.now + ClientSession.pingAfter
        #expect(client.wake().count == 1)
        _ = client.receive(.pong(nonce: 1))
        _ = client.lose()
        _ = client.connect()
        _ = client.receive(.welcome(welcome))
        #expect(client.receive(.drained) == [.drained])
    }

    @Test func `what was read and comes again is said to be read again`() {
        var client = Client.online()
        _ = client.receive(.drained)
        _ = client.receive(.message(message(1, "x")))
        _ = client.endCycle()
        _ = client.read(1)
        client.now = client.now + ClientSession.pingAfter
        _ = client.wake()
        _ = client.receive(.pong(nonce: 1))
        #expect(client.receive(.message(message(1, "x"))).isEmpty)
        #expect(
            client.endCycle() == [.save, .write(.ack(key, upTo: 1)), .write(.read(from: "bob", key, upTo: 1))])
        _ = client.lose()
        _ = client.connect()
        _ = client.receive(.welcome(welcome))
        _ = client.receive(.message(message(1, "x")))
        #expect(client.endCycle() == [.save, .write(.ack(key, upTo: 1))])
        #expect(client.receive(.drained) == [.write(.read(from: "bob", key, upTo: 1)), .drained])
    }

    @Test func `receipts are gathered for a second, and said to be known when they are stored`() {
        var client = Client.online(saying: ["a", "b"])
        _ = client.receive(.sent(to: bob, stream: client.stream, upTo: 2))
        let elsewhere = StreamReceipt(
            reader: bob, key: StreamKey(device: 2, stream: 9), deliveredUpTo: 4, readUpTo: 3)
        _ = client.receive(receipt(client.stream, 1, 0))
        #expect(client.receive(.receipt(elsewhere)) == [.receiptElsewhere(elsewhere)])
        _ = client.receive(receipt(client.stream, 2, 1))
        #expect(client.wake().isEmpty)
        #expect(client.session.nextDeadline == client.now + ClientSession.receiptsPause)
        client.now = client.now + ClientSession.receiptsPause
        let own = StreamReceipt(
            reader: bob, key: StreamKey(device: 1, stream: client.stream), deliveredUpTo: 2, readUpTo: 1)
        #expect(client.wake() == [.save, .write(.receiptsKnown([own, elsewhere]))])
        #expect(client.wake().isEmpty)
    }

    @Test func `what is not said before the connection breaks is left to the node to tell again`() {
        var client = Client.online()
        _ = client.receive(receipt(5, 1, 0))
        _ = client.lose()
        _ = client.connect()
        _ = client.receive(.welcome(welcome))
        client.now = client.now + ClientSession.receiptsPause
        #expect(client.wake().isEmpty)
    }

    @Test func `unavailable is tried again from the lowest, later and later`() {
        var client = Client.online(saying: ["a", "b"])
        let error = ErrorFrame(.unavailable, "no majority", to: "bob", stream: client.stream, number: 1)
        #expect(client.receive(.error(error)) == [.note(error)])
        let gap = ErrorFrame(.sequenceGap, "1 first", to: "bob", stream: client.stream, number: 2, expected: 1)
        #expect(client.receive(.error(gap)).isEmpty)
        #expect(client.compose("c") == [.save], "nothing goes out before the wait is over")
        let first = client.session.nextDeadline.since(client.now)
        client.now = client.session.nextDeadline
        #expect(
            client.wake() == [
                .write(.send(client.send(1, "a", retry: true))), .write(.send(client.send(2, "b", retry: true))),
                .write(.send(client.send(3, "c"))),
            ])
        for _ in 0..<5 {
            _ = client.receive(.error(error))
            client.now = client.session.nextDeadline
            _ = client.wake()
        }
        _ = client.receive(.error(error))
        #expect(client.session.nextDeadline.since(client.now) > first * 8)
    }

    @Test func `a query that fails says nothing about the messages`() {
        var client = Client.online(saying: ["a"])
        let error = ErrorFrame(.unavailable, "no majority", id: 1, to: "bob", stream: client.stream)
        #expect(client.receive(.error(error)).isEmpty)
        #expect(client.compose("b") == [.save, .write(.send(client.send(2, "b")))])
    }

    @Test func `a number that was used already begins a new stream`() {
        var client = Client.online(saying: ["a", "b"])
        _ = client.receive(.sent(to: bob, stream: client.stream, upTo: 1))
        let old = client.stream
        let actions = client.receive(
            .error(ErrorFrame(.sequenceReused, "2 is taken", to: "bob", stream: old, number: 2)))
        #expect(client.stream != old)
        #expect(actions == [.save, .write(.send(client.send(1, "b", id: 2)))])
        #expect(client.receive(.sent(to: bob, stream: client.stream, upTo: 1)) == [.tick(2, .sent)])
        #expect(
            client.receive(receipt(old, 1, 0)) == [.tick(1, .delivered)])
    }

    @Test func `a gap below what is still here begins a new stream as well`() {
        var client = Client.online(saying: ["a", "b"])
        _ = client.receive(.sent(to: bob, stream: client.stream, upTo: 1))
        let old = client.stream
        _ = client.receive(
            .error(ErrorFrame(.sequenceGap, "1 is missing", to: "bob", stream: old, number: 2, expected: 1)))
        #expect(client.stream != old)
    }

    @Test func `an unknown recipient refuses all that waits for him and frees the numbers`() {
        var client = Client.online(saying: ["a", "b"])
        let error = ErrorFrame(.unknownUser, "no bob", to: "bob", stream: client.stream, number: 1)
        #expect(
            client.receive(.error(error)) == [
                .save, .refused(1, .unknownUser, text: "no bob"), .refused(2, .unknownUser, text: "no bob"),
            ])
        #expect(client.receive(.error(error)).isEmpty)
        let actions = client.compose("c")
        #expect(actions == [.save, .write(.send(client.send(1, "c", id: 3)))])
    }

    @Test func `what is on its way stays within the node's limit`() {
        var client = Client.online()
        for _ in 0..<(ClientSession.inFlightMax + 10) { _ = client.compose("x") }
        #expect(client.lastNumberWritten == UInt64(ClientSession.inFlightMax))
        let more = client.receive(.sent(to: bob, stream: client.stream, upTo: 4))
        #expect(more.filter(isSend).count == 4)
        var large = Client.online()
        for _ in 0..<20 { _ = large.compose(String(repeating: "x", count: Limits.bodyBytesMax)) }
        #expect(large.lastNumberWritten == UInt64(ClientSession.inFlightBytesMax / Limits.bodyBytesMax))
    }

    @Test func `a body beyond the limit is not taken`() {
        var client = Client.online()
        #expect(client.compose(String(repeating: "x", count: Limits.bodyBytesMax + 1)).isEmpty)
    }

    @Test func `a life goes on from its stored state`() throws {
        var client = Client.online(saying: ["a", "b"])
        _ = client.receive(.sent(to: bob, stream: client.stream, upTo: 1))
        _ = client.receive(.message(message(3, "x")))
        let stored = try JSONEncoder().encode(client.session.state)
        var second = Client(state: try JSONDecoder().decode(ClientSession.State.self, from: stored), seed: 2)
        second.stream = client.stream
        _ = second.connect()
        let actions = second.receive(.welcome(welcome))
        #expect(actions.contains(.write(.send(second.send(2, "b", retry: true)))))
        #expect(second.receive(.message(message(3, "x"))).isEmpty)
        #expect(second.compose("c") == [.save, .write(.send(second.send(3, "c")))])
    }

    @Test func `silence is met with a ping and then with the end`() {
        var client = Client.online()
        client.now = client.session.nextDeadline
        let actions = client.wake()
        #expect(actions.count == 1 && actions.allSatisfy { if case .write(.ping) = $0 { true } else { false } })
        _ = client.receive(.pong(nonce: 1))
        client.now = client.session.nextDeadline
        _ = client.wake()
        client.now = client.session.nextDeadline
        #expect(client.wake() == [.abort])
    }

    @Test(arguments: [
        (CloseCode.unauthenticated, ClientSession.StopReason.loggedOut("why")), (.deviceRemoved, .loggedOut("why")),
        (.sessionReplaced, .replaced), (.protocolError, .faulty("why")), (.tooBig, .faulty("why")),
    ])
    func `some close codes are the end`(code: CloseCode, reason: ClientSession.StopReason) {
        var client = Client.online()
        #expect(client.lose(.closed(code: code.rawValue, reason: "why")) == [.stop(reason)])
        #expect(client.connect().isEmpty)
    }

    @Test(arguments: [CloseCode.goingAway, .internalError, .silent, .overloaded, .unavailable, .authenticationTimeout])
    func `after the others it comes back, later and later`(code: CloseCode) {
        var client = Client.online()
        var waits: [TimeSpan] = []
        for _ in 0..<9 {
            guard case .reconnect(let wait) = client.lose(.closed(code: code.rawValue, reason: "")).first else {
                Issue.record("no reconnect")
                return
            }
            waits.append(wait)
        }
        #expect(waits[0] <= .milliseconds(250))
        #expect(waits[8] > .seconds(7) && waits[8] <= ClientSession.reconnectWaitMax)
    }

    @Test func `the wait that bye names is kept`() {
        var client = Client.online()
        _ = client.receive(.bye(reason: "stopping", reconnectAfterMilliseconds: 1234))
        #expect(
            client.lose(.closed(code: CloseCode.goingAway.rawValue, reason: ""))
                == [.reconnect(after: .milliseconds(1234))])
    }
}

let bob = name("bob")
let key = StreamKey(device: 77, stream: 5)
let welcome = ServerFrame.Welcome(user: name("alice"), device: 1, node: "n1", window: 8)

func name(_ text: String) -> Address {
    guard let name = Address(text) else { preconditionFailure("\(text) is no user name") }
    return name
}

func message(_ number: StreamNumber, _ text: String) -> ServerFrame.Message {
    .init(from: bob, key: key, number: number, body: Array(text.utf8), sentAtMilliseconds: 9)
}

/// What bob has stored and seen of a stream of this device.
func receipt(_ stream: UInt64, _ deliveredUpTo: StreamNumber, _ readUpTo: StreamNumber) -> ServerFrame {
    .receipt(
        .init(
            reader: bob, key: StreamKey(device: welcome.device, stream: stream), deliveredUpTo: deliveredUpTo,
            readUpTo: readUpTo))
}

func shown(_ number: StreamNumber, _ text: String) -> ClientSession.ReceivedMessage {
    .init(from: bob, key: key, number: number, content: MessageContent(body: Array(text.utf8)), sentAtMilliseconds: 9)
}

func isSend(_ action: ClientSession.Action) -> Bool {
    if case .write(.send) = action { true } else { false }
}

/// A session with a clock, which remembers the stream and the last number it was seen to write.
struct Client {
    var session: ClientSession
    var now = Instant(nanoseconds: 1_000_000_000)
    var stream: UInt64 = 0
    var lastNumberWritten: StreamNumber = 0

    init(state: ClientSession.State = .init(), seed: UInt64 = 1) {
        session = ClientSession(state: state, seed: seed, window: 8, client: "test")
    }

    static func online(saying texts: [String] = []) -> Client {
        var client = Client()
        _ = client.connect()
        _ = client.receive(.welcome(welcome))
        for text in texts { _ = client.compose(text) }
        return client
    }

    mutating func compose(_ text: String) -> [ClientSession.Action] {
        act { _ = $0.compose(to: bob, body: Array(text.utf8), now: $1, into: &$2) }
    }

    mutating func connect() -> [ClientSession.Action] {
        act { $0.connected(now: $1, into: &$2) }
    }

    mutating func receive(_ frame: ServerFrame) -> [ClientSession.Action] {
        act { $0.received(frame, now: $1, into: &$2) }
    }

    mutating func endCycle() -> [ClientSession.Action] {
        act { $0.readCycleEnded(into: &$2) }
    }

    mutating func read(_ number: StreamNumber) -> [ClientSession.Action] {
        act { $0.markRead(from: bob, key, upTo: number, into: &$2) }
    }

    mutating func lose(_ end: SocketEnd = .broken(reason: "test")) -> [ClientSession.Action] {
        act { $0.disconnected(end, now: $1, into: &$2) }
    }

    mutating func wake() -> [ClientSession.Action] {
        act { $0.wake(now: $1, into: &$2) }
    }

    /// The `send` that is expected; ids count from 1 as numbers do, unless numbers began anew.
    func send(_ number: StreamNumber, _ text: String, id: UInt64? = nil, retry: Bool = false) -> ClientFrame.Send {
        .init(
            id: id ?? number, to: "bob", stream: stream, number: number, body: Array(text.utf8), isRetry: retry)
    }

    private mutating func act(
        _ event: (inout ClientSession, Instant, inout [ClientSession.Action]) -> Void
    ) -> [ClientSession.Action] {
        var actions: [ClientSession.Action] = []
        event(&session, now, &actions)
        for case .write(.send(let send)) in actions {
            stream = send.stream
            lastNumberWritten = send.number
        }
        return actions
    }
}
