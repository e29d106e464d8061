import RoostCore
import RoostNode
import RoostSession
import Testing

/// Whoever has a group on the screen is shown how far its members are.
@Suite("Group receipts")
struct GroupReceiptTests {
    private var town: Town
    private let group = Address(group: 7)
    private let names: [UserName]

    init() throws {
        var town = try Town(nodes: 3)
        var names: [UserName] = []
        for (index, name) in ["alice", "bob", "carol", "dave"].enumerated() {
            names.append(try town.settle(name, devices: [DeviceID(index + 1)]))
        }
        let list = Group.made(
            by: Address(names[0]), name: "hens", with: names[1...2].map { Address($0) }, id: 1, atMilliseconds: 1)
        _ = town.ask(.change(group, .group(.create(try list.get()))))
        town.wait(milliseconds: 3000)
        self.town = town
        self.names = names
    }

    private mutating func watcher(_ index: Int, at node: Int = 0) -> Town.Client {
        let client = town.connect(names[index], DeviceID(index + 1), at: node)
        town.say(.watch([group.text]), client)
        town.wait(milliseconds: 500)
        return client
    }

    /// Messages 2 to 5 of the group, behind the word that it was made.
    private mutating func writeFour(_ client: Town.Client) {
        for number in StreamNumber(1)...4 { town.send(number, to: group.text, from: client) }
        town.wait(milliseconds: 3000)
    }

    private static func text(_ steps: [GroupProgress.Step]) -> String {
        steps.map { "\($0.members)≥\($0.upTo)" }.joined(separator: " ")
    }

    /// What a client was shown of the group since the last time.
    private mutating func shown(_ client: Town.Client) -> [String] {
        let group = group
        return town.heard(client).compactMap { frame in
            switch frame {
            case .groupReceipt(group, let progress):
                let (delivered, read) = (Self.text(progress.delivered), Self.text(progress.read))
                return "of \(progress.members): \(delivered); read \(read)"
            case .presence(group, .unknown): return "?"
            case .groupReceipt, .presence: return "\(frame)"
            default: return nil
            }
        }
    }

    private mutating func take(_ index: Int, _ client: Town.Client, upTo number: StreamNumber, isReading: Bool = false)
    {
        let key = StreamKey.ofGroup(group, since: 1)
        town.say(.ack(key, upTo: number), client)
        if isReading { town.say(.read(from: group.text, key, upTo: number), client) }
    }

    private mutating func edit(_ edit: Group.Edit, id: UInt64) {
        _ = town.ask(.change(group, .group(.edit(edit, by: Address(names[0]), id: id, atMilliseconds: 2))))
        town.wait(milliseconds: 3000)
    }

    @Test("At once, and then whenever somebody gets on, at most once a second")
    mutating func changes() {
        let alice = watcher(0)
        #expect(shown(alice) == ["of 3: ; read "])
        let readers = [town.connect(names[1], 2, at: 1), town.connect(names[2], 3, at: 2)]
        take(0, alice, upTo: 1, isReading: true)
        town.wait(milliseconds: 1500)
        #expect(shown(alice) == ["of 3: 1≥1; read 1≥1"])
        writeFour(alice)
        for number in StreamNumber(1)...5 {
            for reader in readers { take(1, reader, upTo: number) }
            town.wait(milliseconds: 300)
        }
        town.wait(milliseconds: 1500)
        let told = shown(alice)
        #expect(told.last == "of 3: 2≥5 3≥1; read 1≥1")
        #expect((2...3).contains(told.count), "\(told)")
        take(1, readers[0], upTo: 5, isReading: true)
        town.wait(milliseconds: 1500)
        #expect(shown(alice) == ["of 3: 2≥5 3≥1; read 1≥5 2≥1"])
        town.say(.watch([]), alice)
        take(2, readers[1], upTo: 5)
        take(0, alice, upTo: 5)
        town.wait(milliseconds: 1500)
        #expect(shown(alice).isEmpty)
    }

    @Test("Only to members: not to a stranger, and not to one who is put out")
    mutating func members() {
        let (bob, dave) = (watcher(1, at: 1), watcher(3, at: 2))
        #expect(shown(bob) == ["of 3: ; read "])
        #expect(shown(dave) == ["?"])
        edit(.remove([Address(names[1])]), id: 2)
        #expect(shown(bob).last == "?")
        edit(.add([Address(names[3])]), id: 3)
        // What was before she came she has not missed.
        #expect(shown(dave).last == "of 3: 1≥2; read 1≥2")
    }

    @Test("Of a group that is not there nothing is shown")
    mutating func nothing() {
        edit(.dissolve, id: 2)
        #expect(shown(watcher(0)) == ["?"])
        let client = town.connect(names[0], 1)
        town.say(.watch(["~00000000000000ff"]), client)
        town.wait(milliseconds: 1000)
        let unknown = town.heard(client).contains { frame in
            if case .presence(let address, .unknown) = frame { address.group == 0xFF } else { false }
        }
        #expect(unknown)
    }

    @Test("Reads are shown neither of who hides them nor to who does")
    mutating func hiding() {
        var edit = ProfileEdit()
        edit.readReceipts = false
        town.change(names[1], AccountChange.edit(edit))
        let (alice, bob) = (watcher(0), watcher(1, at: 1))
        writeFour(alice)
        take(0, alice, upTo: 4, isReading: true)
        take(1, bob, upTo: 4, isReading: true)
        town.wait(milliseconds: 1500)
        #expect(shown(alice).last == "of 3: 2≥4; read 1≥4")
        #expect(shown(bob).last == "of 3: 2≥4; read ")
    }

    @Test("When the owner that told is gone another tells", arguments: 0..<3)
    mutating func otherOwner(cut: Int) {
        let alice = watcher(0, at: (cut + 1) % 3)
        writeFour(alice)
        _ = shown(alice)
        town.setCut(true, cut)
        town.wait(milliseconds: 1000)
        let bob = town.connect(names[1], 2, at: (cut + 2) % 3)
        take(1, bob, upTo: 3)
        town.wait(milliseconds: 3000)
        #expect(shown(alice).last == "of 3: 1≥3; read ")
    }
}
