import OrderedCollections
import RoostConsensus
import RoostCore
import RoostRing
import RoostSession

/// What a new ring means for operations under way: those on slots that have changed begin again, under the new version and with
/// new tokens, so that no answer of an older version is counted among those of the new one.
extension GatewayMachine {
    mutating func adopt(_ ring: RingTable, now: Instant, into actions: inout [ShardAction]) {
        let old = self.ring
        self.ring = ring
        // Without a ring nobody could be told what the log remembers to have ended.
        guard let old else { return sayReceiptsAgain(where: { _ in true }, into: &actions) }
        func hasChanged(_ slot: Slot) -> Bool { old.version(of: slot) != ring.version(of: slot) }
        func isBereft(_ slot: Slot) -> Bool { old.lossVersion(of: slot) != ring.lossVersion(of: slot) }
        forgetPlaces(where: isBereft, ring, now: now, into: &actions)
        restart(\.replications, where: hasChanged, ring, now: now, into: &actions)
        restart(\.questions, where: hasChanged, ring, now: now, into: &actions)
        restart(\.fetches, where: hasChanged, ring, now: now, into: &actions)
        restart(\.mailboxOperations, where: hasChanged, ring, now: now, into: &actions)
        restartRegisters(where: hasChanged, ring, now: now, into: &actions)
        resubscribe(where: hasChanged, ring, now: now, into: &actions)
        sayReceiptsAgain(where: hasChanged, into: &actions)
        rehomeInterests(where: hasChanged, ring, now: now, into: &actions)
    }

    /// The loss of a majority of these slots' owners was accepted. What sessions know of the streams there may be known to no
    /// owner any more: a number above would be kept behind a gap that nobody fills. So each stream is opened anew, and each
    /// queue is asked for anew.
    private mutating func forgetPlaces(
        where isBereft: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        guard ring.slotCount.slots.contains(where: isBereft) else { return }
        for token in Array(replications.keys) {
            guard let operation = replications[token], isBereft(operation.request.slot) else { continue }
            replications.removeValue(forKey: token)
            failed(
                operation.key, session: operation.session, now: now,
                "the recipient's owners were lost: resend as a retry", into: &actions)
        }
        for token in sessions.keys.sorted() {
            guard let index = sessions.index(forKey: token) else { continue }
            sessions.values[index].machine.forgetPlaces { isBereft(ring.slot(of: $0)) }
            guard let slot = sessions.values[index].subscription?.slot, isBereft(slot) else { continue }
            sessions.values[index].machine.forgetBacklog()
            sessions.values[index].subscription?.isLive = false
            sessions.values[index].subscription?.backlog = [:]
        }
    }

    private mutating func restart<Operation: OwnerOperation>(
        _ operations: WritableKeyPath<GatewayMachine, OrderedDictionary<GatewayToken, Operation>>,
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in Array(self[keyPath: operations].keys) {
            guard var operation = self[keyPath: operations][token], hasChanged(operation.request.slot) else { continue }
            self[keyPath: operations].removeValue(forKey: token)
            let fresh = newToken()
            operation.begin(again: fresh, under: ring, askAgainAt: now + GatewayMachine.patience)
            self[keyPath: operations][fresh] = operation
            for owner in operation.owners { actions.append(.send(owner, .request(operation.request))) }
        }
    }

    private mutating func resubscribe(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in sessions.keys.sorted() {
            guard let index = sessions.index(forKey: token), let subscribed = sessions.values[index].subscription,
                hasChanged(subscribed.slot)
            else { continue }
            sessions.values[index].subscription?.answered = 0
            sessions.values[index].subscription?.doubtful = 0
            let pusher = choosePusher(subscribed.slot, in: ring)
            sessions.values[index].subscription?.pusher = pusher
            sessions.values[index].subscription?.askAgainAt = now + GatewayMachine.patience
            sessions.values[index].subscription?.deadline = now + GatewayMachine.operationDeadline
            unsubscribedSessions.append(token)
            for owner in ring.owners(of: subscribed.slot) { sendSubscribe(token, to: owner, into: &actions) }
        }
    }

    /// An owner goes by another version. If this node's ring is the newer one, the owner has it in a moment and is asked again
    /// then; if it is the older one, the operation begins again when the newer one has come.
    mutating func stale(_ token: GatewayToken, epoch: Epoch, now: Instant) {
        guard let ring, epoch < ring.epoch else { return }
        let soon = now + GatewayMachine.stalePatience
        if let time = replications[token]?.askAgainAt { replications[token]?.askAgainAt = min(time, soon) }
        if let time = questions[token]?.askAgainAt { questions[token]?.askAgainAt = min(time, soon) }
        if let time = mailboxOperations[token]?.askAgainAt {
            mailboxOperations[token]?.askAgainAt = min(time, soon)
        }
        if let time = sessions[token]?.subscription?.askAgainAt {
            sessions[token]?.subscription?.askAgainAt = min(time, soon)
        }
    }
}
