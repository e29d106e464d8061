import RoostCore
import RoostNode
import Testing

/// Taking an e-mail address or a telephone number, with others at it and takers that vanish.
@Suite struct HandleTakingTests {
    static let handle = Handle(email: "a@example.org")
    static let other = Handle(email: "b@example.org")

    /// A taker that is asked for its next step until it is over.
    struct Taker {
        let user: UserName
        let claim: HandleClaim
        var taking: HandleTaking
        var next: RegisterRequest?
        var outcome: HandleTaking.Outcome?

        init(_ user: UserName, _ handle: Handle, id: UInt64) {
            self.user = user
            claim = HandleClaim(handle: handle, id: UniqueID(high: 7, low: id))
            taking = HandleTaking(user: user, claim: claim)
            next = taking.first
        }

        /// Carries out one request and its answer. False when it was over before.
        mutating func step(_ table: inout RegisterTable, answer: RegisterAnswer? = nil) -> Bool {
            guard let request = next else { return false }
            let found = table.perform(request)
            switch taking.answered(answer ?? found) {
            case .ask(let request): next = request
            case .ended(let outcome):
                next = nil
                self.outcome = outcome
            }
            return true
        }

        mutating func run(_ table: inout RegisterTable) {
            while step(&table) {}
        }

        var hasTaken: Bool {
            if case .taken = outcome { return true }
            return false
        }
    }

    private static func table(_ names: [String]) throws -> (RegisterTable, [UserName]) {
        var table = RegisterTable()
        let users = try names.map { try #require(UserName($0)) }
        for user in users {
            _ = table.perform(
                .change(Address(user), .account(.create(Account(name: user, password: .none)))))
        }
        return (table, users)
    }

    /// The rule of it all: what an account has and its register confirms is what it was told to have, and nobody else has it.
    private static func check(_ table: RegisterTable, _ users: [UserName], _ handle: Handle) throws -> UserName? {
        let holder = try table.holder(of: handle)
        var owners: [UserName] = []
        for user in users {
            let account = try table.account(user)
            guard let claim = account.taken.first(where: { $0.handle == handle }) else { continue }
            owners.append(user)
            #expect(holder == HandleHolder(user: user, id: claim.id), "\(user) has it, the register says otherwise")
        }
        #expect(owners.count <= 1)
        return owners.first
    }

    @Test func `one after the other, the second is told that it is taken`() throws {
        var (table, users) = try Self.table(["alice", "bob"])
        let handle = try #require(Self.handle)
        var alice = Taker(users[0], handle, id: 1)
        alice.run(&table)
        #expect(alice.hasTaken)
        var bob = Taker(users[1], handle, id: 2)
        bob.run(&table)
        #expect(bob.outcome == .anothers)
        #expect(try table.account(users[1]).pending.isEmpty)
        #expect(try Self.check(table, users, handle) == users[0])
    }

    @Test func `taking another one releases the first, taking the same again changes nothing`() throws {
        var (table, users) = try Self.table(["alice", "bob"])
        let (handle, other) = (try #require(Self.handle), try #require(Self.other))
        var first = Taker(users[0], handle, id: 1)
        first.run(&table)
        var again = Taker(users[0], handle, id: 2)
        again.run(&table)
        #expect(again.hasTaken)
        #expect(try table.account(users[0]).taken == [first.claim])
        #expect(try table.account(users[0]).pending.isEmpty)
        var second = Taker(users[0], other, id: 3)
        second.run(&table)
        #expect(second.hasTaken)
        #expect(try table.holder(of: handle) == nil)
        var bob = Taker(users[1], handle, id: 4)
        bob.run(&table)
        #expect(bob.hasTaken)
        #expect(try Self.check(table, users, handle) == users[1])
        #expect(try Self.check(table, users, other) == users[0])
    }

    @Test func `nobody without an account in use takes anything`() throws {
        var (table, users) = try Self.table(["alice"])
        let handle = try #require(Self.handle)
        var nobody = Taker(try #require(UserName("nobody")), handle, id: 1)
        nobody.run(&table)
        #expect(nobody.outcome == .noAccount)
        _ = table.perform(.change(Address(users[0]), .account(.close)))
        var alice = Taker(users[0], handle, id: 2)
        alice.run(&table)
        #expect(alice.outcome == .noAccount)
        #expect(try table.holder(of: handle) == nil)
    }

    @Test func `a deleted account's claim is anybody's`() throws {
        var (table, users) = try Self.table(["alice", "bob"])
        let handle = try #require(Self.handle)
        var alice = Taker(users[0], handle, id: 1)
        alice.run(&table)
        for change in [AccountChange.close, .delete] {
            _ = table.perform(.change(Address(users[0]), .account(change)))
        }
        #expect(try table.holder(of: handle) == HandleHolder(user: users[0], id: alice.claim.id))
        var bob = Taker(users[1], handle, id: 2)
        bob.run(&table)
        #expect(bob.hasTaken)
        #expect(try Self.check(table, users, handle) == users[1])
    }

    /// Alice vanishes before, between or after any two of her steps, with the last one carried out or not.
    @Test(arguments: 0...6)
    func `after a crash between any two steps one has it, and a new attempt ends it`(steps: Int) throws {
        var (table, users) = try Self.table(["alice", "bob"])
        let (handle, other) = (try #require(Self.handle), try #require(Self.other))
        // She has another one before: so releasing is among the steps.
        var before = Taker(users[0], other, id: 1)
        before.run(&table)
        var alice = Taker(users[0], handle, id: 2)
        for _ in 0..<steps { _ = alice.step(&table) }
        var bob = Taker(users[1], handle, id: 3)
        bob.run(&table)
        let owner = try Self.check(table, users, handle)
        // Once the register names her, nobody else gets it; before, he does.
        #expect(steps < 3 ? bob.hasTaken : bob.outcome == .anothers)
        #expect(owner == (steps < 3 ? users[1] : steps < 4 ? nil : users[0]))
        var again = Taker(users[0], handle, id: 4)
        again.run(&table)
        #expect(again.hasTaken == (steps >= 3))
        #expect(try Self.check(table, users, handle) == (steps < 3 ? users[1] : users[0]))
        _ = try Self.check(table, users, other)
    }

    /// Every order of the steps of two takers, each of which may also vanish after any of its steps.
    @Test(arguments: [false, true])
    func `of two who race exactly one wins, in every order of their steps`(areTheSame: Bool) throws {
        let (table, users) = try Self.table(["alice", "bob"])
        let handle = try #require(Self.handle)
        var endings = 0
        var winners: Set<UserName> = []
        func explore(_ table: RegisterTable, _ takers: [Taker], mayVanish: Bool) throws {
            let open = takers.indices.filter { takers[$0].next != nil }
            let owner = try Self.check(table, users, handle)
            guard !open.isEmpty else {
                endings += 1
                guard let owner else { return #expect(Bool(false), "nobody has it") }
                winners.insert(owner)
                let told = takers.filter(\.hasTaken)
                #expect(told.allSatisfy { $0.user == owner })
                #expect(!told.isEmpty || takers.contains { $0.outcome == nil })
                return
            }
            for index in open {
                var (table, takers) = (table, takers)
                _ = takers[index].step(&table)
                try explore(table, takers, mayVanish: mayVanish)
            }
            if mayVanish, open.count == 2 {
                for index in open {
                    var takers = takers
                    takers[index].next = nil
                    // The other runs to its end; then whoever vanished tries again.
                    var table = table
                    takers[1 - index].run(&table)
                    var again = Taker(takers[index].user, handle, id: 9)
                    again.run(&table)
                    #expect(try Self.check(table, users, handle) != nil)
                    #expect(again.outcome != .contended && again.outcome != .unreadable)
                }
            }
        }
        let takers = [
            Taker(users[0], handle, id: 1), Taker(areTheSame ? users[0] : users[1], handle, id: 2),
        ]
        try explore(table, takers, mayVanish: true)
        #expect(endings > 20)
        #expect(winners.count == (areTheSame ? 1 : 2))
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `many takers of few handles, some of whom vanish or are not answered, never share one`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var (table, users) = try Self.table(["alice", "bob", "carol"])
        let handles = [try #require(Self.handle), try #require(Self.other)]
        var takers: [Taker] = []
        for id in 1...12 as ClosedRange<UInt64> {
            takers.append(Taker(users[random.below(3)], handles[random.below(2)], id: id))
        }
        for _ in 0..<200 {
            let index = random.below(takers.count)
            switch random.below(20) {
            case 0: takers[index].next = nil
            case 1: _ = takers[index].step(&table, answer: .outcomeUnknown)
            case 2:
                let user = users[random.below(3)]
                if let claim = try table.account(user).taken.first {
                    _ = table.perform(.change(Address(user), .account(.dropClaim(claim))))
                    if random.below(2) == 0 { _ = table.perform(HandleTaking.release(claim, of: user)) }
                }
            default: _ = takers[index].step(&table)
            }
            for handle in handles { _ = try Self.check(table, users, handle) }
        }
    }

    @Test func `when it is unknown whether the register was changed, it is looked at once`() throws {
        var (table, users) = try Self.table(["alice", "bob"])
        let (handle, other) = (try #require(Self.handle), try #require(Self.other))
        // It was.
        var alice = Taker(users[0], handle, id: 1)
        for _ in 0..<2 { _ = alice.step(&table) }
        _ = alice.step(&table, answer: .outcomeUnknown)
        alice.run(&table)
        #expect(alice.hasTaken)
        #expect(try Self.check(table, users, handle) == users[0])
        // It was not, for somebody else came first.
        var bob = Taker(users[1], other, id: 2)
        for _ in 0..<2 { _ = bob.step(&table) }
        var rival = Taker(users[0], other, id: 3)
        rival.run(&table)
        _ = bob.step(&table, answer: .outcomeUnknown)
        bob.run(&table)
        #expect(bob.outcome == .anothers)
        #expect(try Self.check(table, users, other) == users[0])
        // And nobody can tell, again: then it is begun anew.
        var lost = Taker(users[1], try #require(Handle(email: "c@example.org")), id: 5)
        for _ in 0..<2 { _ = lost.step(&table) }
        _ = lost.step(&table, answer: .outcomeUnknown)
        _ = lost.step(&table, answer: .value([]))
        _ = lost.step(&table, answer: .outcomeUnknown)
        #expect(lost.outcome == .unavailable)
    }

    @Test func `a release takes nothing from who came after`() throws {
        var (table, users) = try Self.table(["alice", "bob"])
        let handle = try #require(Self.handle)
        var alice = Taker(users[0], handle, id: 1)
        alice.run(&table)
        _ = table.perform(.change(Address(users[0]), .account(.dropClaim(alice.claim))))
        var bob = Taker(users[1], handle, id: 2)
        bob.run(&table)
        #expect(
            table.perform(HandleTaking.release(alice.claim, of: users[0])) == .refused(reason: HandleChange.isAnothers))
        #expect(try Self.check(table, users, handle) == users[1])
    }
}
