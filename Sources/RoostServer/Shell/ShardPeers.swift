import Logging
import NIOCore
import RoostCore
import RoostNode
import RoostTransport

/// Connects one shard with the links of its event loop, outgoing and incoming.
final class ShardPeers: PeerPortDelegate, @unchecked Sendable {
    // `@unchecked`: every member is touched on the shard's loop alone, but for the constants.

    private let shard: ShardShell
    private let lives: PeerLives
    private let logger: Logger
    private var siblings: [ShardShell] = []
    private weak var control: ControlShell?
    private var cluster = ClusterID(high: 0, low: 0)
    private var boots: [NodeID: BootCounter] = [:]
    /// What one read brought for other shards of this node.
    private var inboxes: [[(peer: NodeID, message: PeerMessage)]] = []

    init(shard: ShardShell, lives: PeerLives, logger: Logger) {
        self.shard = shard
        self.lives = lives
        self.logger = logger
    }

    func join(_ siblings: [ShardShell], control: ControlShell) {
        self.siblings = siblings
        inboxes = Array(repeating: [], count: siblings.count)
        self.control = control
    }

    /// From now on only nodes of this cluster, or of none yet, are spoken to.
    func adopt(_ cluster: ClusterID) {
        self.cluster = cluster
    }

    func hello(to peer: NodeID) -> PeerHello { lives.hello(to: peer, cluster: cluster) }

    func judge(_ hello: PeerHello) -> PeerVerdict {
        let verdict = lives.with { $0.judge(hello, cluster: cluster) }
        switch verdict {
        case .accepted: break
        case .answered(let reason), .refused(let reason): tell(reason, of: hello)
        }
        return verdict
    }

    private func tell(_ reason: PeerVerdict.Reason, of hello: PeerHello) {
        switch reason {
        case .isSelf, .over:
            break
        case .sameIdentity:
            logger.error(
                "a peer uses this node's identity: is its data directory a copy?", metadata: ["node": "\(hello.node)"])
        case .otherCluster(let cluster):
            logger.warning(
                "a peer belongs to another cluster", metadata: ["node": "\(hello.node)", "cluster": "\(cluster)"])
        case .ownDirectoryIsOlder(let rollback):
            control?.rolledBack(rollback, rememberedBy: hello.node)
        case .peerIsOlder:
            logger.error(
                "a peer runs on an older copy of its data directory", metadata: ["node": "\(hello.node)"])
        }
    }

    var durablePosition: UInt64 { lives.durablePosition }

    func heard(position: UInt64, of peer: PeerHello) {
        let life = NodeLife(boot: peer.life.boot, process: peer.life.process, position: position)
        lives.with { $0.heard(life, of: peer.node) }
    }

    func received(_ message: PeerMessage, from peer: NodeID) {
        switch message {
        case .expand(let expansion):
            for (target, part) in expansion.parts(of: siblings.count) {
                received(.expand(part), from: peer, for: target)
            }
        case .subscribeAgain:
            // For every gateway of the node: which loop took the link says nothing about whose sessions it concerns.
            for target in siblings.indices { received(message, from: peer, for: target) }
        default:
            received(message, from: peer, for: message.shard(of: siblings.count) ?? shard.shard)
        }
    }

    private func received(_ message: PeerMessage, from peer: NodeID, for target: Int) {
        guard target != shard.shard else {
            shard.turn { machine, actions in machine.peerSent(message, from: peer, now: Clock.now, into: &actions) }
            return
        }
        // A token of a shard that this life does not have is of an earlier life.
        guard inboxes.indices.contains(target) else { return }
        inboxes[target].append((peer, message))
    }

    func received(_ message: ControlMessage, from peer: NodeID) {
        control?.peerSent(message, from: peer)
    }

    func peerReadCycleEnded() {
        shard.flush()
        for index in inboxes.indices where !inboxes[index].isEmpty {
            let messages = inboxes[index]
            inboxes[index].removeAll(keepingCapacity: true)
            let sibling = siblings[index]
            sibling.loop.execute { sibling.receive(messages) }
        }
    }

    func linkUp(to peer: PeerHello) {
        lives.with { $0.heard(peer.life, of: peer.node) }
        let known = boots.updateValue(peer.life.boot, forKey: peer.node)
        shard.linkUp(peer.node, isNewLife: known.map { $0 < peer.life.boot } ?? false)
        if shard.shard == 0 {
            logger.info("link up", metadata: ["node": "\(peer.node)", "boot": "\(peer.life.boot)"])
        }
    }

    func linkDown(to peer: NodeID) {
        shard.linkDown(peer)
        if shard.shard == 0 { logger.warning("link down", metadata: ["node": "\(peer)"]) }
    }

    func peerMisbehaved(_ address: String, _ text: String) {
        shard.counters.peerRefused()
        logger.warning("peer \(text)", metadata: ["address": "\(address)"])
    }
}
