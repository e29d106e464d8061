import RoostCore

/// The shape of one run, drawn from its seed: what there is, and what goes wrong how often.
public struct SimulationOptions: Equatable, Sendable, CustomStringConvertible {
    /// Nodes of the cluster.
    public var nodes = 3
    /// People; each has one device, sends to some others and reads what comes.
    public var people = 4
    /// Messages each person sends.
    public var messagesEach = 12
    /// Time in which faults happen.
    public var safetyPhase = TimeSpan.seconds(40)
    /// Time after the faults in which everything must get done.
    public var livenessPhase = TimeSpan.seconds(90)
    /// Crashes (`kill -9`) in the safety phase.
    public var crashes = 0
    /// Whether a crash may take all nodes at once.
    public var crashesAll = false
    /// Partitions in the safety phase, each of one direction or both between two nodes.
    public var partitions = 0
    /// Times a client's connection breaks in the safety phase.
    public var disconnects = 0
    /// Datagrams lost, of a hundred.
    public var datagramLossPercent = 0
    /// The longest a message takes between two nodes.
    public var latencyMax = TimeSpan.milliseconds(5)
    /// The longest a sync takes.
    public var syncMax = TimeSpan.milliseconds(3)
    /// The furthest a node's clock is off.
    public var skewMax = TimeSpan.seconds(0)
    /// Whether clients are slow to acknowledge and take few messages at once.
    public var hasSmallWindows = false

    /// A run without faults.
    public init() {}

    /// What the seed draws. Faults are often left out altogether, for their absence finds other things than their presence.
    public init(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x5EED)
        func sometimes(_ range: ClosedRange<Int>) -> Int {
            random.below(3) == 0 ? 0 : range.lowerBound + random.below(range.count)
        }
        nodes = [1, 2, 3, 3, 3, 4, 5][random.below(7)]
        people = 2 + random.below(4)
        messagesEach = 4 + random.below(24)
        crashes = sometimes(1...6)
        crashesAll = random.below(3) == 0
        partitions = nodes > 1 ? sometimes(1...6) : 0
        disconnects = sometimes(1...10)
        datagramLossPercent = sometimes(1...20)
        latencyMax = .milliseconds([1, 5, 50, 400][random.below(4)])
        syncMax = .milliseconds([1, 3, 30, 300][random.below(4)])
        skewMax = .seconds([0, 0, 5, 3600][random.below(4)])
        hasSmallWindows = random.below(3) == 0
    }

    /// One line.
    public var description: String {
        """
        nodes \(nodes), people \(people), messages \(messagesEach), crashes \(crashes)\(crashesAll ? " (all at once too)" : ""), \
        partitions \(partitions), disconnects \(disconnects), datagram loss \(datagramLossPercent) %, \
        latency ≤ \(latencyMax.nanoseconds / 1_000_000) ms, sync ≤ \(syncMax.nanoseconds / 1_000_000) ms, \
        skew ≤ \(skewMax.nanoseconds / 1_000_000_000) s\(hasSmallWindows ? ", small windows" : "")
        """
    }
}
