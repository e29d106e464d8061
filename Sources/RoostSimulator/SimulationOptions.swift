import RoostCore

/// The shape of one run, drawn from its seed: what there is, and what goes wrong how often. Every option is a number, so that a
/// run is written down in one line and read back, see ``description`` and ``init(_:)``.
///
/// Swarm testing (Groce and others, ISSTA 2012): most faults are left out of most runs, for their absence finds other things
/// than their presence.
public struct SimulationOptions: Equatable, Sendable, CustomStringConvertible {
    /// Nodes of the cluster.
    public var nodes = 3
    /// Nodes that wait to be added.
    public var spares = 0
    /// Slots of the ring, a power of two. With few of them each move touches what people wait for.
    public var slots = 1024
    /// Changes of the ring that operators ask for in the safety phase.
    public var ringChanges = 0
    /// Times that operators change a setting of the ring, which moves nothing, at several nodes at once.
    public var settingChanges = 0
    /// People; each has a device, sends to some others and reads what comes.
    public var people = 4
    /// People who link a second device in the safety phase.
    public var devices = 0
    /// Messages each person sends.
    public var messages = 12
    /// The longest that a part of the messages live undelivered.
    public var lifetimeSeconds = 0
    /// Operations on accounts that nobody chats with, several at once.
    public var accountOperations = 0
    /// Groups of the people.
    public var groups = 0
    /// Messages each person sends to groups.
    public var groupMessages = 0
    /// Moments at which lists of groups are changed, once or twice at a time.
    public var memberChanges = 0
    /// Times that people take others for contacts, or do not any more.
    public var contactChanges = 0
    /// Times that somebody blocks somebody for a while.
    public var blocks = 0
    /// Conversations that somebody erases.
    public var erasures = 0
    /// Times that an account takes an e-mail address or a number, several at once.
    public var handleTakings = 0
    /// Seconds in which faults happen.
    public var safetySeconds = 40
    /// Seconds after the faults in which everything must get done: owners compare their copies every ten minutes, and what the log refuses
    /// when they do waits for the next time.
    public var livenessSeconds = 1500
    /// Crashes (`kill -9`, with the cache of the disk lost) in the safety phase.
    public var crashes = 0
    /// The longest a node is down after a crash, a fifth of a second besides.
    public var downMilliseconds = 8000
    /// Whether a crash may take all nodes at once.
    public var crashesAll = 0
    /// Processes stopped for a while and continued.
    public var pauses = 0
    /// Partitions, each of one direction or both between two nodes.
    public var partitions = 0
    /// Of a hundred partitions, those that come and go several times.
    public var flappingPercent = 0
    /// Links whose bytes are held for a while, one by one.
    public var clogs = 0
    /// Times a client's connection breaks.
    public var disconnects = 0
    /// The longest a client stays away then.
    public var awayMilliseconds = 3000
    /// Datagrams lost, of a hundred.
    public var datagramLossPercent = 0
    /// Datagrams that arrive twice, of a hundred.
    public var datagramTwicePercent = 0
    /// The longest a datagram is held back more than others: what reorders them.
    public var datagramDelayMilliseconds = 0
    /// The longest a message takes between two nodes.
    public var latencyMilliseconds = 5
    /// The longest a sync takes.
    public var syncMilliseconds = 3
    /// Times a disk is forty times slower for a while.
    public var slowDisks = 0
    /// Times a disk is full for a while.
    public var fullDisks = 0
    /// Appends that the log's queue does not take, of a hundred.
    public var refusedAppendsPercent = 0
    /// Bodies that cannot be read, of a hundred.
    public var unreadablePercent = 0
    /// Records in a segment of the log; small ones are emptied often.
    public var segmentRecords = 64
    /// The furthest a node's clock is off.
    public var skewSeconds = 0
    /// Times a node's clocks jump ahead.
    public var clockJumps = 0
    /// Whether clients are slow to acknowledge and take few messages at once.
    public var smallWindows = 0
    /// Disks that are lost altogether; the machine comes back as another node. Never more at a time than the promises allow.
    public var wipes = 0
    /// Times that two disks are lost at once, which the promises do not cover: operators accept the loss.
    public var lostMajorities = 0
    /// Times that a node is killed and what it had synced is damaged when it starts again. Never more at a time either.
    public var bitRots = 0
    /// Data directories that are put back to an earlier state, and started.
    public var restores = 0
    /// Copies of data directories that are started on another machine, beside the node or while it is down.
    public var clones = 0

    /// A run without faults.
    public init() {}

    /// What the seed draws.
    public init(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x5EED)
        func sometimes(_ most: Int) -> Int { random.below(3) == 0 ? 1 + random.below(most) : 0 }
        func often(_ most: Int) -> Int { random.below(3) == 0 ? 0 : 1 + random.below(most) }
        nodes = [1, 2, 3, 3, 3, 4, 5][random.below(7)]
        people = 2 + random.below(4)
        messages = 4 + random.below(24)
        accountOperations = often(24)
        crashes = often(6)
        crashesAll = sometimes(1)
        pauses = sometimes(4)
        partitions = nodes > 1 ? often(6) : 0
        flappingPercent = sometimes(100)
        clogs = nodes > 1 ? sometimes(10) : 0
        disconnects = often(10)
        datagramLossPercent = often(20)
        datagramTwicePercent = sometimes(30)
        datagramDelayMilliseconds = sometimes(2000)
        latencyMilliseconds = [1, 5, 50, 400][random.below(4)]
        syncMilliseconds = [1, 3, 30, 300][random.below(4)]
        slowDisks = sometimes(4)
        fullDisks = sometimes(3)
        refusedAppendsPercent = sometimes(20)
        unreadablePercent = sometimes(30)
        segmentRecords = [8, 24, 64, 4096][random.below(4)]
        skewSeconds = [0, 0, 5, 3600][random.below(4)]
        clockJumps = sometimes(4)
        smallWindows = sometimes(1)
        if random.below(2) == 0 {
            spares = 1 + random.below(3)
            ringChanges = 1 + random.below(5)
        }
        slots = random.below(24) == 0 ? 1024 : [8, 8, 16, 16, 32, 64][random.below(6)]
        drawGroups(seed: seed)
        drawDevices(seed: seed)
        drawLifetimes(seed: seed)
        drawRelations(seed: seed)
        guard nodes >= 3 else { return }
        if random.below(5) == 0 { wipes = 1 + random.below(2) }
        if random.below(4) == 0 { bitRots = 1 + random.below(4) }
        if random.below(6) == 0 { settingChanges = 1 + random.below(10) }
        if nodes >= 5, random.below(4) == 0 {
            lostMajorities = 1
            // What becomes of accounts that are lost is theirs who had them.
            accountOperations = 0
            // A group whose order is lost has none.
            groups = 0
            groupMessages = 0
            memberChanges = 0
            // The word that there is another device may be lost with the disks.
            devices = 0
            // And so may whom somebody knows or blocks, and what was erased.
            dropRelations()
        }
        // Drawn last: what a seed drew before there were these, it still draws.
        if random.below(4) == 0 { restores = 1 + random.below(3) }
        if random.below(4) == 0 { clones = 1 + random.below(3) }
    }

    /// With numbers of its own, like groups.
    private mutating func drawLifetimes(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x11FE)
        guard random.below(3) == 0 else { return }
        lifetimeSeconds = 2 + random.below(30)
    }

    /// With numbers of its own, like groups.
    private mutating func drawRelations(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x4E1A)
        func sometimes(_ most: Int) -> Int { random.below(3) == 0 ? 1 + random.below(most) : 0 }
        contactChanges = sometimes(12)
        blocks = sometimes(4)
        erasures = sometimes(4)
        handleTakings = sometimes(24)
    }

    /// Nobody knows or blocks anybody, or takes a handle, and nothing is erased.
    mutating func dropRelations() {
        contactChanges = 0
        blocks = 0
        erasures = 0
        handleTakings = 0
    }

    /// With numbers of its own, like groups.
    private mutating func drawDevices(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0xDE7)
        guard random.below(2) == 0 else { return }
        devices = 1 + random.below(people)
    }

    /// With numbers of its own, so that a seed's other draws are what they were before there were groups.
    private mutating func drawGroups(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x6209)
        guard random.below(2) == 0 else { return }
        groups = 1 + random.below(2)
        groupMessages = 2 + random.below(16)
        memberChanges = random.below(12)
    }
}

/// Options as text.
extension SimulationOptions {
    private static let fields: [(name: String, path: any WritableKeyPath<SimulationOptions, Int> & Sendable)] = [
        ("nodes", \.nodes), ("slots", \.slots), ("spares", \.spares), ("ring-changes", \.ringChanges),
        ("people", \.people), ("devices", \.devices),
        ("messages", \.messages), ("lifetime-seconds", \.lifetimeSeconds),
        ("groups", \.groups), ("group-messages", \.groupMessages), ("member-changes", \.memberChanges),
        ("contact-changes", \.contactChanges), ("blocks", \.blocks), ("erasures", \.erasures),
        ("handle-takings", \.handleTakings),
        ("account-operations", \.accountOperations), ("safety-seconds", \.safetySeconds),
        ("liveness-seconds", \.livenessSeconds), ("crashes", \.crashes), ("down-ms", \.downMilliseconds),
        ("away-ms", \.awayMilliseconds),
        ("crashes-all", \.crashesAll),
        ("pauses", \.pauses), ("partitions", \.partitions), ("flapping-percent", \.flappingPercent),
        ("clogs", \.clogs), ("disconnects", \.disconnects), ("datagram-loss-percent", \.datagramLossPercent),
        ("datagram-twice-percent", \.datagramTwicePercent), ("datagram-delay-ms", \.datagramDelayMilliseconds),
        ("latency-ms", \.latencyMilliseconds), ("sync-ms", \.syncMilliseconds), ("slow-disks", \.slowDisks),
        ("full-disks", \.fullDisks), ("refused-appends-percent", \.refusedAppendsPercent),
        ("unreadable-percent", \.unreadablePercent), ("segment-records", \.segmentRecords),
        ("skew-seconds", \.skewSeconds), ("clock-jumps", \.clockJumps), ("small-windows", \.smallWindows),
        ("setting-changes", \.settingChanges), ("wipes", \.wipes),
        ("lost-majorities", \.lostMajorities), ("bit-rots", \.bitRots), ("restores", \.restores),
        ("clones", \.clones),
    ]

    /// One line: what differs from a run without faults, as `name=number`.
    public var description: String {
        let plain = SimulationOptions()
        return SimulationOptions.fields
            .filter { self[keyPath: $0.path] != plain[keyPath: $0.path] }
            .map { "\($0.name)=\(self[keyPath: $0.path])" }
            .joined(separator: " ")
    }

    /// Reads what ``description`` writes; `nil` for a name that is no option or a number that is none.
    public init?(_ text: some StringProtocol) {
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[1]), number >= 0,
                let field = SimulationOptions.fields.first(where: { $0.name == parts[0] })
            else { return nil }
            self[keyPath: field.path] = number
        }
    }
}
