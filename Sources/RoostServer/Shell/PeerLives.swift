import RoostCore
import RoostNode
import RoostStorage
import Synchronization

/// The node's ``LifeMachine``, asked by the links of every event loop.
final class PeerLives: Sendable {
    /// Boot counter and process of this life. Its position is where the log was at its start.
    let own: NodeLife
    private let log: LogService
    private let machine: Mutex<LifeMachine>

    init(node: NodeID, boot: BootCounter, process: UInt64, memory: LifeMemory, log: LogService) {
        own = NodeLife(boot: boot, process: process, position: log.recoveredPosition)
        self.log = log
        machine = Mutex(
            LifeMachine(
                node: node, own: own, isLogDamaged: !log.report.corruptions.isEmpty, memory: memory, now: Clock.now))
    }

    /// How far the log is on stable storage.
    var durablePosition: UInt64 { log.durablePosition }

    /// Lets the machine answer or take an event.
    func with<Answer: Sendable>(_ body: (inout LifeMachine) -> Answer) -> Answer {
        machine.withLock { body(&$0) }
    }

    /// How this node introduces itself.
    func hello(to peer: NodeID, cluster: ClusterID) -> PeerHello {
        let position = durablePosition
        return with { $0.hello(to: peer, cluster: cluster, position: position) }
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
