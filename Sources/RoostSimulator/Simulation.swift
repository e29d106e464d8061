import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostSession

/// A whole cluster with its clients in one value: the machines of production on a virtual network, disk and clock, all
/// driven by one seed.
///
/// A run has a beginning without faults (the nodes find each other, a ring is made, people register), a safety phase in
/// which faults happen and nothing wrong may be seen, and a liveness phase in which everything is healed and everything
/// must get done.
public struct Simulation: Sendable {
    /// Whatever can happen next.
    enum Event: Sendable {
        case nodeTimer(node: Int, life: Int)
        case peerBytes(from: Int, to: Int, link: Int, life: Int, [UInt8])
        case datagram(from: Int, to: Int, [UInt8])
        case dial(from: Int, to: Int)
        case linkLost(from: Int, to: Int, link: Int)
        case synced(node: Int, life: Int, count: Int, token: UInt64, locations: [LogLocation])
        case written(node: Int, life: Int, token: UInt64, locations: [LogLocation])
        case read(node: Int, life: Int, token: UInt64, bodies: [[UInt8]?])
        case ringSynced(node: Int, life: Int, EpochRecord)
        case restart(node: Int)
        case clientFrame(person: Int, connection: Int, ClientFrame)
        case serverFrame(person: Int, connection: Int, ServerFrame)
        case serverClosed(person: Int, connection: Int, CloseCode)
        case connect(person: Int)
        case produce(person: Int)
        case acknowledge(person: Int, connection: Int)
        case resend(person: Int, connection: Int, to: Int)
        case ask(person: Int, connection: Int)
        case crash(node: Int?)
        case cut(from: Int, to: Int, both: Bool)
        case heal(from: Int, to: Int)
        case breakConnection(person: Int)
        case healEverything
    }

    /// What a run came to.
    public struct Report: Equatable, Sendable {
        /// The seed.
        public var seed: UInt64
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
        /// What must not have happened; empty for a good run.
        public var violations: [String]
    }

    let seed: UInt64
    let options: SimulationOptions
    var random: SeededRandom
    var trace: Trace
    var now = Instant.zero
    var agenda = Agenda<Event>()
    var nodes: [SimulatedNode] = []
    var people: [Person] = []
    var links: [Int: Link] = [:]
    var nextLink = 0
    /// Ways that are cut, one direction each.
    var cuts: Set<Int> = []
    var isFaulty = false
    var violations: [String] = []
    var repeated = 0
    var accountAnswers: [UInt64: AccountAnswer] = [:]
    var nextConnection = 0
    /// When the last frame of each connection and direction arrives: they do not overtake each other.
    var lastClientArrival: [Int: Instant] = [:]
    /// Sessions that a node has closed and whose sockets are not yet gone.
    var closing: [(node: Int, life: Int, token: GatewayToken)] = []
    /// Reused by the machines.
    var shardActions: [ShardAction] = []
    var controlActions: [ControlAction] = []

    /// Prepares a run.
    /// - Parameters:
    ///   - seed: decides everything.
    ///   - options: what there is and what goes wrong; by default what the seed draws.
    ///   - isPrinting: whether every event is printed.
    public init(seed: UInt64, options: SimulationOptions? = nil, isPrinting: Bool = false) {
        self.seed = seed
        self.options = options ?? SimulationOptions(seed: seed)
        random = SeededRandom(seed: seed)
        trace = Trace(isPrinting: isPrinting)
    }

    /// Runs to the end.
    public mutating func run() -> Report {
        begin()
        if violations.isEmpty {
            planFaults()
            step(until: now + options.safetyPhase)
            agenda.add(.healEverything, at: now)
            let end = now + options.livenessPhase
            while now < end, !isDone, violations.isEmpty { step(until: min(end, now + .milliseconds(500))) }
            checkEnd()
        }
        return Report(
            seed: seed, options: options, events: trace.events, traceHash: trace.hash,
            sent: people.reduce(0) { $0 + $1.sentCount }, delivered: people.reduce(0) { $0 + $1.receivedCount },
            repeated: repeated, violations: violations)
    }

    mutating func violate(_ text: String) {
        trace.note(now, "VIOLATION \(text)")
        violations.append(text)
    }

    /// Lets everything happen until `end`, or until something must not have happened.
    mutating func step(until end: Instant) {
        while violations.isEmpty, let (time, event) = agenda.next(before: end) {
            now = max(now, time)
            happen(event)
        }
        now = max(now, end)
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .nodeTimer(let node, let life): nodeTimer(node, life: life)
        case .peerBytes(let from, let to, let link, let life, let bytes):
            peerBytes(from: from, to: to, link: link, life: life, bytes)
        case .datagram(let from, let to, let bytes): datagramArrived(from: from, to: to, bytes)
        case .dial(let from, let to): dial(from: from, to: to)
        case .linkLost(let from, let to, let link): linkLost(from: from, to: to, link: link)
        case .synced(let node, let life, let count, let token, let locations):
            synced(node, life: life, count: count, token: token, locations: locations)
        case .written(let node, let life, let token, let locations):
            written(node, life: life, token: token, locations: locations)
        case .read(let node, let life, let token, let bodies): readDone(node, life: life, token: token, bodies: bodies)
        case .ringSynced(let node, let life, let record): ringSynced(node, life: life, record)
        case .restart(let node): start(node)
        case .clientFrame(let person, let connection, let frame): clientFrame(person, connection: connection, frame)
        case .serverFrame(let person, let connection, let frame): serverFrame(person, connection: connection, frame)
        case .serverClosed(let person, let connection, let code): serverClosed(person, connection: connection, code)
        case .connect(let person): connect(person)
        case .produce(let person): produce(person)
        case .acknowledge(let person, let connection): acknowledge(person, connection: connection)
        case .resend(let person, let connection, let to): resend(person, connection: connection, to: to)
        case .ask(let person, let connection): ask(person, connection: connection)
        case .crash(let node): crash(node)
        case .cut(let from, let to, let both): cut(from: from, to: to, both: both)
        case .heal(let from, let to): heal(from: from, to: to)
        case .breakConnection(let person): breakConnection(person)
        case .healEverything: healEverything()
        }
    }

    // MARK: The beginning

    private mutating func begin() {
        for index in 0..<options.nodes { nodes.append(SimulatedNode(index: index, options: options, random: &random)) }
        for index in nodes.indices { start(index) }
        step(until: now + .seconds(1))
        let node = 0
        control(node) { [count = options.nodes] machine, now, actions in
            machine.initRequested(token: 1, expected: count, now: now, into: &actions)
        }
        for _ in 0..<240 where !nodes.allSatisfy({ $0.hasRing }) { step(until: now + .milliseconds(500)) }
        guard nodes.allSatisfy({ $0.hasRing }) else { return violate("the nodes did not become a cluster") }
        // Links to everybody stand a moment after the ring does.
        step(until: now + .seconds(2))
        register()
    }

    // MARK: The end

    private var isDone: Bool {
        people.allSatisfy { $0.isDone(among: people) }
            && nodes.allSatisfy { $0.isUp && $0.shard.counts.pendingMessages == 0 }
    }

    private mutating func checkEnd() {
        for person in people {
            for stream in person.outbox where stream.sentUpTo < stream.produced {
                violate(
                    "\(person.name) has \(stream.produced) messages for person \(stream.to), sent are \(stream.sentUpTo)"
                )
            }
            for stream in person.outbox {
                let reader = people[stream.to]
                let key = StreamKey(device: person.device, stream: Person.streamNumber)
                let stored = reader.watermarks[key] ?? 0
                if stored < stream.sentUpTo {
                    violate("\(reader.name) has stored \(stored) of \(stream.sentUpTo) messages sent by \(person.name)")
                }
                if stream.deliveredUpTo < stream.sentUpTo {
                    violate(
                        "\(person.name) was told of \(stream.deliveredUpTo) of \(stream.sentUpTo) deliveries to \(reader.name)"
                    )
                }
            }
        }
        for node in nodes where node.isUp && node.shard.counts.pendingMessages > 0 {
            violate("n\(node.index) still keeps \(node.shard.counts.pendingMessages) messages")
        }
    }
}
