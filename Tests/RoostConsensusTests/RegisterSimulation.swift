import RoostConsensus
import RoostCore

/// One register, its acceptors and some clients on a network that loses, doubles and reorders, with nodes that crash between
/// writing and syncing. Everything follows from the seed.
struct RegisterSimulation {
    /// One operation of a client, and what the client was told.
    struct Operation {
        enum Kind: Equatable { case create, append, read }
        enum Result: Equatable { case value([UInt8]), refused([UInt8]), unavailable, outcomeUnknown }

        let id: UInt8
        let client: Int
        let kind: Kind
        let began: Int
        var ended: Int?
        var result: Result?
        var proposer: Proposer?
        var reader: RegisterReader?
        var deadline: Instant
    }

    private enum Event {
        case prepare(Int, NodeID, Ballot)
        case accept(Int, NodeID, Ballot, [UInt8])
        case read(Int, NodeID)
        case synced(NodeID, life: Int, RegisterState, reply: Reply)
        case reply(Reply)
        case timer(Int)
        case patience(Int)
        case next(client: Int)
        case crash(NodeID)
        case restart(NodeID)
    }

    private enum Reply {
        case promised(Int, NodeID, Ballot, accepted: Ballot, value: [UInt8])
        case accepted(Int, NodeID, Ballot)
        case conflict(Int, Ballot, promised: Ballot)
        case told(Int, NodeID, accepted: Ballot, value: [UInt8])
    }

    private struct Acceptor {
        let id: NodeID
        /// What is written, though perhaps not synced.
        var written = RegisterState()
        /// What a crash leaves.
        var synced = RegisterState()
        var isUp = true
        var life = 0
    }

    static let operationsMax = 30
    private static let healedAt = 120_000

    private let quorum: Quorum
    private var random: SeededRandom
    private var acceptors: [Acceptor]
    private var queue: [(time: Int, order: Int, event: Event)] = []
    private var order = 0
    private var now = 0
    private let lossPercent: Int
    private let doublePercent: Int
    private let delayMax: Int
    private let crashEvery: Int
    private(set) var operations: [Operation] = []

    init(seed: UInt64, quorum: Quorum) {
        self.quorum = quorum
        var random = SeededRandom(seed: seed)
        acceptors = quorum.members.map { Acceptor(id: $0) }
        lossPercent = [0, 5, 30][random.below(3)]
        doublePercent = [0, 20][random.below(2)]
        delayMax = [3, 40, 400][random.below(3)]
        crashEvery = [0, 3000, 300][random.below(3)]
        self.random = random
    }

    private var isHealed: Bool { now >= Self.healedAt }

    /// Runs until every client has had its answers; then one more operation on a healed network tells the final value.
    mutating func run() {
        for client in 0..<(2 + random.below(4)) { push(random.below(50), .next(client: client)) }
        if crashEvery > 0 { for acceptor in acceptors { push(random.below(crashEvery), .crash(acceptor.id)) } }
        drain()
        now = max(now, Self.healedAt)
        for index in acceptors.indices { acceptors[index].isUp = true }
        begin(client: -1, .append, patience: 600_000)
        drain()
    }

    private mutating func drain() {
        while let first = queue.indices.min(by: {
            (queue[$0].time, queue[$0].order) < (queue[$1].time, queue[$1].order)
        }) {
            let (time, _, event) = queue[first]
            queue.swapAt(first, queue.count - 1)
            queue.removeLast()
            now = max(now, time)
            handle(event)
        }
    }

    private mutating func push(_ delay: Int, _ event: Event) {
        order += 1
        queue.append((now + delay, order, event))
    }

    /// Puts something on the network.
    private mutating func send(_ event: Event) {
        let copies = isHealed ? 1 : random.below(100) < lossPercent ? 0 : random.below(100) < doublePercent ? 2 : 1
        for _ in 0..<copies { push(1 + random.below(delayMax), event) }
    }

    // MARK: Clients

    private mutating func begin(client: Int, _ kind: Operation.Kind, patience: Int) {
        let index = operations.count
        let id = UInt8(index + 1)
        let deadline = at(milliseconds: UInt64(now + patience))
        operations.append(Operation(id: id, client: client, kind: kind, began: now, deadline: deadline))
        switch kind {
        case .create: propose(index, .create(id))
        case .append: propose(index, .append(id))
        case .read:
            let reader = RegisterReader(quorum: quorum)
            for member in reader.members { send(.read(index, member)) }
            operations[index].reader = reader
            push(1000, .patience(index))
        }
    }

    private mutating func propose(_ index: Int, _ change: TestChange) {
        var actions: [Proposer.Action] = []
        operations[index].proposer = Proposer(
            change: change, quorum: quorum, now: at(milliseconds: UInt64(now)), deadline: operations[index].deadline,
            random: SeededRandom(seed: random.next()), into: &actions)
        carryOut(actions, index)
    }

    private mutating func carryOut(_ actions: [Proposer.Action], _ index: Int) {
        for action in actions {
            switch action {
            case .prepare(let node, let ballot): send(.prepare(index, node, ballot))
            case .accept(let node, let ballot, let value): send(.accept(index, node, ballot, value))
            case .finished(.decided(let value)): end(index, .value(value))
            case .finished(.refused(_, let value)): end(index, .refused(value))
            case .finished(.unavailable): end(index, .unavailable)
            case .finished(.outcomeUnknown): end(index, .outcomeUnknown)
            }
        }
        guard let deadline = operations[index].proposer?.nextDeadline, deadline != .distantFuture else { return }
        push(max(0, Int(deadline.nanoseconds / 1_000_000) - now), .timer(index))
    }

    private mutating func end(_ index: Int, _ result: Operation.Result) {
        operations[index].ended = now
        operations[index].result = result
        if operations[index].client >= 0 { push(random.below(200), .next(client: operations[index].client)) }
    }

    private mutating func step(_ index: Int, _ event: (inout Proposer, inout [Proposer.Action]) -> Void) {
        guard var proposer = operations[index].proposer else { return }
        var actions: [Proposer.Action] = []
        event(&proposer, &actions)
        operations[index].proposer = proposer
        carryOut(actions, index)
    }

    private mutating func finishRead(_ index: Int, _ outcome: RegisterReader.Outcome?, isPatient: Bool) {
        guard operations[index].result == nil, operations[index].proposer == nil else { return }
        switch outcome {
        case .value(let value): end(index, .value(value))
        case .needsRound: propose(index, .keep)
        case nil: if !isPatient { end(index, .unavailable) }
        }
    }

    // MARK: Events

    private mutating func handle(_ event: Event) {
        switch event {
        case .next(let client):
            guard operations.count < Self.operationsMax else { return }
            let kinds: [Operation.Kind] = [.create, .append, .append, .read, .read]
            begin(client: client, kinds[random.below(5)], patience: [500, 5000, 20_000][random.below(3)])
        case .timer(let index):
            let instant = at(milliseconds: UInt64(now))
            step(index) { $0.timerFired(now: instant, into: &$1) }
        case .patience(let index):
            finishRead(index, operations[index].reader?.gaveUpWaiting(), isPatient: false)
        case .reply(let reply):
            take(reply)
        case .crash(let node):
            crash(node)
        case .restart(let node):
            with(node) { $0.isUp = true }
        case .prepare(let index, let node, let ballot):
            guard let acceptor = live(node) else { return }
            let (state, reply) = acceptor.written.preparing(ballot)
            switch reply {
            case .promised(let accepted, let value):
                write(state, acceptor, .promised(index, node, ballot, accepted: accepted, value: value))
            case .conflict(let promised): send(.reply(.conflict(index, ballot, promised: promised)))
            }
        case .accept(let index, let node, let ballot, let value):
            guard let acceptor = live(node) else { return }
            let (state, reply) = acceptor.written.accepting(ballot, value: value)
            switch reply {
            case .accepted: write(state, acceptor, .accepted(index, node, ballot))
            case .conflict(let promised): send(.reply(.conflict(index, ballot, promised: promised)))
            }
        case .read(let index, let node):
            guard let state = live(node)?.synced else { return }
            send(.reply(.told(index, node, accepted: state.accepted, value: state.value)))
        case .synced(let node, let life, let state, let reply):
            guard live(node)?.life == life else { return }
            with(node) { $0.synced = state }
            send(.reply(reply))
        }
    }

    private mutating func take(_ reply: Reply) {
        switch reply {
        case .promised(let index, let node, let ballot, let accepted, let value):
            step(index) { $0.promised(by: node, ballot: ballot, accepted: accepted, value: value, into: &$1) }
        case .accepted(let index, let node, let ballot):
            step(index) { $0.accepted(by: node, ballot: ballot, into: &$1) }
        case .conflict(let index, let ballot, let promised):
            let instant = at(milliseconds: UInt64(now))
            step(index) { $0.conflicted(with: promised, ballot: ballot, now: instant, into: &$1) }
        case .told(let index, let node, let accepted, let value):
            let outcome = operations[index].reader?.answered(by: node, accepted: accepted, value: value)
            finishRead(index, outcome, isPatient: true)
        }
    }

    // MARK: Acceptors

    private func live(_ node: NodeID) -> Acceptor? {
        acceptors.first { $0.id == node && $0.isUp }
    }

    private mutating func with(_ node: NodeID, _ change: (inout Acceptor) -> Void) {
        for index in acceptors.indices where acceptors[index].id == node { change(&acceptors[index]) }
    }

    /// Writes at once, answers when it is synced. Syncs end in the order in which they began, as in a log.
    private mutating func write(_ state: RegisterState, _ acceptor: Acceptor, _ reply: Reply) {
        with(acceptor.id) { $0.written = state }
        push(5, .synced(acceptor.id, life: acceptor.life, state, reply: reply))
    }

    private mutating func crash(_ node: NodeID) {
        guard !isHealed, operations.contains(where: { $0.ended == nil }) || operations.count < Self.operationsMax else {
            return
        }
        with(node) {
            $0.written = $0.synced
            $0.isUp = false
            $0.life += 1
        }
        push(10 + random.below(1000), .restart(node))
        push(1000 + random.below(crashEvery), .crash(node))
    }
}
