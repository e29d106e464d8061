/// The answer of `GET /admin/v1/ring/progress`: how far a move of slots is.
public struct MoveProgress: Codable, Equatable, Sendable {
    /// What one node has to do with it.
    public struct Node: Codable, Equatable, Sendable {
        /// The node's name.
        public var node: String
        /// `member`, `joining` or `leaving`.
        public var standing: String
        /// Slots that are on their way to it now.
        public var arriving: Int
        /// Bytes of other nodes' copies that it has taken in since it was started.
        public var bytesPulled: Int

        /// Makes it.
        public init(node: String, standing: String, arriving: Int, bytesPulled: Int = 0) {
            self.node = node
            self.standing = standing
            self.arriving = arriving
            self.bytesPulled = bytesPulled
        }
    }

    /// The ring in force.
    public var epoch: UInt64
    /// Copies of slots that the change asked for moves in all; 0 when nothing moves.
    public var planned: Int
    /// Those that have not arrived yet, the ones on their way among them.
    public var left: Int
    /// Those that are on their way now.
    public var moving: Int
    /// Whether an operator has paused it.
    public var isPaused: Bool
    /// What each node takes in at most, bytes a second; 0 for no limit.
    public var bytesPerSecondMax: UInt64
    /// Every member.
    public var nodes: [Node]

    /// Makes a progress.
    public init(
        epoch: UInt64, planned: Int, left: Int, moving: Int, isPaused: Bool, bytesPerSecondMax: UInt64, nodes: [Node]
    ) {
        self.epoch = epoch
        self.planned = planned
        self.left = left
        self.moving = moving
        self.isPaused = isPaused
        self.bytesPerSecondMax = bytesPerSecondMax
        self.nodes = nodes
    }
}

extension MoveProgress {
    /// Copies that have arrived.
    public var done: Int { max(0, planned - left) }

    /// Nothing moves, and nobody comes or goes.
    public var isAtRest: Bool { planned == 0 && left == 0 && nodes.allSatisfy { $0.standing == "member" } }

    /// Who is on the way in or out, like `n4 joins, n2 leaves`.
    public var comingAndGoing: String {
        nodes.compactMap { node in
            switch node.standing {
            case "joining": "\(node.node) joins"
            case "leaving": "\(node.node) leaves"
            default: nil
            }
        }.joined(separator: ", ")
    }
}
