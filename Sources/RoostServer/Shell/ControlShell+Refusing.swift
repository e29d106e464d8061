import Logging
import NIOCore
import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostStorage
import RoostTransport

/// Data directories that must not serve: copies of a living node's, and old states of this node's own.
extension ControlShell {
    /// A peer remembers more of this node than its directory holds; said on any loop.
    func rolledBack(_ rollback: Rollback, rememberedBy peer: NodeID) {
        loop.execute { [self] in
            refuse(
                .rolledBack(
                    node: local.name, directory: directory.path, peer: name(of: peer), rollback))
        }
    }

    /// Gossip says that another process goes by this identity. Datagrams may be echoes of an earlier life, so nothing
    /// follows from that before it has answered.
    func verifyIdentity(claimedAt address: String) {
        let ringAddress = machine.record?.members.first { $0.id == local.id }?.address
        let check = IdentityCheck(
            node: local.id,
            own: IdentityClaim(address: local.address, boot: local.boot, process: lives.own.process),
            ringAddress: ringAddress)
        let hello = lives.hello(to: local.id, cluster: machine.cluster)
        let suspects = check.suspects(and: address)
        let answers = suspects.map { IdentityProbe.ask($0, hello: hello, on: loop) }
        EventLoopFuture.whenAllSucceed(answers, on: loop).assumeIsolated().whenSuccess { [self] answers in
            for (suspect, answer) in zip(suspects, answers) where check.hasToGo(because: answer, at: suspect) {
                return refuse(.cloned(node: local.name, directory: directory.path, address: suspect))
            }
            guard refusal == nil else { return }
            turn { machine, actions in machine.identityUpheld(now: Clock.now, into: &actions) }
        }
    }

    /// Puts what is remembered of the others on disk, when it is time.
    func keepLives(isLast: Bool = false) {
        guard let bytes = lives.with({ $0.bytesToKeep(now: Clock.now, isLast: isLast) }) else { return }
        do {
            try directory.write(LivesFile.name, bytes)
        } catch {
            logger.warning("what is known of the others' lives could not be written", metadata: ["error": "\(error)"])
        }
    }
}
