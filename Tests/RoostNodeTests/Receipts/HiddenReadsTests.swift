import RoostCore
import RoostNode
import RoostSession
import Testing

/// Who lets nobody know what it has read, and what it is told of others.
@Suite("Hidden reads")
struct HiddenReadsTests {
    private var town: Town
    private let alice: UserName
    private let bob: UserName
    private let fromAlice = StreamKey(device: 1, stream: 1)

    init() throws {
        town = try Town(nodes: 3)
        alice = try town.settle("alice", devices: [1])
        bob = try town.settle("bob", devices: [9])
    }

    private mutating func share(_ isShared: Bool, _ name: UserName) {
        var edit = ProfileEdit()
        edit.readReceipts = isShared
        town.change(name, AccountChange.edit(edit))
    }

    /// Alice sends the next message, bob reads it. How far alice is told that bob is then.
    private mutating func talk(_ number: StreamNumber, _ one: Town.Client, _ reader: Town.Client) -> [StreamNumber] {
        town.send(number, to: "bob", from: one)
        town.say(.ack(fromAlice, upTo: number), reader)
        town.say(.read(from: "alice", fromAlice, upTo: number), reader)
        let last = town.receipts(one).last
        return [last?.deliveredUpTo ?? 0, last?.readUpTo ?? 0]
    }

    @Test("A reader that hides it is told to have stored, on connections that stand and on new ones")
    mutating func reader() {
        let one = town.connect(alice, 1)
        var reader = town.connect(bob, 9, at: 1)
        #expect(talk(1, one, reader) == [1, 1])
        share(false, bob)
        #expect(talk(2, one, reader) == [2, 1])
        town.leave(reader)
        reader = town.connect(bob, 9, at: 2)
        #expect(talk(3, one, reader) == [3, 1])
        share(true, bob)
        #expect(talk(4, one, reader) == [4, 4])
    }

    @Test("A sender that hides its own reads is not told of others', by receipts and by answers")
    mutating func sender() {
        var one = town.connect(alice, 1)
        let reader = town.connect(bob, 9, at: 1)
        #expect(talk(1, one, reader) == [1, 1])
        share(false, alice)
        #expect(talk(2, one, reader) == [2, 0])
        town.leave(one)
        one = town.connect(alice, 1, at: 2)
        #expect(talk(3, one, reader) == [3, 0])
        town.say(.query(id: 1, to: "bob", stream: 1), one)
        let states = town.heard(one).compactMap { frame in
            if case .state(let state) = frame { return state.readUpTo }
            return nil as StreamNumber?
        }
        #expect(states == [0])
        share(true, alice)
        #expect(talk(4, one, reader) == [4, 4])
    }

    @Test("A hint that was lost is given again with the next subscription")
    mutating func lostHint() {
        let one = town.connect(alice, 1)
        let reader = town.connect(bob, 9, at: 1)
        #expect(talk(1, one, reader) == [1, 1])
        // The session's node is cut off while the account changes.
        town.setCut(true, 1)
        share(false, bob)
        town.setCut(false, 1)
        #expect(talk(2, one, reader) == [2, 2])
        town.stand(1)
        #expect(talk(3, one, reader) == [3, 2])
    }

    @Test("What it knows but for the reads it is not told again")
    mutating func known() {
        share(false, alice)
        var one = town.connect(alice, 1)
        #expect(talk(1, one, town.connect(bob, 9)) == [1, 0])
        let key = fromAlice
        town.say(
            .receiptsKnown([.init(reader: Address(bob), key: key, deliveredUpTo: 1, readUpTo: 0)]), one)
        town.leave(one)
        one = town.connect(alice, 1)
        #expect(town.receipts(one).isEmpty)
        share(true, alice)
        #expect(town.receipts(town.connect(alice, 1)).map(\.readUpTo) == [1])
    }
}
