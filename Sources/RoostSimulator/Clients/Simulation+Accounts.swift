import RoostCore
import RoostNode

extension Simulation {
    /// Account names that operations compete for.
    private static let contestedNames = 3

    // MARK: People

    /// What somebody is called. The people of a scenario are others with each seed, and so are the owners that they share.
    private func name(of index: Int) -> String {
        cast.isEmpty ? "person-\(index)" : "\(cast[index])-\(seed % 1000)"
    }

    /// Registers everybody through two nodes at once.
    mutating func register() {
        for index in 0..<options.people {
            guard let user = UserName(name(of: index)) else { return violate(.liveness, "no such name") }
            let secret = (0..<AccessToken.secretBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let token = AccessToken(user: user, device: random.next() | 1, secret: secret)
            let window = options.smallWindows > 0 ? 1 + random.below(3) : 0
            people.append(
                Person(
                    index: index, user: Address(user), device: token.device, token: token, window: window,
                    left: options.messages))
            people[index].groupLeft = options.groups > 0 ? options.groupMessages : 0
            // Two nodes at once: one of them makes the account.
            for salt in 0..<2 { create(index, salt: UInt8(salt), at: anyNode()) }
        }
        for _ in 0..<100 where accounts.isWaiting { step(until: now + .milliseconds(250)) }
        for index in people.indices where !accounts.isMade(people[index].user) { createAtLast(index) }
    }

    /// Everybody connects and writes to some others.
    mutating func letPeopleTalk() {
        makeGroups()
        for index in people.indices {
            for _ in 0..<(1 + random.below(2)) {
                let to = random.below(people.count)
                if !people[index].outbox.contains(where: { $0.to == to }) { people[index].outbox.append(.init(to: to)) }
            }
            agenda.add(.connect(person: index), at: now + .milliseconds(UInt64(random.below(1000))))
            agenda.add(.produce(person: index), at: now + .milliseconds(UInt64(random.below(1000))))
        }
        planPresence()
    }

    private mutating func create(_ index: Int, salt: UInt8, at node: Int) {
        let person = people[index]
        let device = Account.Device(id: person.device, secretHash: person.token.secretHash, addedAtMilliseconds: 1)
        let account = Account(
            name: person.token.user, password: Simulation.password(salt: salt), devices: [device],
            profile: Profile(privacy: Simulation.privacy(of: index)))
        beginAccountOperation(accounts.plan(person.user, .create(account)), at: node)
    }

    static func password(salt: UInt8) -> PasswordRecord {
        PasswordRecord(costLog2: 15, blockSize: 8, parallelism: 3, salt: [salt], hash: [2])
    }

    /// Nobody could tell whether the account was made: asks again, alone, until somebody can.
    private mutating func createAtLast(_ index: Int) {
        for _ in 0..<10 {
            create(index, salt: 2, at: anyNode())
            for _ in 0..<100 where accounts.isWaiting { step(until: now + .milliseconds(250)) }
            if accounts.isMade(people[index].user) { return }
        }
        violate(.liveness, "\(people[index].name) could not be registered")
    }

    // MARK: Contested accounts

    /// Operations on a few names, in bursts through several nodes at once, so that they meet.
    mutating func planRegisterOperations() {
        var left = options.accountOperations
        while left > 0 {
            let name = random.below(Simulation.contestedNames)
            guard let key = UserName("contested-\(name)") else { return violate(.liveness, "no such name") }
            let begin = moment()
            for _ in 0..<min(left, 1 + random.below(4)) {
                left -= 1
                let operation = accounts.plan(Address(key), drawOperation(on: key, number: left))
                agenda.add(
                    .account(node: anyNode(), operation: operation),
                    at: begin + .milliseconds(UInt64(random.below(400))))
            }
        }
    }

    private mutating func drawOperation(on key: UserName, number: Int) -> AccountLoad.Operation.Kind {
        let device = Account.Device(
            id: DeviceID(1 + random.below(4)), secretHash: [UInt8](repeating: UInt8(number), count: 32),
            addedAtMilliseconds: 1)
        switch random.below(5) {
        case 0:
            return .create(
                Account(name: key, password: Simulation.password(salt: UInt8(100 + number)), devices: [device]))
        case 1: return .putDevice(device)
        case 2: return .removeDevice(device.id)
        default: return .read
        }
    }

    // MARK: Operations

    mutating func beginAccountOperation(_ operation: Int, at index: Int) {
        let node = nodes[index]
        guard node.isRunning else { return accounts.skip(operation) }
        let token = accounts.begin(operation, at: index, now: now)
        let request = accounts.operations[operation].request
        trace.note(now, .account, UInt64(index), UInt64(operation), saying: "n\(index) is asked: \(request)")
        shard(index) { machine, now, actions in
            machine.registerRequested(request, token: token, now: now, into: &actions)
        }
    }

    mutating func registerAnswered(_ token: UInt64, _ answer: RegisterAnswer) {
        if token >= HandleLoad.firstToken { return handleAnswered(token, answer) }
        if token >= RelationLoad.firstToken { return relationAnswered(token, isSo: answer.isValue) }
        if token >= GroupLoad.firstToken { return groupChangeAnswered(token, answer) }
        let answer = AccountAnswer(answer)
        trace.note(now, .registerAnswer, token, saying: "account operation \(token): \(answer)")
        accounts.finish(token, answer, now: now)
        linkAnswered(Int(token), answer)
        revocationAnswered(Int(token), answer)
    }
}

extension RegisterAnswer {
    /// Whether it is known what the register holds.
    fileprivate var isValue: Bool {
        if case .value = self { true } else { false }
    }
}
