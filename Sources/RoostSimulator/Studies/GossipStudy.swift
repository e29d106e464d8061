import RoostCore
import RoostMembership

/// What the gossip of a cluster costs and how fast it is: membership machines alone, on a network that loses datagrams.
///
/// All nodes start with the ring of all members, as after a power cut; when they have found each other, traffic is measured, then a
/// node adopts the next epoch, then a node dies.
public struct GossipStudy {
    /// What was measured.
    public struct Result: Equatable, Sendable {
        /// Nodes.
        public var nodes = 0
        /// Datagrams lost, of a hundred.
        public var lossPercent = 0
        /// Seconds until every node held every other for alive; negative when that did not happen.
        public var settledSeconds = -1.0
        /// Bytes that a node sent in a second of quiet, headers of UDP not counted.
        public var bytesPerNodeSecond = 0.0
        /// The busiest node's.
        public var bytesPerNodeSecondMost = 0.0
        /// Times that somebody held a living node for suspect, in an hour of that node.
        public var falseSuspicionsPerNodeHour = 0.0
        /// Times that a node took a living one for dead.
        public var falseDeaths = 0
        /// Seconds until half of the nodes had heard of a new epoch.
        public var epochSecondsHalf = -1.0
        /// Seconds until all had.
        public var epochSecondsAll = -1.0
        /// Seconds until half of the nodes took a dead node for dead.
        public var deathSecondsHalf = -1.0
        /// Seconds until all did.
        public var deathSecondsAll = -1.0
    }

    private enum Event {
        case timer(Int)
        case datagram(from: Int, to: Int, GossipDatagram)
    }

    private static let cluster = ClusterID(high: 1, low: 1)
    private static let settleSecondsMax = 120
    private static let quietSeconds: UInt64 = 30
    /// Further words about one suspect within this time belong to one alarm.
    private static let alarmSpan = TimeSpan.seconds(10)
    private static let waitSecondsMax = 180

    private let members: [MemberDescription]
    private let lossPercent: Int
    private var random: SeededRandom
    private var machines: [MembershipMachine] = []
    private var places: [NodeID: Int] = [:]
    private var addresses: [String: Int] = [:]
    private var timers: [Instant]
    private var agenda = Agenda<Event>()
    private var now = Instant.zero
    private var dead: Int?
    private var actions: [MembershipAction] = []
    private var bytesSent: [Int]
    private var falseSuspicions = 0
    private var falseDeaths = 0
    /// When each node was last held for suspect by somebody.
    private var suspectedAt: [Instant?]
    private var epoch: [Epoch]
    /// When each node learned what is being waited for.
    private var learned: [Instant?]
    private var awaitedEpoch: Epoch = 0

    /// Prepares a study.
    /// - Parameters:
    ///   - nodes: how many, at least 2.
    ///   - lossPercent: datagrams lost.
    ///   - seed: decides everything.
    public init(nodes: Int, lossPercent: Int, seed: UInt64 = 1) {
        self.lossPercent = lossPercent
        var random = SeededRandom(seed: seed)
        members = (0..<max(2, nodes)).map { index in
            MemberDescription(
                id: UniqueID.random(using: &random), name: "n\(index)", zone: "",
                address: "10.0.\(index / 250).\(index % 250 + 1):7401",
                clientAddress: "10.0.\(index / 250).\(index % 250 + 1):7400", boot: 1)
        }
        self.random = random
        let count = members.count
        timers = [Instant](repeating: .distantFuture, count: count)
        bytesSent = [Int](repeating: 0, count: count)
        suspectedAt = [Instant?](repeating: nil, count: count)
        epoch = [Epoch](repeating: 1, count: count)
        learned = [Instant?](repeating: nil, count: count)
        for (place, member) in members.enumerated() {
            places[member.id] = place
            addresses[member.address] = place
        }
    }

    /// Runs the study.
    public mutating func run() -> Result {
        var result = Result()
        result.nodes = members.count
        result.lossPercent = lossPercent
        begin()
        for _ in 0..<GossipStudy.settleSecondsMax where !isSettled { step(for: .seconds(1)) }
        guard isSettled else { return result }
        result.settledSeconds = seconds(now)
        // The rumours of the start die down before the quiet is measured.
        step(for: .seconds(30))
        measureQuiet(&result)
        spreadEpoch(&result)
        killOne(&result)
        return result
    }

    // MARK: Phases

    private mutating func begin() {
        for (place, member) in members.enumerated() {
            let seeds = [members[0].address, members[members.count - 1].address]
            var machine = MembershipMachine(local: member, seeds: seeds, random: SeededRandom(seed: random.next()))
            machine.adoptRing(cluster: GossipStudy.cluster, epoch: 1, hash: GossipStudy.hash(of: 1), members: members)
            machines.append(machine)
            turn(place) { machine, now, actions in machine.start(now: now, into: &actions) }
        }
    }

    private var isSettled: Bool {
        machines.allSatisfy { machine in machine.members.allSatisfy { $0.status == .alive } }
    }

    private mutating func measureQuiet(_ result: inout Result) {
        for place in bytesSent.indices { bytesSent[place] = 0 }
        falseSuspicions = 0
        falseDeaths = 0
        step(for: .seconds(GossipStudy.quietSeconds))
        let span = Double(GossipStudy.quietSeconds)
        let count = Double(members.count)
        result.bytesPerNodeSecond = Double(bytesSent.reduce(0, +)) / span / count
        result.bytesPerNodeSecondMost = Double(bytesSent.max() ?? 0) / span
        result.falseSuspicionsPerNodeHour = Double(falseSuspicions) * 3600 / span / count
        result.falseDeaths = falseDeaths
    }

    private mutating func spreadEpoch(_ result: inout Result) {
        let begin = now
        awaitedEpoch = 2
        adopt(2, at: 0)
        (result.epochSecondsHalf, result.epochSecondsAll) = wait(from: begin)
    }

    private mutating func killOne(_ result: inout Result) {
        for place in learned.indices { learned[place] = nil }
        let begin = now
        let victim = members.count / 2
        dead = victim
        learned[victim] = begin
        (result.deathSecondsHalf, result.deathSecondsAll) = wait(from: begin)
    }

    private mutating func wait(from begin: Instant) -> (half: Double, all: Double) {
        for _ in 0..<GossipStudy.waitSecondsMax * 10 where learned.contains(where: { $0 == nil }) {
            step(for: .milliseconds(100))
        }
        let spans = learned.compactMap { $0 }.map { seconds(Instant(nanoseconds: $0.since(begin).nanoseconds)) }
            .sorted()
        let half = spans.count > members.count / 2 ? spans[members.count / 2] : -1
        return (half, spans.count == members.count ? spans[spans.count - 1] : -1)
    }

    private func seconds(_ instant: Instant) -> Double { Double(instant.nanoseconds / 1_000_000) / 1000 }

    private static func hash(of epoch: Epoch) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: epoch), count: 32)
    }

    // MARK: Turns

    private mutating func step(for span: TimeSpan) {
        let end = now + span
        while let (time, event) = agenda.next(before: end) {
            now = max(now, time)
            switch event {
            case .timer(let place):
                timers[place] = .distantFuture
                guard place != dead else { continue }
                turn(place) { machine, now, actions in
                    if now >= machine.nextDeadline { machine.timerFired(now: now, into: &actions) }
                }
            case .datagram(let from, let to, let datagram):
                guard to != dead else { continue }
                let address = members[from].address
                turn(to) { machine, now, actions in
                    machine.received(datagram, from: address, now: now, into: &actions)
                }
            }
        }
        now = end
    }

    private mutating func turn(
        _ place: Int, _ event: (inout MembershipMachine, Instant, inout [MembershipAction]) -> Void
    ) {
        var actions = self.actions
        self.actions = []
        event(&machines[place], now, &actions)
        for action in actions { carryOut(action, at: place) }
        actions.removeAll(keepingCapacity: true)
        self.actions = actions
        let deadline = machines[place].nextDeadline
        guard deadline < timers[place] else { return }
        timers[place] = deadline
        agenda.add(.timer(place), at: max(deadline, now + TimeSpan(nanoseconds: 1000)))
    }

    private mutating func carryOut(_ action: MembershipAction, at place: Int) {
        switch action {
        case .send(let datagram, let address):
            bytesSent[place] += datagram.encode().count
            guard let to = addresses[address], random.below(100) >= lossPercent else {
                return
            }
            let latency = TimeSpan(nanoseconds: 200_000 + random.next() % 800_000)
            agenda.add(.datagram(from: place, to: to, datagram), at: now + latency)
        case .memberChanged(let node, let status):
            guard let other = places[node], status == .suspect || status == .dead else { return }
            if other == dead {
                if status == .dead, learned[place] == nil { learned[place] = now }
                return
            }
            if status == .dead { falseDeaths += 1 }
            if suspectedAt[other].map({ now.since($0) > GossipStudy.alarmSpan }) ?? true { falseSuspicions += 1 }
            suspectedAt[other] = now
        case .peerHasNewerEpoch(let epoch, _):
            if epoch == awaitedEpoch { adopt(epoch, at: place) }
        case .memberJoined, .memberRestarted, .identityConflict, .dropped:
            break
        }
    }

    private mutating func adopt(_ epoch: Epoch, at place: Int) {
        guard self.epoch[place] < epoch else { return }
        self.epoch[place] = epoch
        learned[place] = now
        machines[place].adoptRing(
            cluster: GossipStudy.cluster, epoch: epoch, hash: GossipStudy.hash(of: epoch), members: members)
    }
}
