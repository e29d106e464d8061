import RoostConsensus
import RoostCore
import RoostMembership
import RoostNode
import RoostRing

/// One node of a simulation: its machines while it lives, and its disk, which outlives them.
///
/// A class so that its machines are changed in place. Each simulation has its own.
final class SimulatedNode {
    let index: Int
    private(set) var id: NodeID
    /// The machine it runs on: where it is reached. A node that takes the place of one whose disk is lost has the same.
    var host: Int
    /// How far its monotonic clock is ahead.
    var skew: TimeSpan
    /// How far its wall clock is off; it may jump either way.
    var wallMilliseconds: UInt64
    var disk: VirtualDisk
    /// Rises with each start, so that what was under way for an earlier life is not taken for this one's.
    var life = 0
    var isUp = false
    /// The process is stopped: it hears what happened when it goes on.
    var isPaused = false
    /// What it will hear then.
    var stalled: [Simulation.Event] = []
    var hasRing = false
    var shard: ShardMachine
    var control: ControlMachine
    var timerAt = Instant.distantFuture
    /// When the last of the syncs under way is done: they end in the order in which they began.
    var lastSync = Instant.zero
    /// Whom it wants links to.
    var peers: [Int] = []
    /// The person and connection of each of its sessions.
    var sessions: [GatewayToken: (person: Int, connection: Int)] = [:]
    var tokens: [Int: GatewayToken] = [:]
    /// The life in which it last met each node.
    var boots: [NodeID: BootCounter] = [:]
    /// Which life it is in, and what it remembers of the others'.
    var lives: LifeMachine
    /// It was a member and is none any more: it does not come back.
    var isRemoved = false
    /// Its disk is lost, and it with that: what runs on the machine from then on is another node.
    var isLost = false
    /// Its directory is not what the node of its identity was.
    var stranger: Stranger?
    /// The right directory, while an older state is in its place.
    var keptDisk: VirtualDisk?
    /// The ring it goes by in this life.
    var table: RingTable?

    /// What a mutant tells of its registers.
    var earlyVotes: [Address: RegisterState] = [:]

    /// What a directory is that is not the node's own as it was last.
    enum Stranger: String {
        /// What the node's directory was earlier.
        case olderState = "an older state"
        /// A copy on another machine.
        case clone = "a clone"
    }

    /// Whether it takes events now.
    var isRunning: Bool { isUp && !isPaused }

    /// When the shard wants to be called. The machines are large: they are looked at in place.
    var shardDeadline: Instant { withUnsafePointer(to: &shard) { $0.pointee.nextDeadline } }

    /// When the control machine wants to be called.
    var controlDeadline: Instant { withUnsafePointer(to: &control) { $0.pointee.nextDeadline } }

    /// What it holds of a slot, as it tells other owners.
    func digest(of slot: Slot) -> UInt64 { withUnsafePointer(to: &shard) { $0.pointee.digest(of: slot) } }

    /// Whether it holds anything of a slot.
    func holds(_ slot: Slot) -> Bool { withUnsafePointer(to: &shard) { $0.pointee.holds(slot) } }

    init(index: Int, options: SimulationOptions, random: inout SeededRandom) {
        self.index = index
        host = index
        id = UniqueID.random(using: &random)
        let most = options.skewSeconds * 1000
        skew = .milliseconds(most == 0 ? 0 : UInt64(random.below(most)))
        wallMilliseconds = most == 0 ? 1_000_000 : 1_000_000_000 + UInt64(random.below(most))
        disk = VirtualDisk(log: VirtualLog(node: id, segmentRecords: options.segmentRecords))
        lives = LifeMachine(
            node: id, own: NodeLife(boot: 0, process: 0, position: 0), isLogDamaged: false, memory: LifeMemory(),
            now: .zero)
        shard = ShardMachine(node: id, nodeName: "n\(index)", shard: 0, random: random)
        control = SimulatedNode.control(
            index: index, host: index, id: id, boot: 0, record: nil, hosts: options.nodes + options.spares,
            random: random)
    }

    /// Takes another's identity, with a copy of its directory.
    func becomeClone(of other: SimulatedNode, disk: VirtualDisk) {
        id = other.id
        self.disk = disk
        stranger = .clone
    }

    static func control(
        index: Int, host: Int, id: NodeID, boot: BootCounter, record: EpochRecord?, vote: EpochVote? = nil, hosts: Int,
        random: SeededRandom
    ) -> ControlMachine {
        let local = MemberDescription(
            id: id, name: "n\(index)", zone: zone(host), address: address(host), clientAddress: "c\(host):1",
            boot: boot)
        return ControlMachine(
            local: local, record: record, vote: vote, seeds: (0..<hosts).map { address($0) }, random: random)
    }

    static func zone(_ host: Int) -> String { "z\(host % 3)" }

    static func address(_ host: Int) -> String { "n\(host):1" }

    static func host(of address: String) -> Int? {
        Int(address.dropFirst().prefix { $0 != ":" })
    }
}
