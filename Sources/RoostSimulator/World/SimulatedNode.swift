import RoostCore
import RoostMembership
import RoostNode
import RoostRing

/// One node of a simulation: its machines while it lives, and its disk, which outlives them.
struct SimulatedNode: Sendable {
    let index: Int
    let id: NodeID
    /// How far its clock is ahead.
    let skew: TimeSpan
    var disk = VirtualDisk()
    /// Rises with each start, so that what was under way for an earlier life is not taken for this one's.
    var life = 0
    var isUp = false
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
    var lives: [Int: BootCounter] = [:]

    init(index: Int, options: SimulationOptions, random: inout SeededRandom) {
        self.index = index
        id = UniqueID.random(using: &random)
        let most = options.skewMax.nanoseconds
        skew = TimeSpan(nanoseconds: most == 0 ? 0 : random.next() % most)
        shard = ShardMachine(node: id, nodeName: "n\(index)", shard: 0, random: random)
        control = SimulatedNode.control(
            index: index, id: id, boot: 0, record: nil, nodes: options.nodes, random: random)
    }

    static func control(
        index: Int, id: NodeID, boot: BootCounter, record: EpochRecord?, nodes: Int, random: SeededRandom
    ) -> ControlMachine {
        let local = MemberDescription(
            id: id, name: "n\(index)", zone: "z\(index % 3)", address: address(index), clientAddress: "c\(index):1",
            boot: boot)
        return ControlMachine(
            local: local, record: record, seeds: (0..<nodes).map { address($0) }, random: random)
    }

    static func address(_ index: Int) -> String { "n\(index):1" }

    static func index(of address: String) -> Int? {
        Int(address.dropFirst().prefix { $0 != ":" })
    }
}
