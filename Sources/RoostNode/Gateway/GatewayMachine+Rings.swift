import OrderedCollections
import RoostConsensus
import RoostCore
import RoostRing

/// What a new ring means for operations under way: those on slots that have changed begin again, under the new version and with
/// new tokens, so that no answer of an older version is counted among those of the new one.
extension GatewayMachine {
    mutating func adopt(_ ring: RingTable, now: Instant, into actions: inout [ShardAction]) {
        let old = self.ring
        self.ring = ring
        guard let old else { return }
        func hasChanged(_ slot: Slot) -> Bool { old.version(of: slot) != ring.version(of: slot) }
        restartReplications(where: hasChanged, ring, now: now, into: &actions)
        restartQuestions(where: hasChanged, ring, now: now, into: &actions)
        restartFetches(where: hasChanged, ring, into: &actions)
        restartAccounts(where: hasChanged, ring, now: now, into: &actions)
        resubscribe(where: hasChanged, ring, now: now, into: &actions)
    }

    private mutating func restartReplications(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in Array(replications.keys) {
            guard var operation = replications[token], hasChanged(operation.request.slot),
                case .replicate(var batch) = operation.request.kind
            else { continue }
            replications.removeValue(forKey: token)
            let slot = operation.request.slot
            batch.token = newToken()
            operation.request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .replicate(batch))
            operation.owners = ring.owners(of: slot)
            operation.durable = 0
            operation.refused = 0
            operation.refusal = nil
            operation.askAgainAt = now + GatewayMachine.patience
            replications[batch.token] = operation
            for owner in operation.owners { askAgain(batch.token, owner: owner, into: &actions) }
        }
    }

    private mutating func restartQuestions(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in Array(questions.keys) {
            guard var operation = questions[token], hasChanged(operation.request.slot),
                case .ask(var question) = operation.request.kind
            else { continue }
            questions.removeValue(forKey: token)
            let slot = operation.request.slot
            question.token = newToken()
            operation.request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .ask(question))
            operation.owners = ring.owners(of: slot)
            operation.answered = 0
            operation.askAgainAt = now + GatewayMachine.patience
            questions[question.token] = operation
            for owner in operation.owners { actions.append(.send(owner, .request(operation.request))) }
        }
    }

    private mutating func restartFetches(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, into actions: inout [ShardAction]
    ) {
        for token in Array(fetches.keys) {
            guard var operation = fetches[token], hasChanged(operation.request.slot),
                case .fetch(var fetch) = operation.request.kind
            else { continue }
            fetches.removeValue(forKey: token)
            let slot = operation.request.slot
            fetch.token = newToken()
            operation.request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .fetch(fetch))
            operation.owners = ring.owners(of: slot)
            operation.answered = 0
            fetches[fetch.token] = operation
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
        if let time = sessions[token]?.subscription?.askAgainAt {
            sessions[token]?.subscription?.askAgainAt = min(time, soon)
        }
    }
}
