import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// What is unread, and what has become of a message.
@Suite("Questions about mailboxes")
struct MailboxQuestionTests {
    private var town: Town
    private let alice: UserName
    private let bob: UserName

    init() throws {
        town = try Town(nodes: 3)
        alice = try town.settle("alice", devices: [1, 2])
        bob = try town.settle("bob", devices: [9])
    }

    private mutating func unread(_ name: UserName, at index: Int = 0) -> [String] {
        guard case .unread(let conversations) = town.ask(.unread(Address(name)), at: index) else { return ["?"] }
        return conversations.map { "\($0.with) \($0.unread)" }
    }

    private mutating func status(_ number: StreamNumber, device: DeviceID = 1) -> MessageAnswer {
        let name = MessageName(
            sender: Address(alice), to: Address(bob), key: StreamKey(device: device, stream: 1), number: number)
        guard case .status(let status) = town.ask(.status(name), at: 2) else { return .none }
        guard let reader = status?.readers.first else { return .nothing }
        return .reader(
            [reader.isDelivered, reader.isRead], [reader.deliveredByMilliseconds, reader.readByMilliseconds])
    }

    private enum MessageAnswer: Equatable {
        case none
        case nothing
        case reader([Bool], [UInt64])
    }

    @Test("Unread is what no device has said to be read, stored or not; a read on one is a read on all")
    mutating func unread() throws {
        let carol = try town.settle("carol", devices: [7])
        let (fromBob, fromCarol) = (town.connect(bob, 9), town.connect(carol, 7, at: 1))
        for number in 1...3 as ClosedRange<StreamNumber> { town.send(number, to: "alice", from: fromBob) }
        town.send(1, to: "alice", from: fromCarol)
        #expect(unread(alice) == ["bob 3", "carol 1"])
        #expect(unread(bob).isEmpty)
        let key = StreamKey(device: 9, stream: 1)
        let (one, two) = (town.connect(alice, 1), town.connect(alice, 2, at: 1))
        for device in [one, two] { town.say(.ack(key, upTo: 3), device) }
        #expect(unread(alice) == ["bob 3", "carol 1"], "stored is not read")
        town.say(.read(from: "bob", key, upTo: 2), one)
        #expect(unread(alice, at: 1) == ["bob 1", "carol 1"])
        town.say(.read(from: "bob", key, upTo: 3), two)
        #expect(unread(alice, at: 2) == ["carol 1"])
        for index in 0..<3 { try town.restart(index) }
        #expect(unread(alice, at: 1) == ["carol 1"])
    }

    @Test("Copies of what one's own devices sent are not unread")
    mutating func copies() {
        let one = town.connect(alice, 1)
        town.send(1, to: "bob", from: one)
        #expect(unread(alice).isEmpty)
        #expect(unread(bob) == ["alice 1"])
    }

    @Test("All that somebody sends is one conversation, from whichever device")
    mutating func devices() {
        for device in 1...2 as ClosedRange<DeviceID> { town.send(1, to: "bob", from: town.connect(alice, device)) }
        #expect(unread(bob) == ["alice 2"])
    }

    @Test("A majority answers; without one nobody does")
    mutating func majority() {
        town.send(1, to: "bob", from: town.connect(alice, 1))
        town.setCut(true, 1)
        #expect(unread(bob) == ["alice 1"])
        town.setCut(true, 2)
        #expect(town.ask(.unread(Address(bob))) == .unavailable)
    }

    @Test("An owner that missed a read does not bring it back")
    mutating func missed() {
        town.send(1, to: "bob", from: town.connect(alice, 1))
        let reader = town.connect(bob, 9)
        town.say(.ack(StreamKey(device: 1, stream: 1), upTo: 1), reader)
        town.setCut(true, 2)
        town.say(.read(from: "alice", StreamKey(device: 1, stream: 1), upTo: 1), reader)
        town.setCut(false, 2)
        for index in 0..<3 { #expect(unread(bob, at: index).isEmpty) }
    }

    @Test("What an owner did not get is unread all the same", arguments: 0..<3)
    mutating func unheard(cut: Int) {
        let one = town.connect(alice, 1, at: (cut + 1) % 3)
        town.send(1, to: "bob", from: one)
        town.setCut(true, cut)
        town.send(2, to: "bob", from: one)
        town.setCut(false, cut)
        for index in 0..<3 { #expect(unread(bob, at: index) == ["alice 2"]) }
    }

    @Test("What the reader's owners know counts where the sender's have not heard of it")
    func unsaid() throws {
        let node = UniqueID(high: 1, low: 1)
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "c:1")
        let record = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [member])
        let now = Instant(nanoseconds: 1_000_000_000)
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        var actions: [ShardAction] = []
        shard.ringAdopted(RingTable(record), now: now, into: &actions)
        actions = []
        let name = MessageName(
            sender: Address(alice), to: Address(bob), key: StreamKey(device: 1, stream: 1), number: 2)
        shard.mailboxRequested(.status(name), token: 7, now: now, into: &actions)
        var held = GatewayReply.StreamFacts()
        (held.exists, held.top, held.deliveredUpTo) = (true, 3, 2)
        var said = GatewayReply.StreamFacts()
        said.receipt = ReceiptProgress(deliveredUpTo: 1, deliveredAtMilliseconds: 17)
        for (mailbox, facts) in [(name.to, held), (name.sender, said)] {
            guard case .send(node, .request(let request)) = actions.first, case .ask(let question) = request.kind else {
                Issue.record("nobody was asked: \(actions)")
                return
            }
            #expect(question.mailbox == mailbox)
            actions = []
            shard.peerSent(
                .reply(GatewayReply(token: question.token, kind: .facts(facts))), from: node, now: now, into: &actions)
        }
        guard case .mailboxAnswer(token: 7, .status(let status?)) = actions.first, let reader = status.readers.first
        else {
            Issue.record("no status: \(actions)")
            return
        }
        #expect(reader.isDelivered && reader.deliveredByMilliseconds == 0)
    }

    @Test("A message's status says who has it, and by when")
    mutating func status() {
        let one = town.connect(alice, 1)
        #expect(status(1) == .nothing)
        for number in 1...3 as ClosedRange<StreamNumber> { town.send(number, to: "bob", from: one) }
        #expect(status(3) == .reader([false, false], [0, 0]))
        #expect(status(4) == .nothing)
        #expect(status(1, device: 2) == .nothing)
        let reader = town.connect(bob, 9, at: 1)
        let key = StreamKey(device: 1, stream: 1)
        town.wallMilliseconds = 1_700_000_005_000
        town.say(.ack(key, upTo: 2), reader)
        town.wallMilliseconds = 1_700_000_009_000
        town.say(.read(from: "alice", key, upTo: 1), reader)
        #expect(status(1) == .reader([true, true], [1_700_000_005_000, 1_700_000_009_000]))
        #expect(status(2) == .reader([true, false], [1_700_000_005_000, 0]))
        #expect(status(3) == .reader([false, false], [0, 0]))
        town.say(.ack(key, upTo: 3), reader)
        #expect(status(1) == .reader([true, true], [1_700_000_009_000, 1_700_000_009_000]), "an upper bound")
    }
}
