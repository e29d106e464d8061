import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostSession

/// A whole cluster with its clients: the machines of production on a virtual network, disk and clock, all driven by one seed.
///
/// A run has a beginning without faults (the nodes find each other, a ring is made, people register), a safety phase in
/// which faults happen and nothing wrong may be seen, and a liveness phase in which everything is healed and everything
/// must get done. It belongs to the task that made it.
public struct Simulation {
    /// What a run came to.
    public struct Report: Equatable, Sendable {
        /// The seed.
        public var seed: UInt64
        /// The name of the scenario that was played, if one was.
        public var scenario: String?
        /// What the seed drew.
        public var options: SimulationOptions
        /// Events that happened.
        public var events: Int
        /// The hash of all of them, in order.
        public var traceHash: UInt64
        /// Messages that were said to be `sent`.
        public var sent: Int
        /// Messages that a person received for the first time.
        public var delivered: Int
        /// Messages that came to a person again.
        public var repeated: Int
        /// Messages and events that have a place in the order of a group.
        public var ordered: Int
        /// Messages that were `sent` and on lost disks only, when operators accepted the loss of two of three.
        public var lost: Int
        /// Starts and processes that ended because their data directory is not what its node was.
        public var refused: Int
        /// Messages about presence and typing from one node to another.
        public var presenceMessages: Int
        /// What must not have happened; empty for a good run.
        public var violations: [Violation]
    }

    let seed: UInt64
    let options: SimulationOptions
    let mutant: Mutant?
    var random: SeededRandom
    /// Draws what people watch and type, so that it changes nothing of what else they do.
    var presenceRandom: SeededRandom
    /// Draws when people read.
    var receiptRandom: SeededRandom
    /// Draws who links a second device, and when.
    var deviceRandom: SeededRandom
    /// Draws what people want to change about each other.
    var relationRandom: SeededRandom
    /// Draws who takes which handle.
    var handleRandom: SeededRandom
    var trace: Trace
    var now = Instant.zero
    var agenda = Agenda<Event>()
    var nodes: [SimulatedNode] = []
    /// The place of each node in `nodes`.
    var places: [NodeID: Int] = [:]
    /// The node that runs on each machine.
    var occupants: [Int] = []
    /// The latest copy of the directory on each machine.
    var copies: [Int: DirectoryCopy] = [:]
    var people: [Person] = []
    var links: [Int: Link] = [:]
    var nextLink = 0
    /// Ways that are cut, one direction each; how often, for cuts overlap.
    var cuts: [Int: Int] = [:]
    /// Links whose bytes are held, in the same manner.
    var clogs: [Int: Int] = [:]
    var isFaulty = false
    var violations: [Violation] = []
    var repeated = 0
    var nextConnection = 0
    /// When the last frame of each connection and direction arrives: they do not overtake each other.
    var lastClientArrival: [Int: Instant] = [:]
    var record = RunRecord()
    var accounts = AccountLoad()
    var groupLoad = GroupLoad()
    var relations = RelationLoad()
    var handleLoad = HandleLoad()
    /// Who asked to link a device, by the operation on the account.
    var linkings: [Int: Int] = [:]
    /// The device that is to be taken out of an account, by the operation on that.
    var revocations: [Int: Int] = [:]
    /// What the people are called where a scenario is played; otherwise they have numbers.
    var cast: [String] = []
    /// The token of the last change of the ring that was asked for.
    var nextChange: UInt64 = 1
    /// Before then no operator removes another member.
    var nextRemoval = Instant.zero
    /// Reused by the machines.
    var shardActions: [ShardAction] = []
    var controlActions: [ControlAction] = []

    /// Prepares a run.
    /// - Parameters:
    ///   - seed: decides everything.
    ///   - options: what there is and what goes wrong; by default what the seed draws, for a mutant in the shape where it shows.
    ///   - mutant: a rule to break, to see that it is missed.
    ///   - isPrinting: whether every event is printed.
    public init(
        seed: UInt64, options: SimulationOptions? = nil, mutant: Mutant? = nil, isPrinting: Bool = false
    ) {
        self.seed = seed
        self.options = options ?? mutant?.options(seed: seed) ?? SimulationOptions(seed: seed)
        self.mutant = mutant
        random = SeededRandom(seed: seed)
        presenceRandom = SeededRandom(seed: seed ^ 0x9E5E)
        receiptRandom = SeededRandom(seed: seed ^ 0x4EAD)
        deviceRandom = SeededRandom(seed: seed ^ 0xDE71)
        relationRandom = SeededRandom(seed: seed ^ 0x8E1A)
        handleRandom = SeededRandom(seed: seed ^ 0x4A9D)
        trace = Trace(isPrinting: isPrinting)
    }

    /// Runs to the end.
    public mutating func run() -> Report {
        begin()
        if violations.isEmpty { letPeopleTalk() }
        if violations.isEmpty {
            planFaults()
            step(until: now + .seconds(UInt64(options.safetySeconds)))
            finish()
        }
        return report
    }

    /// The liveness phase, and what has to be so at its end.
    mutating func finish() {
        healEverything()
        let end = now + .seconds(UInt64(options.livenessSeconds))
        while now < end, !isDone, violations.isEmpty { step(until: min(end, now + .milliseconds(500))) }
        if violations.isEmpty { checkEnd() }
        if violations.isEmpty { checkHandles() }
        if violations.isEmpty { checkReceiptsKnown() }
        if violations.isEmpty { checkPresence() }
    }

    /// What the run has come to.
    var report: Report {
        Report(
            seed: seed, options: options, events: trace.events, traceHash: trace.hash,
            sent: people.reduce(0) { $0 + $1.sentCount }, delivered: people.reduce(0) { $0 + $1.receivedCount },
            repeated: repeated, ordered: groupLoad.groups.reduce(0) { $0 + $1.order.count },
            lost: record.excused.values.reduce(0) { $0 + $1.count },
            refused: record.refused, presenceMessages: record.presenceMessages, violations: violations)
    }

    /// The slot of a name in this run's ring.
    func slot(of name: String) -> Slot { (SlotCount(options.slots) ?? .standard).slot(of: name) }

    mutating func violate(_ rule: Invariant, _ text: String) {
        trace.note(now, .violation, UInt64(violations.count), saying: "VIOLATION \(rule.rawValue): \(text)")
        violations.append(Violation(rule: rule, text: text))
    }

    /// Lets everything happen until `end`, or until something must not have happened.
    mutating func step(until end: Instant) {
        while violations.isEmpty, let (time, event) = agenda.next(before: end) {
            now = max(now, time)
            happen(event)
        }
        now = max(now, end)
    }

    // MARK: The beginning

    private var isCluster: Bool { nodes.prefix(options.nodes).allSatisfy(\.hasRing) }

    /// Nodes find each other, a ring is made, people register.
    mutating func begin() {
        occupants = Array(0..<(options.nodes + options.spares))
        let known = occupants.count + options.wipes + 2 * options.lostMajorities + options.restores
        for index in 0..<(known + options.clones) {
            let node = SimulatedNode(index: index, options: options, random: &random)
            if index < known { places[node.id] = index } else { node.host = occupants.count + index - known }
            nodes.append(node)
        }
        agenda.add(.heartbeat, at: now + Simulation.heartbeat)
        agenda.add(.keepLives, at: now + Simulation.keepInterval)
        for index in 0..<options.nodes { start(index) }
        step(until: now + .seconds(1))
        guard let slotCount = SlotCount(options.slots) else {
            return violate(.liveness, "\(options.slots) slots are no ring")
        }
        control(0) { [count = options.nodes] machine, now, actions in
            machine.initRequested(token: 1, expected: count, slotCount: slotCount, now: now, into: &actions)
        }
        for _ in 0..<240 where !isCluster { step(until: now + .milliseconds(500)) }
        guard isCluster else { return violate(.liveness, "the nodes did not become a cluster") }
        // Links to everybody stand a moment after the ring does.
        step(until: now + .seconds(2))
        register()
        registerTakers()
    }
}
