import RoostConsensus
import RoostCore
import RoostMembership
import RoostNode
import RoostRing

/// Control machines of a cluster on a network that delays, reorders, doubles and loses, with disks whose writes take time and
/// are lost in a crash. Everything follows from the seed.
struct ControlWorld {
    /// What goes wrong.
    struct Faults {
        /// Of a hundred messages, how many are lost.
        var lossPercent = 0
        /// Of a hundred messages, how many come twice.
        var doublePercent = 0
        /// The longest way of a message.
        var delayMillisecondsMax = 20
    }

    /// One node: its machine while it lives, and its disk.
    struct Node {
        let description: MemberDescription
        var machine: ControlMachine
        var life: BootCounter = 1
        var isUp = true
        var isRemoved = false
        /// It heard that the cluster was rescued without what it went by.
        var isOutvoted = false
        var ring: [UInt8]?
        var vote: [UInt8]?
        var timerAt = Instant.distantFuture
        /// Writes go to the disk in the order in which they began.
        var lastWrite = Instant.zero
    }

    private enum Event {
        case timer(life: BootCounter)
        case datagram(GossipDatagram, from: String)
        case message(ControlMessage, from: NodeID, life: BootCounter)
        case ringWritten(EpochRecord, life: BootCounter)
        case voteWritten(EpochVote, token: UInt64, life: BootCounter)
        case merged(Slot, version: UInt64, life: BootCounter)
        case restart
    }

    private(set) var now = Instant.zero + .seconds(1)
    private(set) var nodes: [Node] = []
    private(set) var answers: [UInt64: RingChangeAnswer] = [:]
    /// What broke a rule, in words.
    private(set) var violations: [String] = []
    /// Every record that a node has gone by, by number.
    private(set) var decided: [Epoch: EpochRecord] = [:]
    var faults = Faults()
    private var random: SeededRandom
    private var agenda: [(at: Instant, order: UInt64, node: Int, event: Event)] = []
    private var nextOrder: UInt64 = 0
    private var newest: [Epoch] = []

    /// Starts nodes that know of each other's addresses and wait.
    init(nodes count: Int, seed: UInt64) {
        random = SeededRandom(seed: seed)
        for index in 0..<count {
            let description = MemberDescription(
                id: NodeID(high: 7, low: UInt64(index) + 1), name: "n\(index)", zone: "z",
                address: "n\(index):1", clientAddress: "c\(index):1", boot: 1)
            nodes.append(
                Node(
                    description: description,
                    machine: ControlMachine(
                        local: description, record: nil, seeds: (0..<3).map { "n\($0):1" },
                        random: SeededRandom(seed: random.next()))))
            newest.append(0)
        }
        for index in nodes.indices { event(on: index) { $0.start(now: $1, into: &$2) } }
    }

    /// A node as a member.
    func member(_ index: Int) -> Member {
        let node = nodes[index].description
        return Member(
            id: node.id, name: node.name, zone: node.zone, address: node.address, clientAddress: node.clientAddress)
    }

    /// Enough for moves that take several epochs.
    private let slotCount = SlotCount(64) ?? .least

    /// Makes a ring of the first nodes, though others wait as well.
    mutating func begin(members: Int) throws {
        let record = try EpochRecord.first(
            clusterID: UniqueID(high: 5, low: 5), members: (0..<members).map { member($0) }, slotCount: slotCount)
        for index in 0..<members {
            event(on: index) { $0.received(.ring(record.encode()), from: NodeID(high: 9, low: 9), now: $1, into: &$2) }
        }
    }

    /// Asks a node for a change; the answer turns up in `answers`.
    mutating func change(_ change: RingChange, on index: Int, token: UInt64) {
        event(on: index) { $0.changeRequested(token: token, change, now: $1, into: &$2) }
    }

    /// Ends a node's life; what was not on its disk is lost. It comes back by itself unless it is to stay dead.
    mutating func crash(_ index: Int, restartAfterMilliseconds pause: Int?) {
        guard nodes[index].isUp else { return }
        nodes[index].isUp = false
        nodes[index].life += 1
        if let pause { add(.restart, to: index, after: pause) }
    }

    /// Starts a node that is down, with what its disk holds.
    mutating func comeBack(_ index: Int) {
        add(.restart, to: index, after: 1)
    }

    /// Lets time pass.
    mutating func run(milliseconds: UInt64) {
        let end = now + .milliseconds(milliseconds)
        while let first = agenda.first, first.at <= end {
            agenda.removeFirst()
            now = max(now, first.at)
            carryOut(first.event, on: first.node)
        }
        now = end
    }

    /// Lets time pass until something holds. Returns whether it came to hold.
    mutating func run(secondsMax: Int, until isDone: (ControlWorld) -> Bool) -> Bool {
        for _ in 0..<secondsMax * 10 {
            if isDone(self) { return true }
            run(milliseconds: 100)
        }
        return isDone(self)
    }

    /// Every member that lives goes by the same ring, in which nothing moves.
    var isSettled: Bool {
        guard let last = decided.keys.max(), let record = decided[last], record.isAtRest else { return false }
        return nodes.allSatisfy { node in
            let isMember = record.members.contains { $0.id == node.description.id }
            return !isMember || !node.isUp || node.machine.record == record
        }
    }

    /// The latest record that anybody has gone by.
    var latest: EpochRecord? { decided.keys.max().flatMap { decided[$0] } }

    /// Names of the members of the latest record.
    var memberNames: [String] { latest?.members.map(\.name).sorted() ?? [] }

    /// A node that may be added; `nil` when there is none.
    var someWaiting: Int? {
        nodes.firstIndex { node in
            !node.isRemoved && latest?.members.contains { $0.id == node.description.id } == false
        }
    }

    mutating func chance(_ percent: Int) -> Bool { random.below(100) < percent }

    mutating func below(_ bound: Int) -> Int { random.below(bound) }

    // MARK: Events

    private mutating func add(_ event: Event, to node: Int, after milliseconds: Int) {
        add(event, to: node, at: now + .milliseconds(UInt64(milliseconds)))
    }

    private mutating func add(_ event: Event, to node: Int, at time: Instant) {
        nextOrder += 1
        var low = 0
        var high = agenda.count
        while low < high {
            let middle = (low + high) / 2
            if agenda[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        agenda.insert((time, nextOrder, node, event), at: low)
    }

    private mutating func carryOut(_ event: Event, on index: Int) {
        if case .restart = event { return restart(index) }
        guard nodes[index].isUp else { return }
        let life = nodes[index].life
        switch event {
        case .timer(life):
            nodes[index].timerAt = .distantFuture
            self.event(on: index) { $0.timerFired(now: $1, into: &$2) }
        case .datagram(let datagram, let address):
            self.event(on: index) { $0.received(datagram, from: address, now: $1, into: &$2) }
        case .message(let message, let peer, life):
            self.event(on: index) { $0.received(message, from: peer, now: $1, into: &$2) }
        case .ringWritten(let record, life):
            nodes[index].ring = record.encode()
            self.event(on: index) { $0.persisted(record, now: $1, into: &$2) }
        case .voteWritten(let vote, let token, life):
            nodes[index].vote = vote.encode()
            self.event(on: index) { $0.votePersisted(token, now: $1, into: &$2) }
        case .merged(let slot, let version, life):
            self.event(on: index) { $0.slotMerged(slot, version: version, now: $1, into: &$2) }
        case .timer, .message, .ringWritten, .voteWritten, .merged, .restart:
            break
        }
    }

    private mutating func restart(_ index: Int) {
        guard !nodes[index].isUp, !nodes[index].isRemoved else { return }
        var description = nodes[index].description
        description.boot = nodes[index].life
        do {
            nodes[index].machine = ControlMachine(
                local: description, record: try nodes[index].ring.map { try EpochRecord(decoding: $0) },
                vote: try nodes[index].vote.map { try EpochVote(decoding: $0) }, seeds: (0..<3).map { "n\($0):1" },
                random: SeededRandom(seed: random.next()))
        } catch {
            violations.append("n\(index) cannot read its disk: \(error)")
        }
        nodes[index].isUp = true
        nodes[index].timerAt = .distantFuture
        nodes[index].lastWrite = now
        event(on: index) { $0.start(now: $1, into: &$2) }
    }

    private mutating func event(
        on index: Int, _ event: (inout ControlMachine, Instant, inout [ControlAction]) -> Void
    ) {
        guard nodes[index].isUp, !nodes[index].isRemoved, !nodes[index].isOutvoted else { return }
        var actions: [ControlAction] = []
        event(&nodes[index].machine, now, &actions)
        for action in actions { carryOut(action, on: index) }
        let deadline = max(nodes[index].machine.nextDeadline, now + .milliseconds(1))
        if deadline < nodes[index].timerAt {
            nodes[index].timerAt = deadline
            add(.timer(life: nodes[index].life), to: index, at: deadline)
        }
    }

    // MARK: Actions

    private mutating func carryOut(_ action: ControlAction, on index: Int) {
        switch action {
        case .sendDatagram(let datagram, let address):
            guard let to = nodes.firstIndex(where: { $0.description.address == address }) else { return }
            let from = nodes[index].description.address
            send(.datagram(datagram, from: from), from: index, to: to)
        case .send(let peer, let message):
            guard let to = nodes.firstIndex(where: { $0.description.id == peer }), nodes[to].isUp else { return }
            send(.message(message, from: nodes[index].description.id, life: nodes[to].life), from: index, to: to)
        case .persist(let record):
            add(.ringWritten(record, life: nodes[index].life), to: index, at: written(index))
        case .persistVote(let vote, let token):
            add(.voteWritten(vote, token: token, life: nodes[index].life), to: index, at: written(index))
        case .adopt(let record):
            adopted(record, by: index)
        case .outvoted:
            nodes[index].isOutvoted = true
            nodes[index].isUp = false
        case .removed(let record):
            note(record, by: index)
            nodes[index].isRemoved = true
            nodes[index].isUp = false
        case .changeAnswer(let token, let answer):
            if answers[token] != nil { violations.append("change \(token) is answered twice") }
            answers[token] = answer
        case .forked(let epoch, let peer):
            violations.append("n\(index) and \(peer) go by different rings of epoch \(epoch)")
        case .ringRefused(let peer, let refusal):
            violations.append("n\(index) refused the ring of \(peer): \(refusal)")
        case .link, .initAnswer, .memberChanged, .identityConflict, .datagramDropped:
            break
        }
    }

    private mutating func send(_ event: Event, from: Int, to: Int) {
        guard !chance(faults.lossPercent) else { return }
        add(event, to: to, after: 1 + random.below(faults.delayMillisecondsMax))
        if chance(faults.doublePercent) { add(event, to: to, after: 1 + random.below(faults.delayMillisecondsMax * 4)) }
    }

    private mutating func written(_ index: Int) -> Instant {
        nodes[index].lastWrite = max(nodes[index].lastWrite, now) + .milliseconds(UInt64(1 + random.below(8)))
        return nodes[index].lastWrite
    }

    private mutating func note(_ record: EpochRecord, by index: Int) {
        if let known = decided[record.number], known != record {
            violations.append("two records of epoch \(record.number), n\(index) has another")
        }
        if let before = decided[record.number - 1], !record.follows(before) {
            violations.append("epoch \(record.number) does not follow")
        }
        if record.number < newest[index] { violations.append("n\(index) goes back to epoch \(record.number)") }
        newest[index] = max(newest[index], record.number)
        decided[record.number] = record
    }

    /// What moves to the node, or stays on it while another comes, arrives after a while.
    private mutating func adopted(_ record: EpochRecord, by index: Int) {
        note(record, by: index)
        let id = nodes[index].description.id
        for (slot, line) in record.lines.enumerated()
        where line.next.contains(where: { record.members[Int($0)].id == id }) {
            add(
                .merged(Slot(slot), version: line.version, life: nodes[index].life), to: index,
                after: 20 + random.below(300))
        }
    }
}
