import RoostCore
import RoostNode
import RoostSession
import Testing

/// Somebody who is blocked is told what it would be told otherwise, and nothing arrives.
@Suite struct BlockTests {
    private var town: Town
    private let alice: UserName
    private let bob: UserName
    private let sender: Town.Client
    private let reader: Town.Client

    init() throws {
        town = try Town(nodes: 3)
        alice = try town.settle("alice", devices: [1])
        bob = try town.settle("bob", devices: [2])
        sender = town.connect(alice, 1, at: 0)
        reader = town.connect(bob, 2, at: 1)
        town.send(1, to: "bob", from: sender)
        #expect(town.messages(reader) == [1])
        town.say(.ack(StreamKey(device: 1, stream: 1), upTo: 1), reader)
        _ = town.heard(sender)
    }

    private static func sent(_ number: StreamNumber, to: UserName) -> ServerFrame {
        .sent(to: Address(to), stream: 1, upTo: number)
    }

    @Test mutating func `nothing arrives, the sender sees no difference, and after the block the stream goes on`() {
        town.change(bob, .add(alice, .blocked))
        town.send(2, to: "bob", from: sender)
        town.send(3, to: "bob", from: sender)
        #expect(town.heard(sender) == [Self.sent(2, to: bob), Self.sent(3, to: bob)])
        town.send(3, to: "bob", from: sender, isRetry: true)
        #expect(town.heard(sender) == [Self.sent(3, to: bob)])
        town.say(.query(id: 7, to: "bob", stream: 1), sender)
        #expect(
            town.heard(sender) == [
                .state(
                    .init(id: 7, to: Address(bob), stream: 1, heldUpTo: 3, deliveredUpTo: 1, readUpTo: 0))
            ])
        #expect(town.messages(reader).isEmpty)
        #expect(town.pending == [0, 0, 0])
        // What comes now is delivered, what came in between never.
        town.change(bob, .remove(alice, .blocked))
        town.send(4, to: "bob", from: sender)
        #expect(town.heard(sender) == [Self.sent(4, to: bob)])
        #expect(town.messages(reader) == [4])
        town.say(.ack(StreamKey(device: 1, stream: 1), upTo: 4), reader)
        #expect(town.pending == [0, 0, 0])
        let later = town.connect(bob, 2, at: 2)
        #expect(town.messages(later).isEmpty)
        // And a new connection of the sender finds its place.
        let again = town.connect(alice, 1, at: 2)
        town.send(5, to: "bob", from: again)
        #expect(town.heard(again).contains(Self.sent(5, to: bob)))
        #expect(town.messages(later) == [5])
    }

    @Test mutating func `the other way nothing changes, and others are not meant`() throws {
        let carol = try town.settle("carol", devices: [3])
        town.change(bob, .add(alice, .blocked))
        let other = town.connect(carol, 3)
        _ = town.heard(other)
        town.send(1, to: "bob", from: other)
        #expect(town.messages(reader) == [1])
        town.send(1, to: "alice", from: reader)
        #expect(town.messages(sender) == [1])
    }

    @Test mutating func `an owner that has not heard of the block gives up what it kept`() {
        town.setCut(true, 2)
        town.change(bob, .add(alice, .blocked))
        town.setCut(false, 2)
        town.send(2, to: "bob", from: sender)
        #expect(town.heard(sender) == [Self.sent(2, to: bob)])
        #expect(town.pending == [0, 0, 0])
    }

    @Test mutating func `an owner that has not heard of the end of a block drops nothing`() {
        town.change(bob, .add(alice, .blocked))
        town.send(2, to: "bob", from: sender)
        #expect(town.heard(sender) == [Self.sent(2, to: bob)])
        town.setCut(true, 2)
        town.change(bob, .remove(alice, .blocked))
        town.setCut(false, 2)
        town.send(3, to: "bob", from: sender)
        #expect(town.heard(sender) == [Self.sent(3, to: bob)])
        #expect(town.messages(reader) == [3])
        #expect(town.pending == [1, 1, 0])
    }

    @Test mutating func `who is away gets nothing of it later either`() {
        town.change(bob, .add(alice, .blocked))
        town.send(2, to: "bob", from: sender)
        let later = town.connect(bob, 2, at: 0)
        let frames = town.heard(later)
        #expect(frames.contains(.drained))
        #expect(!frames.contains { if case .message = $0 { true } else { false } })
    }
}
