import RoostCore
import RoostNode
import RoostSession
import Testing

/// What becomes of sessions and mailboxes when an account is disabled or deleted, and how fast may be sent.
@Suite struct AccountStateTests {
    private func codes(_ frames: [ServerFrame]) -> [ErrorCode] {
        frames.compactMap { frame in
            if case .error(let error) = frame { return error.code }
            return nil
        }
    }

    @Test func `who is disabled is shut out, keeps the queue, and gets it when let in again`() throws {
        var town = try Town(nodes: 3)
        let (alice, bob) = (try town.settle("alice", devices: [1]), try town.settle("bob", devices: [2]))
        let (sender, reader) = (town.connect(alice, 1), town.connect(bob, 2, at: 1))
        town.change(bob, .setDisabled(true))
        #expect(codes(town.heard(reader)) == [.accountDisabled])
        #expect(town.closeCode(reader) == .accountDisabled)
        _ = town.heard(sender)
        town.send(1, to: "bob", from: sender)
        #expect(town.heard(sender) == [.sent(to: Address(bob), stream: 1, upTo: 1)])
        let refused = town.connect(bob, 2, at: 2)
        #expect(codes(town.heard(refused)) == [.accountDisabled])
        #expect(town.closeCode(refused) == .accountDisabled)
        // Others need not know: a wrong secret is a wrong secret.
        let stranger = town.connect(bob, 3)
        #expect(codes(town.heard(stranger)) == [.unauthenticated])
        town.change(bob, .setDisabled(false))
        #expect(town.messages(town.connect(bob, 2)) == [1])
    }

    @Test func `a closed account takes nothing more, a deleted one has no mailbox`() throws {
        var town = try Town(nodes: 3)
        let (alice, bob) = (try town.settle("alice", devices: [1]), try town.settle("bob", devices: [2]))
        let sender = town.connect(alice, 1)
        town.send(1, to: "bob", from: sender)
        town.send(2, to: "bob", from: sender)
        #expect(town.pending == [2, 2, 2])
        let reader = town.connect(bob, 2, at: 1)
        _ = (town.heard(sender), town.heard(reader))
        town.change(bob, .close)
        #expect(codes(town.heard(reader)) == [.deviceRemoved])
        town.send(3, to: "bob", from: sender)
        #expect(codes(town.heard(sender)) == [.unknownUser])
        #expect(town.pending == [2, 2, 2])
        town.change(bob, .delete)
        #expect(town.pending == [0, 0, 0])
        let again = town.connect(alice, 1, at: 2)
        _ = town.heard(again)
        town.send(3, to: "bob", from: again)
        #expect(codes(town.heard(again)) == [.unknownUser])
        let refused = town.connect(bob, 2)
        #expect(codes(town.heard(refused)) == [.unauthenticated])
    }

    @Test func `an owner that was away when the account was closed does not keep a stream open`() throws {
        var town = try Town(nodes: 3)
        let (alice, bob) = (try town.settle("alice", devices: [1]), try town.settle("bob", devices: [2]))
        let sender = town.connect(alice, 1)
        town.setCut(true, 2)
        town.change(bob, .close)
        town.setCut(false, 2)
        _ = town.heard(sender)
        town.send(1, to: "bob", from: sender)
        #expect(codes(town.heard(sender)) == [.unknownUser])
    }

    @Test func `a device that sends too fast is told how long to wait, and goes on after it`() throws {
        var town = try Town(nodes: 1, device: Rate(burst: 2, interval: .seconds(1)))
        let (alice, bob) = (try town.settle("alice", devices: [1]), try town.settle("bob", devices: [2]))
        let sender = town.connect(alice, 1)
        _ = town.heard(sender)
        for number in 1...3 as ClosedRange<UInt64> { town.send(number, to: "bob", from: sender) }
        let frames = town.heard(sender)
        #expect(frames.contains(.sent(to: Address(bob), stream: 1, upTo: 2)))
        guard case .error(let error) = frames.last else { return #expect(Bool(false), "\(frames)") }
        #expect(error.code == .rateLimited && error.number == 3 && error.retryAfterMilliseconds == 1001)
        town.wait(milliseconds: 1100)
        town.send(3, to: "bob", from: sender)
        #expect(town.heard(sender) == [.sent(to: Address(bob), stream: 1, upTo: 3)])
    }

    @Test func `who names many who do not exist has to wait, also over a new connection, and nobody else has`() throws {
        var town = try Town(nodes: 1, strangers: Rate(burst: 3, interval: .seconds(1)))
        let (alice, bob) = (try town.settle("alice", devices: [1]), try town.settle("bob", devices: [2]))
        let sender = town.connect(alice, 1)
        _ = town.heard(sender)
        for name in ["a", "b"] { town.send(1, to: name, from: sender) }
        town.say(.query(id: 1, to: "c", stream: 1), sender)
        #expect(codes(town.heard(sender)) == [.unknownUser, .unknownUser, .unknownUser])
        let again = town.connect(alice, 1)
        _ = town.heard(again)
        town.send(1, to: "bob", from: again)
        town.say(.query(id: 1, to: "bob", stream: 1), again)
        let frames = town.heard(again)
        #expect(codes(frames) == [.rateLimited, .rateLimited])
        for case .error(let error) in frames { #expect(error.retryAfterMilliseconds == 1001) }
        let other = town.connect(bob, 2)
        _ = town.heard(other)
        town.send(1, to: "alice", from: other)
        #expect(town.heard(other).contains(.sent(to: Address(alice), stream: 1, upTo: 1)))
        town.wait(milliseconds: 1100)
        town.send(1, to: "bob", from: again)
        #expect(town.heard(again).contains(.sent(to: Address(bob), stream: 1, upTo: 1)))
    }

    @Test func `what an owner that was away still holds of somebody deleted goes, and does not come back`() throws {
        var town = try Town(nodes: 3)
        let (alice, bob) = (try town.settle("alice", devices: [1]), try town.settle("bob", devices: [2]))
        let sender = town.connect(alice, 1)
        town.send(1, to: "bob", from: sender)
        town.setCut(true, 2)
        town.change(bob, .close)
        town.change(bob, .delete)
        town.setCut(false, 2)
        #expect(town.pending == [0, 0, 1])
        town.link()
        town.wait(milliseconds: 5000)
        #expect(town.pending == [0, 0, 0])
    }

    @Test func `the devices of an account share its limit`() throws {
        var town = try Town(nodes: 1, account: Rate(burst: 3, interval: .seconds(1)))
        let (alice, bob) = (try town.settle("alice", devices: [1, 3]), try town.settle("bob", devices: [2]))
        let (first, second, other) = (town.connect(alice, 1), town.connect(alice, 3), town.connect(bob, 2))
        for client in [first, second, other] { _ = town.heard(client) }
        town.send(1, to: "bob", from: first)
        town.send(1, to: "bob", from: second)
        town.send(2, to: "bob", from: first)
        #expect(codes(town.heard(first)).isEmpty)
        town.send(2, to: "bob", from: second)
        #expect(codes(town.heard(second)) == [.rateLimited])
        town.send(1, to: "alice", from: other)
        #expect(codes(town.heard(other)).isEmpty)
    }

    @Test(arguments: ["bob/people", "Bob", "bоb", "@00000000000000000000000000000000", ""])
    func `nothing is sent to what is no user`(to: String) throws {
        var town = try Town(nodes: 1)
        let alice = try town.settle("alice", devices: [1])
        _ = try town.settle("bob", devices: [2])
        let sender = town.connect(alice, 1)
        _ = town.heard(sender)
        town.send(1, to: to, from: sender)
        town.say(.query(id: 1, to: to, stream: 1), sender)
        #expect(codes(town.heard(sender)) == [.badUserName, .badUserName])
    }
}
