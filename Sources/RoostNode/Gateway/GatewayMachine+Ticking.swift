import OrderedCollections
import RoostCore
import RoostRing
import RoostSession

extension GatewayMachine {
    /// Between two looks at what may be late.
    static let tickInterval = TimeSpan.milliseconds(100)
    /// Between two looks at every session's deadlines.
    static let sessionTickInterval = TimeSpan.seconds(1)

    /// Whether something is under way that may be late.
    var isBusy: Bool {
        !replications.isEmpty || !questions.isEmpty || !fetches.isEmpty || !sessionsWithGaps.isEmpty
            || !unsubscribedSessions.isEmpty || registers.isBusy || !mailboxOperations.isEmpty
    }

    /// Asks again what has not been answered and fails what is past its deadline.
    mutating func tick(now: Instant, into actions: inout [ShardAction]) {
        tickReplications(now: now, into: &actions)
        tickQuestions(now: now, into: &actions)
        tickFetches(now: now, into: &actions)
        tickSubscriptions(now: now, into: &actions)
        tickGaps(now: now, into: &actions)
        tickRegisters(now: now, into: &actions)
        tickMailboxes(now: now, into: &actions)
    }

    /// Looks at the deadlines of every session.
    mutating func tickSessions(now: Instant, into actions: inout [ShardAction]) {
        tickReceipts(now: now, into: &actions)
        for token in sessions.keys.sorted() {
            step(token, now: now, into: &actions) { machine, output in machine.tick(now: now, into: &output) }
        }
    }

    private mutating func tickReplications(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(replications.keys) {
            guard let operation = replications[token] else { continue }
            if now >= operation.deadline {
                replications.removeValue(forKey: token)
                let text = "\(operation.durable.nonzeroBitCount) of \(operation.owners.count) owners answered in time"
                failed(operation.key, session: operation.session, now: now, text, into: &actions)
            } else if now >= operation.askAgainAt {
                replications[token]?.askAgainAt = now + GatewayMachine.patience
                for (place, owner) in operation.owners.enumerated()
                where (operation.durable | operation.refused) & 1 << UInt8(place) == 0 {
                    askAgain(token, owner: owner, into: &actions)
                }
            }
        }
    }

    private mutating func tickQuestions(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(questions.keys) {
            guard let operation = questions[token] else { continue }
            if now >= operation.deadline {
                questions.removeValue(forKey: token)
                let text = "\(operation.answered.nonzeroBitCount) of \(operation.owners.count) owners answered in time"
                failed(operation.purpose, session: operation.session, text, now: now, into: &actions)
            } else if now >= operation.askAgainAt {
                questions[token]?.askAgainAt = now + GatewayMachine.patience
                for (place, owner) in operation.owners.enumerated()
                where operation.answered & 1 << UInt8(place) == 0 {
                    actions.append(.send(owner, .request(operation.request)))
                }
            }
        }
    }

    private mutating func tickFetches(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(fetches.keys) {
            guard let operation = fetches[token], now >= operation.deadline else { continue }
            fetches.removeValue(forKey: token)
            step(operation.session, now: now, into: &actions) { machine, _ in
                machine.fetchFailed(operation.key, now: now)
            }
        }
    }

    private mutating func tickSubscriptions(now: Instant, into actions: inout [ShardAction]) {
        guard let ring else { return }
        for token in Array(unsubscribedSessions) {
            guard let index = sessions.index(forKey: token), let subscribed = sessions.values[index].subscription else {
                unsubscribedSessions.remove(token)
                continue
            }
            guard now >= subscribed.askAgainAt else { continue }
            let owners = ring.owners(of: subscribed.slot)
            let isLive = subscribed.isLive
            if !isLive, now >= subscribed.deadline {
                step(token, now: now, into: &actions) { machine, output in
                    machine.expel(
                        .unavailable, .init(.unavailable, "the owners of your mailbox cannot be reached from here"),
                        into: &output)
                }
                continue
            }
            // An owner that stays away is asked when its link comes back, and now and then besides.
            let pause = isLive ? GatewayMachine.operationDeadline : GatewayMachine.patience
            sessions.values[index].subscription?.askAgainAt = now + pause
            for (place, owner) in owners.enumerated() where !subscribed.isTaken(by: place) {
                sendSubscribe(token, to: owner, into: &actions)
            }
        }
    }

    private mutating func tickGaps(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(sessionsWithGaps) {
            step(token, now: now, into: &actions) { machine, output in machine.repairGaps(now: now, into: &output) }
            if sessions[token]?.machine.hasGap != true { sessionsWithGaps.remove(token) }
        }
    }
}
