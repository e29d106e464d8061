import RoostCore
import RoostMembership
import Testing

/// Many machines on one virtual clock and a network that delays, loses and cuts. All of it follows from the seed.
struct VirtualNetwork {
    /// A machine and its place on the network.
    struct Node {
        var machine: MembershipMachine
        /// A killed node hears and does nothing.
        var isRunning = true
        /// Its timer as it stands in the queue.
        var timerAt = Instant.distantFuture
        /// Members that this node held dead while they ran.
        var wronged = 0
    }

    private enum Event {
        case datagram(GossipDatagram, from: Int, to: Int)
        case timer(Int)
    }

    private(set) var nodes: [Node] = []
    private(set) var now = Instant.zero
    private(set) var datagrams = 0
    /// Everything that happened, folded into one number.
    private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    private var random: SeededRandom
    private var events = EventQueue<Event>()
    private var actions: [MembershipAction] = []
    private let lossPercent: Int
    private let seedAddresses: [String]
    /// Nodes of different sides do not hear each other.
    var side: [Int]
    /// Whether each datagram is written to bytes and read back.
    var isEncoding = false

    init(count: Int, lossPercent: Int, seed: UInt64, seeds: [String] = [address(1), "dead:1", address(1), address(2)]) {
        random = SeededRandom(seed: seed)
        self.lossPercent = lossPercent
        seedAddresses = seeds
        side = Array(repeating: 0, count: count)
        for number in 1...count {
            nodes.append(Node(machine: machine(number, boot: 1)))
        }
    }

    private mutating func machine(_ number: Int, boot: BootCounter) -> MembershipMachine {
        MembershipMachine(
            local: node(number, boot: boot), seeds: seedAddresses, random: SeededRandom(seed: random.next()))
    }

    // MARK: What happens to nodes

    mutating func startAll() {
        for index in nodes.indices { start(index) }
    }

    mutating func start(_ index: Int) {
        nodes[index].machine.start(now: now, into: &actions)
        carryOut(index)
    }

    mutating func kill(_ index: Int) {
        nodes[index].isRunning = false
    }

    mutating func restart(_ index: Int, boot: BootCounter) {
        nodes[index] = Node(machine: machine(index + 1, boot: boot))
        start(index)
    }

    mutating func leave(_ index: Int) {
        nodes[index].machine.leave(now: now, into: &actions)
        carryOut(index)
        kill(index)
    }

    mutating func adoptRing(_ index: Int, members: [MemberDescription]) {
        nodes[index].machine.adoptRing(
            cluster: cluster, epoch: 1, hash: Array(repeating: 1, count: 32), members: members)
        carryOut(index)
    }

    // MARK: Time

    mutating func run(_ span: TimeSpan) {
        let end = now + span
        while let at = events.nextAt, at <= end { step() }
        now = end
    }

    /// Runs until it holds, looking every 100 ms; the time it took, or `nil` when the patience is over.
    mutating func run(patience: TimeSpan, until holds: (VirtualNetwork) -> Bool) -> TimeSpan? {
        let begun = now
        while now.since(begun) < patience {
            if holds(self) { return now.since(begun) }
            run(.milliseconds(100))
        }
        return holds(self) ? patience : nil
    }

    private mutating func step() {
        guard let (at, event) = events.next() else { return }
        now = max(now, at)
        switch event {
        case .datagram(let datagram, let sender, let receiver):
            guard nodes[receiver].isRunning, side[sender] == side[receiver] else { return }
            note(UInt64(receiver))
            nodes[receiver].machine.received(datagram, from: address(sender + 1), now: now, into: &actions)
            carryOut(receiver)
        case .timer(let index):
            guard nodes[index].isRunning, nodes[index].timerAt == at else { return }
            note(UInt64(index))
            nodes[index].timerAt = .distantFuture
            nodes[index].machine.timerFired(now: now, into: &actions)
            carryOut(index)
        }
    }

    private mutating func note(_ value: UInt64) {
        for word in [now.nanoseconds, value] { trace = (trace ^ word) &* 0x100_0000_01B3 }
    }

    private mutating func carryOut(_ index: Int) {
        for action in actions {
            switch action {
            case .send(let datagram, let place): send(datagram, from: index, to: place)
            case .memberChanged(let id, .dead): if isRunning(id), !isCut(index, id) { nodes[index].wronged += 1 }
            case .memberChanged, .memberJoined, .memberRestarted, .peerHasNewerEpoch, .identityConflict, .dropped:
                break
            }
        }
        actions.removeAll(keepingCapacity: true)
        let deadline = max(now, nodes[index].machine.nextDeadline)
        if deadline != nodes[index].timerAt, deadline != .distantFuture {
            nodes[index].timerAt = deadline
            events.add(.timer(index), at: deadline)
        }
    }

    private mutating func send(_ datagram: GossipDatagram, from sender: Int, to place: String) {
        datagrams += 1
        guard let receiver = index(of: place) else { return }
        guard random.below(100) >= lossPercent else { return }
        let delay = TimeSpan(nanoseconds: UInt64(100_000 + random.below(5_000_000)))
        var arriving = datagram
        if isEncoding {
            let bytes = datagram.encode()
            note(UInt64(CRC32C.checksum(bytes)))
            do {
                arriving = try GossipDatagram(decoding: bytes)
            } catch {
                Issue.record(error, "a datagram of node \(sender + 1)")
            }
        }
        events.add(.datagram(arriving, from: sender, to: receiver), at: now + delay)
    }

    /// `node-17:7401` is at index 16.
    private func index(of place: String) -> Int? {
        guard place.hasPrefix("node-"), place.hasSuffix(":7401"), let number = Int(place.dropFirst(5).dropLast(5)),
            nodes.indices.contains(number - 1)
        else { return nil }
        return number - 1
    }

    // MARK: What the nodes think

    private func isRunning(_ id: NodeID) -> Bool { nodes[Int(id.low) - 1].isRunning }

    private func isCut(_ index: Int, _ id: NodeID) -> Bool { side[index] != side[Int(id.low) - 1] }

    /// Running nodes held dead by somebody who could have heard them.
    var wronged: Int { nodes.reduce(0) { $0 + $1.wronged } }

    /// Whether every running node knows exactly the running nodes as alive.
    var allKnowAll: Bool {
        let running = nodes.indices.filter { nodes[$0].isRunning }.map { nodeID($0 + 1) }
        return nodes.allSatisfy { node in
            !node.isRunning
                || node.machine.members.filter { $0.status == .alive }.map(\.description.id) == running
        }
    }

    /// Whether every other running node holds this one to be so.
    func allHold(_ index: Int, _ status: MemberStatus) -> Bool {
        nodes.indices.allSatisfy { other in
            other == index || !nodes[other].isRunning
                || nodes[other].machine.members.first { $0.description.id == nodeID(index + 1) }?.status == status
        }
    }
}

/// Events by time, and by order of arrival at one time: a binary heap.
struct EventQueue<Event> {
    private var heap: [(at: Instant, number: UInt64, event: Event)] = []
    private var lastNumber: UInt64 = 0

    var nextAt: Instant? { heap.first?.at }

    mutating func add(_ event: Event, at instant: Instant) {
        lastNumber += 1
        heap.append((instant, lastNumber, event))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (Instant, Event)? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.at, first.event)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].at, heap[left].number) < (heap[right].at, heap[right].number)
    }
}
