import RoostCore
import RoostMembership
import Testing

/// The n-th node of a test.
func nodeID(_ number: Int) -> NodeID {
    NodeID(high: 0xA000, low: UInt64(number))
}

/// Where the n-th node of a test is.
func address(_ number: Int) -> String {
    "node-\(number):7401"
}

/// How the n-th node of a test presents itself.
func node(_ number: Int, boot: BootCounter = 1, at place: String? = nil) -> MemberDescription {
    MemberDescription(
        id: nodeID(number), name: "node-\(number)", zone: "zone-\(number % 3)", address: place ?? address(number),
        clientAddress: "node-\(number):7400", boot: boot)
}

let noCluster = ClusterID(high: 0, low: 0)
let cluster = ClusterID(high: 1, low: 1)
let otherCluster = ClusterID(high: 2, low: 2)

extension Instant {
    static func milliseconds(_ count: UInt64) -> Instant { .zero + .milliseconds(count) }
}

/// One machine, node 1, and what it is told and does, as a script.
struct Transcript {
    var machine: MembershipMachine
    var now = Instant.zero
    /// What came of the last event.
    private(set) var actions: [MembershipAction] = []

    init(boot: BootCounter = 1, seeds: [String] = [], settings: MembershipSettings = MembershipSettings()) {
        machine = MembershipMachine(
            local: node(1, boot: boot), seeds: seeds, settings: settings, random: SeededRandom(seed: 7))
        actions = []
        machine.start(now: now, into: &actions)
    }

    /// A node that has met these others.
    init(knowing others: [Int], settings: MembershipSettings = MembershipSettings()) {
        self.init(settings: settings)
        for other in others { hear(from: other, .gossip, [alive(other)]) }
    }

    func alive(_ number: Int, boot: BootCounter = 1, counter: UInt64 = 0, in cluster: ClusterID = noCluster)
        -> MemberUpdate
    {
        .alive(
            node(number, boot: boot), cluster: cluster,
            incarnation: Incarnation(rawValue: Incarnation(boot: boot).rawValue + counter))
    }

    /// A datagram of another node arrives.
    mutating func hear(
        from number: Int, _ kind: GossipDatagram.Kind, _ updates: [MemberUpdate] = [], boot: BootCounter = 1,
        process: UInt64? = nil, cluster: ClusterID = noCluster, epoch: Epoch = 0, epochHash: UInt64 = 0,
        at place: String? = nil
    ) {
        let datagram = GossipDatagram(
            cluster: cluster, sender: nodeID(number), incarnation: Incarnation(boot: boot),
            process: process ?? UInt64(number), epoch: epoch, epochHash: epochHash, kind: kind, updates: updates)
        hear(datagram, at: place ?? address(number))
    }

    mutating func hear(_ datagram: GossipDatagram, at place: String) {
        actions = []
        machine.received(datagram, from: place, now: now, into: &actions)
    }

    /// Whoever looked found nobody who keeps this node's identity.
    mutating func uphold() {
        actions = []
        machine.identityUpheld(into: &actions)
    }

    /// Lets time pass, timer after timer, and keeps all that was done in it.
    mutating func pass(_ span: TimeSpan) {
        actions = []
        let end = now + span
        var firings = 0
        while machine.nextDeadline <= end {
            firings += 1
            guard firings < 10_000 else {
                Issue.record("the timer never rests: \(machine.nextDeadline) at \(now)")
                break
            }
            now = max(now, machine.nextDeadline)
            machine.timerFired(now: now, into: &actions)
        }
        now = end
    }

    /// Lets time pass while this other answers every ping; what was sent in it.
    mutating func pass(_ span: TimeSpan, answering number: Int) -> [(GossipDatagram, to: String)] {
        let end = now + span
        var all: [(GossipDatagram, to: String)] = []
        while machine.nextDeadline <= end, all.count < 10_000 {
            pass(machine.nextDeadline.since(now))
            let sent = sent
            all += sent
            for (datagram, place) in sent where place == address(number) {
                if case .ping(let sequence, _) = datagram.kind { hear(from: number, .ack(sequence: sequence)) }
            }
        }
        now = end
        return all
    }

    /// Lets time pass until something was sent of which this holds.
    mutating func pass(until isAwaited: (GossipDatagram) -> Bool) throws -> (GossipDatagram, to: String) {
        for _ in 0..<1000 {
            now = max(now, machine.nextDeadline)
            actions = []
            machine.timerFired(now: now, into: &actions)
            if let found = sent.first(where: { isAwaited($0.0) }) { return found }
        }
        throw Unexpected.silence
    }

    /// Lets time pass until the machine pings somebody of its own accord.
    mutating func passUntilPing() throws -> (sequence: UInt32, target: NodeID, to: String) {
        let (datagram, place) = try pass { if case .ping = $0.kind { true } else { false } }
        guard case .ping(let sequence, let target) = datagram.kind else { throw Unexpected.kind(datagram.kind) }
        return (sequence, target, place)
    }

    /// The datagrams of the last event.
    var sent: [(GossipDatagram, to: String)] {
        actions.compactMap { if case .send(let datagram, let place) = $0 { (datagram, place) } else { nil } }
    }

    /// All else of the last event.
    var said: [MembershipAction] {
        actions.filter { if case .send = $0 { false } else { true } }
    }

    func status(of number: Int) -> MemberStatus? {
        machine.members.first { $0.description.id == nodeID(number) }?.status
    }
}

/// A transcript took another turn.
enum Unexpected: Error {
    case kind(GossipDatagram.Kind)
    case silence
}
