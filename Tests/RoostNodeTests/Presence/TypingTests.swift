import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// Who is told that somebody types, and for how long.
@Suite("Typing")
struct TypingTests {
    private var world: PresenceWorld
    /// Nodes that own bob, and those that do not.
    private let owners: [Int]
    private let others: [Int]

    init() throws {
        world = try PresenceWorld(nodes: 5, shards: 2)
        for name in ["alice", "carol"] { try world.register(name) }
        var people = People()
        let mallory = try #require(UserName("mallory"))
        let isAdded = people.add(mallory, to: .blocked)
        #expect(isAdded)
        try world.register("mallory")
        try world.register("bob", presence: .nobody, people: people)
        let bob = try #require(Address("bob"))
        let found = world.ring.owners(of: world.ring.slot(of: bob)).compactMap(world.ids.firstIndex)
        owners = found
        others = world.ids.indices.filter { !found.contains($0) }
        world.begin()
    }

    @Test("What is typed is shown for five seconds, and a conversation is told at most every three")
    mutating func interval() throws {
        let alice = try world.connect("alice", node: others[0], shard: 1)
        let bob = try world.connect("bob", node: others[1])
        world.say(.typing(to: "bob", isRecording: false), alice)
        #expect(world.typings(bob) == ["alice 5000"])
        var told: [String] = []
        for _ in 0..<12 {
            world.pass(.seconds(1))
            world.say(.typing(to: "bob", isRecording: true), alice)
            told += world.typings(bob)
        }
        #expect(told.count == 4, "twelve seconds: \(told)")
        #expect(told.allSatisfy { $0.hasPrefix("alice records ") })
    }

    @Test("One who types on two devices is shown as one")
    mutating func devices() throws {
        let bob = try world.connect("bob", node: others[1])
        for index in 0..<6 {
            let alice = try world.connect("alice", node: others[0], shard: index % 2)
            world.say(.typing(to: "bob", isRecording: false), alice)
            world.pass(.milliseconds(500))
        }
        world.pass(.milliseconds(500))
        #expect(world.typings(bob).count == 2)
    }

    @Test("Who comes online within the five seconds is shown the rest, later nothing", arguments: [2, 4, 6])
    mutating func comingOnline(seconds: Int) throws {
        let alice = try world.connect("alice", node: others[0])
        world.say(.typing(to: "bob", isRecording: false), alice)
        world.pass(.seconds(UInt64(seconds)))
        let bob = try world.connect("bob", node: others[1])
        world.pass(.seconds(1))
        #expect(world.typings(bob) == (seconds < 5 ? ["alice \(5000 - seconds * 1000)"] : []))
    }

    @Test("Time on the way counts, whatever the clocks show", arguments: [2, 4, 6])
    mutating func slowWay(seconds: Int) throws {
        let alice = try world.connect("alice", node: others[0])
        let bob = try world.connect("bob", node: others[1])
        // The clocks are known from the first time.
        world.say(.typing(to: "bob", isRecording: false), alice)
        #expect(world.typings(bob) == ["alice 5000"])
        world.pass(.seconds(10))
        world.setSlow(others[1], true)
        world.say(.typing(to: "bob", isRecording: false), alice)
        world.pass(.seconds(UInt64(seconds)))
        world.setSlow(others[1], false)
        #expect(world.typings(bob) == (seconds < 5 ? ["alice \(5000 - seconds * 1000)"] : []))
    }

    @Test("The first word from a node waits until its clock is known, and is not taken for fresh")
    mutating func unknownClock() throws {
        let alice = try world.connect("alice", node: others[0])
        let bob = try world.connect("bob", node: others[1])
        world.setSlow(others[1], true)
        world.say(.typing(to: "bob", isRecording: false), alice)
        world.pass(.seconds(6))
        world.setSlow(others[1], false)
        world.pass(.seconds(1))
        #expect(world.typings(bob).isEmpty)
        world.say(.typing(to: "bob", isRecording: false), alice)
        #expect(world.typings(bob) == ["alice 5000"])
    }

    @Test("In a group each of the others sees it, at most every three seconds, and nobody sees a stranger type")
    func group() throws {
        var world = try PresenceWorld(nodes: 5, shards: 2)
        for name in ["alice", "bob", "carol", "dave"] { try world.register(name) }
        let group = Address(group: 0xABCD)
        try world.register(group: group, of: ["alice", "bob", "carol"])
        world.begin()
        let readers = [try world.connect("bob", node: 1), try world.connect("carol", node: 2, shard: 1)]
        let dave = try world.connect("dave", node: 3)
        world.say(.typing(to: group.text, isRecording: false), dave)
        world.pass(.seconds(1))
        var writers: [PresenceWorld.Session] = []
        for index in 0..<6 {
            // One connection alone says it less often.
            writers.append(try world.connect("alice", node: index % 2 * 4))
            world.say(.typing(to: group.text, isRecording: false), writers[index])
            world.pass(.milliseconds(500))
        }
        world.pass(.milliseconds(500))
        for reader in readers {
            let told = world.typings(reader)
            #expect(told.first == "alice 5000 in \(group)", "\(told)")
            #expect(told.count == 2, "\(told)")
        }
        for session in writers + [dave] { #expect(world.typings(session).isEmpty) }
    }

    @Test("Who is put out of a group sees nobody type there, also while that is not in order yet")
    func leftGroup() throws {
        let node = UniqueID(high: 1, low: 1)
        let group = Address(group: 0xABCD)
        let users = try ["alice", "bob", "carol"].map { try #require(Address($0)) }
        var list = try Group.made(by: users[0], name: "hens", with: [users[1], users[2]], id: 1, atMilliseconds: 1)
            .get()
        try list.make(.remove([users[2]]), by: users[0], id: 2, atMilliseconds: 2)
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "c:1")
        let ring = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: [member]))
        let slot = ring.slot(of: group)
        let ballot = Ballot(round: 1, proposer: node)
        let state = RegisterState(promised: ballot, accepted: ballot, value: list.encode())
        let logged = ReplicaRecord.register(key: group, state).logRecord(slot: slot)
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        try shard.replay(
            slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 0,
            at: LogLocation(segment: 1, blockOffset: 0, index: 0))
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        let now = Instant(nanoseconds: 1_000_000_000)
        shard.ringAdopted(ring, now: now, into: &actions)
        func shown(_ author: Address) -> [Address] {
            var actions: [ShardAction] = []
            let notice = TypingNotice(from: author, to: group, isRecording: false, stamp: now)
            shard.peerSent(
                .presence(.typing(slot: slot, version: ring.version(of: slot), notice)), from: node, now: now,
                into: &actions)
            return actions.compactMap { action in
                if case .send(_, .presence(.typing(_, _, let notice))) = action { return notice.to }
                return nil
            }
        }
        #expect(shown(users[2]).isEmpty)
        #expect(shown(users[0]) == [users[1]])
    }

    @Test("In a large group nobody is shown who types")
    func largeGroup() throws {
        var world = try PresenceWorld(nodes: 1, shards: 1)
        let names = (0...Limits.typingMembersMax).map { "member\($0)" }
        for name in names { try world.register(name) }
        let group = Address(group: 1)
        try world.register(group: group, of: names)
        world.begin()
        let (writer, reader) = (try world.connect(names[0], node: 0), try world.connect(names[1], node: 0))
        world.say(.typing(to: group.text, isRecording: false), writer)
        world.pass(.seconds(1))
        #expect(world.typings(reader).isEmpty)
    }

    @Test("Whoever is blocked types to nobody")
    mutating func blocked() throws {
        let mallory = try world.connect("mallory", node: others[0])
        let carol = try world.connect("carol", node: others[0])
        let bob = try world.connect("bob", node: others[1])
        world.say(.typing(to: "bob", isRecording: false), mallory)
        world.say(.typing(to: "bob", isRecording: false), carol)
        world.pass(.seconds(6))
        #expect(world.typings(bob) == ["carol 5000"])
    }

    @Test("A thousand conversations cost two messages between nodes each time")
    func cost() throws {
        let conversations = 1000
        var world = try PresenceWorld(nodes: 5, shards: 2)
        for index in 0..<conversations {
            try world.register("a\(index)")
            try world.register("b\(index)")
        }
        world.begin()
        var writers: [PresenceWorld.Session] = []
        var readers: [PresenceWorld.Session] = []
        for index in 0..<conversations {
            writers.append(try world.connect("a\(index)", node: index % 5, shard: index / 5 % 2))
            readers.append(try world.connect("b\(index)", node: (index + 1 + index / 10 % 4) % 5))
        }
        for (index, writer) in writers.enumerated() { world.say(.typing(to: "b\(index)", isRecording: false), writer) }
        world.pass(.seconds(3))
        world.messages = []
        for (index, writer) in writers.enumerated() { world.say(.typing(to: "b\(index)", isRecording: false), writer) }
        world.pass(.milliseconds(500))
        let count = world.messages.count { message in
            switch message {
            case .presence(.typing), .presence(.typingFor): true
            default: false
            }
        }
        print("typing: \(conversations) conversations over 5 nodes, each said once: \(count) messages between nodes")
        for reader in readers { #expect(world.typings(reader).count == 2) }
        #expect(count <= 2 * conversations)
    }
}
