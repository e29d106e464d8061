import RoostCore
import RoostNode

/// What the people of a run want to change about each other: whom they know, whom they block, and what is to be left of a conversation.
/// Each wants one thing after the other, and asks for it until somebody says that it is so.
struct RelationLoad: Sendable {
    /// Two people, the one whose wish it is first.
    struct Pair: Hashable, Sendable {
        let owner: Int
        let other: Int
    }

    /// What somebody wants.
    enum Wish: Hashable, Sendable {
        /// Somebody on one's list, or off it.
        case list(People.List, isOn: Bool)
        /// Nothing left of the conversation, on both sides.
        case erase
        /// Nothing left of what waits for one from the other: the second half of a block.
        case drop
    }

    /// A wish that is being asked for.
    struct Asking: Sendable {
        let pair: Pair
        let wish: Wish
        /// The node that was asked, and the token of its answer; `nil` between two attempts.
        var at: (node: Int, token: UInt64)?

        /// Whether this is wanted now: that the person's block of the other one ends. An attempt that was not answered may have done it.
        func ends(_ block: Pair) -> Bool { pair == block && wish == .list(.blocked, isOn: false) }
    }

    /// What stands between two people for certain, as somebody was told.
    struct Standing: Equatable, Sendable {
        var isContact = false
        var isBlocked = false
    }

    /// A conversation that somebody was told to be erased, or half of one.
    struct Erased: Sendable {
        /// Whether copies for the sender's own devices are gone as well.
        let includesCopies: Bool
        /// How far its streams were `sent` when it was asked for.
        let sent: [RunRecord.Stream: StreamNumber]
        /// The last connection that began before the answer.
        let lastConnection: Int
    }

    /// Tokens of register and mailbox requests from here on are theirs.
    static let firstToken: UInt64 = 1 << 41

    /// By person, the first of them is being asked for.
    private(set) var wishes: [Int: [Asking]] = [:]
    private var nextToken = RelationLoad.firstToken
    /// Only ever added to: what is not there stands at its beginning.
    var standings: [Pair: Standing] = [:]
    /// Who was ever about to be somebody's contact.
    var everContacts: Set<Pair> = []
    /// Numbers that their readers need not get.
    var waivers: [Waiver] = []
    /// The waiver of the attempt that runs, by person.
    var openWaivers: [Int: Int] = [:]
    /// Numbers that must not arrive: when they were written their reader had blocked their author, and all owners knew, of the slot at
    /// this version.
    var silenced: [RunRecord.Stream: [StreamNumber: UInt64]] = [:]
    /// How far streams were `sent` when the erasure was first asked for, by person.
    var sentBefore: [Int: [RunRecord.Stream: StreamNumber]] = [:]
    var erased: [Erased] = []

    /// Whether somebody wants something yet.
    var isWaiting: Bool { wishes.values.contains { !$0.isEmpty } }

    /// What somebody is asking for, or wants next.
    func first(of person: Int) -> Asking? { wishes[person]?.first }

    /// Adds a wish. Returns whether it is the only one of its person.
    mutating func add(_ wish: Wish, _ pair: Pair) -> Bool {
        wishes[pair.owner, default: []].append(Asking(pair: pair, wish: wish))
        return wishes[pair.owner]?.count == 1
    }

    /// The first wish of a person is asked for. Returns the token of the answer.
    mutating func ask(_ person: Int, at node: Int) -> UInt64 {
        nextToken += 1
        wishes[person]?[0].at = (node, nextToken)
        return nextToken
    }

    /// The answer under a token has come. Returns whose wish it is about; `nil` when nobody waits for it.
    mutating func answered(_ token: UInt64) -> Int? {
        let person = wishes.first { $0.value.first?.at?.token == token }?.key
        if let person { wishes[person]?[0].at = nil }
        return person
    }

    /// Adds what is wanted right after the first wish of a person.
    mutating func addNext(_ wish: Wish, _ pair: Pair) {
        wishes[pair.owner]?.insert(Asking(pair: pair, wish: wish), at: 1)
    }

    /// The first wish of a person is so.
    mutating func fulfil(_ person: Int) { wishes[person]?.removeFirst() }

    /// A node died with what it was asked. Returns who has to ask again.
    mutating func nodeDied(_ node: Int) -> [Int] {
        let left = wishes.filter { $0.value.first?.at?.node == node }.keys.sorted()
        for person in left { wishes[person]?[0].at = nil }
        return left
    }
}
