import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// Who is shown to whom, and how soon.
@Suite("Presence")
struct PresenceTests {
    private static func world(nodes: Int = 3, shards: Int = 2) throws -> PresenceWorld {
        var world = try PresenceWorld(nodes: nodes, shards: shards)
        for name in ["alice", "bob", "carol"] { try world.register(name) }
        return world
    }

    @Test("A watcher is shown how it stands at once, and every change, through whatever shard and node")
    func changes() throws {
        var world = try PresenceTests.world()
        world.begin()
        let alice = try world.connect("alice", node: 0, shard: 1)
        world.say(.watch(["bob"]), alice)
        #expect(world.states(alice) == ["bob never"])
        let bob = try world.connect("bob", node: 2)
        world.pass(.milliseconds(300))
        #expect(world.states(alice) == ["bob online"])
        world.close(bob)
        world.pass(.milliseconds(300))
        #expect(world.states(alice) == ["bob offline"])
        world.say(.watch(["carol"]), alice)
        #expect(world.states(alice) == ["carol never"])
        _ = try world.connect("bob", node: 1)
        world.pass(.seconds(1))
        #expect(world.states(alice).isEmpty, "bob is not on the screen any more")
    }

    @Test("Whom somebody hides from sees what it sees of nobody at all")
    func hiding() throws {
        var world = try PresenceWorld(nodes: 3, shards: 2)
        for name in ["alice", "bob", "carol"] { try world.register(name) }
        var people = People()
        let alice = try #require(UserName("alice"))
        let bob = try #require(UserName("bob"))
        let isAdded = people.add(alice, to: .contacts) && people.add(bob, to: .blocked)
        #expect(isAdded)
        try world.register("hidden", presence: .nobody)
        try world.register("shy", presence: .contacts, people: people)
        try world.register("open", presence: .everyone, people: people)
        world.begin()
        for name in ["hidden", "shy", "open"] { _ = try world.connect(name, node: 1) }
        var seen: [String: [String]] = [:]
        for name in ["alice", "bob", "carol"] {
            let session = try world.connect(name, node: 0)
            world.say(.watch(["hidden", "shy", "open", "stranger"]), session)
            world.pass(.seconds(1))
            seen[name] = world.states(session).sorted()
        }
        #expect(seen["alice"] == ["hidden ?", "open online", "shy online", "stranger ?"])
        #expect(seen["bob"] == ["hidden ?", "open ?", "shy ?", "stranger ?"])
        #expect(seen["carol"] == ["hidden ?", "open online", "shy ?", "stranger ?"])
    }

    @Test("A node that dies takes its sessions' presence with it, and the owner that told is replaced")
    func deadNode() throws {
        var world = try PresenceTests.world(nodes: 5)
        world.begin()
        let place = try #require(Address("bob"))
        let owners = world.ring.owners(of: world.ring.slot(of: place)).compactMap(world.ids.firstIndex)
        let others = world.ids.indices.filter { !owners.contains($0) }
        // Bob is connected to a node that does not own him, alice to the other such node.
        _ = try world.connect("bob", node: others[0])
        let alice = try world.connect("alice", node: others[1])
        world.say(.watch(["bob"]), alice)
        #expect(world.states(alice) == ["bob online"])
        world.pass(.seconds(2))
        world.setLinks(of: others[0], areUp: false)
        world.pass(.seconds(4))
        #expect(world.states(alice).isEmpty, "a broken link is no death yet")
        world.pass(.seconds(2))
        #expect(world.states(alice) == ["bob offline"])
        for owner in owners.dropLast() { world.setLinks(of: owner, areUp: false) }
        _ = try world.connect("bob", node: owners[2])
        world.pass(.seconds(3))
        #expect(world.states(alice).isEmpty, "two of three owners are gone: bob cannot log in")
        world.setLinks(of: owners[0], areUp: true)
        _ = try world.connect("bob", node: owners[2])
        world.pass(.seconds(3))
        #expect(world.states(alice) == ["bob online"])
        world.setLinks(of: owners[1], areUp: true)
        world.setLinks(of: others[0], areUp: true)
        world.pass(.seconds(40))
        #expect(world.states(alice).isEmpty)
    }

    @Test("The word that a session is over may be lost: owners ask gateways for their sessions")
    func rollCall() throws {
        var world = try PresenceTests.world(nodes: 5)
        world.begin()
        let place = try #require(Address("bob"))
        let owners = world.ring.owners(of: world.ring.slot(of: place)).compactMap(world.ids.firstIndex)
        let others = world.ids.indices.filter { !owners.contains($0) }
        let bob = try world.connect("bob", node: others[0])
        let alice = try world.connect("alice", node: others[1])
        world.say(.watch(["bob"]), alice)
        #expect(world.states(alice) == ["bob online"])
        world.pass(.seconds(2))
        world.cut.insert(others[0])
        world.close(bob)
        world.cut.remove(others[0])
        world.pass(.milliseconds(500))
        #expect(world.states(alice).isEmpty)
        world.pass(.seconds(31))
        #expect(world.states(alice) == ["bob offline"])
    }

    @Test("When somebody was last seen is logged at most once a minute, by each owner, and read back")
    func lastSeen() throws {
        var world = try PresenceTests.world()
        world.begin()
        world.logged = [:]
        for _ in 0..<20 {
            let bob = try world.connect("bob", node: 0)
            world.pass(.seconds(2))
            world.close(bob)
            world.pass(.seconds(4))
        }
        world.pass(.seconds(120))
        let seen = (world.logged[1] ?? []).compactMap { record in
            if case .lastSeen(let user, let milliseconds) = record, user.text == "bob" { milliseconds } else { nil }
        }
        #expect((2...4).contains(seen.count), "two minutes of coming and going: \(seen)")
        #expect(world.logged[0]?.count == seen.count && world.logged[2]?.count == seen.count)

        var next = try PresenceTests.world()
        let bob = try #require(Address("bob"))
        for node in next.ids.indices {
            for record in world.logged[node] ?? [] {
                try next.replay(record, of: bob, node: node)
            }
        }
        next.begin()
        let alice = try next.connect("alice", node: 0)
        next.say(.watch(["bob"]), alice)
        let frames = next.frames[alice.token] ?? []
        let last = try #require(seen.last)
        #expect(frames.contains(.presence(user: bob, .offline(lastSeenMilliseconds: last))))
    }

    @Test("Ten thousand watchers on a node cost one message a change, and one for each node", arguments: [1, 5])
    func cost(nodesWithWatchers: Int) throws {
        let watchers = 10_000
        var world = try PresenceWorld(nodes: 5, shards: 2)
        try world.register("star")
        let star = try #require(Address("star"))
        let owners = world.ring.owners(of: world.ring.slot(of: star)).compactMap(world.ids.firstIndex)
        let others = world.ids.indices.filter { !owners.contains($0) }
        let places = nodesWithWatchers == 1 ? [others[0]] : Array(world.ids.indices)
        for index in 0..<watchers { try world.register("w\(index)") }
        world.begin()
        var sessions: [PresenceWorld.Session] = []
        for index in 0..<watchers {
            let session = try world.connect("w\(index)", node: places[index % places.count], shard: index / 5 % 2)
            sessions.append(session)
            world.say(.watch(["star"]), session)
        }
        world.pass(.seconds(2))
        #expect(world.count(sessions, shown: "star never") == watchers)
        world.messages = []
        let session = try world.connect("star", node: owners[0])
        world.pass(.seconds(2))
        let online = world.told
        #expect(world.count(sessions, shown: "star online") == watchers)
        world.messages = []
        world.close(session)
        world.pass(.seconds(2))
        let offline = world.told
        #expect(world.count(sessions, shown: "star offline") == watchers)
        print(
            "presence: \(watchers) watchers on \(places.count) of 5 nodes: \(online) messages between nodes for online, "
                + "\(offline) for offline")
        // Nodes that own the slot are told by themselves.
        let strangers = places.filter { !owners.contains($0) }.count
        #expect(online == strangers && offline == strangers)
    }
}

extension PresenceWorld {
    /// How many sessions were shown this and nothing else.
    fileprivate mutating func count(_ sessions: [Session], shown state: String) -> Int {
        var count = 0
        for session in sessions where states(session) == [state] { count += 1 }
        return count
    }

    /// Messages between nodes that tell how it stands with somebody.
    fileprivate var told: Int {
        messages.count { message in
            if case .presence(.told) = message { true } else { false }
        }
    }
}
