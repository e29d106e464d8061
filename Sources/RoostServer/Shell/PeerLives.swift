import RoostCore
import RoostNode
import RoostStorage
import Synchronization

/// Which life this node is in, and what it remembers of the others': asked by the links of every event loop.
final class PeerLives: Sendable {
    /// What changes.
    private struct State {
        var memory: LifeMemory
        /// A life was heard of that the file does not have.
        var hasNewLife = false
        var keptAt: Instant
        /// This node stops: it speaks to nobody any more.
        var isOver = false
    }

    /// Boot counter and process of this life. Its position is where the log was at its start.
    let own: NodeLife
    /// Where the log was at the start; `nil` when parts of it were damaged.
    private let recovered: UInt64?
    private let log: LogService
    private let state: Mutex<State>
    /// Positions that a peer has told are kept on disk this often; new lives at once. They rise all the time, and matter
    /// only when this node and an older copy of another start together.
    private static let keepInterval = TimeSpan.seconds(60)

    init(boot: BootCounter, process: UInt64, memory: LifeMemory, log: LogService) {
        own = NodeLife(boot: boot, process: process, position: log.recoveredPosition)
        recovered = log.report.corruptions.isEmpty ? log.recoveredPosition : nil
        self.log = log
        state = Mutex(State(memory: memory, keptAt: Clock.now))
    }

    /// This life as it stands.
    var now: NodeLife { NodeLife(boot: own.boot, process: own.process, position: log.durablePosition) }

    /// What is remembered of a node.
    func remembered(of node: NodeID) -> NodeLife? { state.withLock { $0.memory.life(of: node) } }

    /// A node says which life it is in.
    func heard(_ life: NodeLife, of node: NodeID) {
        state.withLock { state in
            if state.memory.heard(life, of: node) { state.hasNewLife = true }
        }
    }

    /// What this node has to reckon with, by what a peer remembers of it.
    func rollback(by remembered: NodeLife?) -> Rollback? {
        remembered.flatMap { own.rollback(by: $0, recovered: recovered) }
    }

    /// Forgets all but these nodes.
    func keep(only nodes: [NodeID]) {
        state.withLock { $0.memory.keep(only: nodes) }
    }

    /// The bytes for the disk, when it is time to write them.
    func bytesToKeep(now: Instant, isLast: Bool = false) -> [UInt8]? {
        state.withLock { state in
            guard state.hasNewLife || isLast || now >= state.keptAt + PeerLives.keepInterval else { return nil }
            state.hasNewLife = false
            state.keptAt = now
            return state.memory.encode()
        }
    }

    /// Whether this node speaks to nobody any more.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// From now on no link is accepted.
    func end() {
        state.withLock { $0.isOver = true }
    }
}

/// Where what is remembered of the others' lives is kept.
enum LivesFile {
    static let name = "lives"
}

/// Where the address is kept at which the directory's node was found last.
enum AddressFile {
    static let name = "address"
}

/// Where it is kept why a directory must not serve any more. No start of it passes this.
enum RefusalFile {
    static let name = "refused"
}
