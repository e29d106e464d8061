import RoostCore
import RoostRing

/// Presence and typing in a shard: who gets which message, and when something is looked at.
extension ShardMachine {
    // MARK: Messages

    /// A message about presence came from a node, perhaps this one.
    mutating func presenceSent(
        _ message: PresenceMessage, from peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        switch message {
        case .want(let slot, let user, let shard, let isWanted):
            guard peer == node, ring?.contains(slot) == true else { return }
            gateway.want(user, of: slot, shard: shard, isWanted: isWanted, now: now, into: &actions)
        case .handed(_, let told, let teller):
            guard peer == node else { return }
            gateway.handed(told, teller: teller, now: now, into: &actions)
        case .told(_, let told):
            gateway.told(told, by: peer, now: now, into: &actions)
        case .judged(_, let user, let rule, let verdicts):
            gateway.judged(user, rule: rule, verdicts, now: now, into: &actions)
        case .rollCall(_, let calls):
            gateway.rollCalled(calls, by: peer, into: &actions)
        case .watch(let slot, let version, let user, let hub, let isWatched):
            guard isServed(slot, version) else { return }
            replica.watch(
                user, of: slot, version: version, hub: hub, isWatched: isWatched, by: peer, now: now, into: &actions)
        case .judge(let slot, let version, let token, let user, let watchers):
            guard isServed(slot, version), !replica.quarantined.contains(slot) else { return }
            replica.judge(watchers, of: user, token: token, for: peer, into: &actions)
        case .seen(let slot, let version, let seen):
            guard isServed(slot, version) else { return }
            replica.take(seen, of: slot, now: now, into: &actions)
        case .typing(_, _, let notice), .typingFor(_, _, let notice):
            typingSent(message, notice, from: peer, now: now, into: &actions)
        case .clockAsked(let token, let asked):
            actions.append(.send(peer, .presence(.clockTold(token, asked: asked, told: now))))
        case .clockTold(_, let asked, let told):
            for held in clocks.told(told, by: peer, asked: asked) {
                presenceSent(held, from: peer, now: now, into: &actions)
            }
        }
    }

    /// Whether this node is an owner of the slot and goes by this version of it.
    private func isServed(_ slot: Slot, _ version: UInt64) -> Bool {
        guard let ring, ring.contains(slot) else { return false }
        return ring.version(of: slot) == version && ring.owners(of: slot).contains(node)
    }

    /// A notice that somebody types, if it can be told how old it is; else it waits until it can be.
    private mutating func typingSent(
        _ message: PresenceMessage, _ notice: TypingNotice, from peer: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        if peer != node, clocks.shouldAsk(peer, now: now) {
            actions.append(.send(peer, .presence(.clockAsked(.shard(shard), asked: now))))
        }
        let isOwn = peer == node
        guard let transit = isOwn ? now.since(notice.stamp) : clocks.age(of: notice.stamp, by: peer, now: now) else {
            return clocks.hold(message, from: peer)
        }
        let age = notice.age + transit
        switch message {
        case .typing(let slot, let version, _):
            guard isServed(slot, version) else { return }
            replica.take(notice, age: age, now: now, into: &actions)
            if notice.to.kind == .group { spreadGroupTypings(now: now, into: &actions) }
        case .typingFor(let token, let slot, _):
            guard ring?.contains(slot) == true else { return }
            gateway.typed(token, slot: slot, notice, age: age, by: peer, into: &actions)
        default:
            preconditionFailure("\(message) is not about typing")
        }
    }

    /// Passes on to the members of groups that somebody types there: to one owner of each.
    private mutating func spreadGroupTypings(now: Instant, into actions: inout [ShardAction]) {
        for notice in replica.groupTypings(now: now) { gateway.send(notice, into: &actions) }
    }

    // MARK: Links and rings

    mutating func presenceReachable(_ peer: NodeID, now: Instant, into actions: inout [ShardAction]) {
        replica.presenceFound(peer)
        gateway.renewInterests(at: peer, now: now, into: &actions)
    }

    mutating func presenceUnreachable(_ peer: NodeID, now: Instant, into actions: inout [ShardAction]) {
        clocks.forget(peer)
        replica.presenceLost(peer, now: now)
        gateway.moveInterests(from: peer, now: now, into: &actions)
    }

    /// The node's link to here stands anew: what it said before may be lost, that sessions are over among it.
    mutating func presenceResubscribed(by peer: NodeID, now: Instant, into actions: inout [ShardAction]) {
        gateway.renewInterests(at: peer, now: now, into: &actions)
        replica.callRollSoon(now: now)
    }

    /// The node has a new life.
    mutating func presenceRestarted(_ peer: NodeID) {
        clocks.forget(peer)
        replica.presenceForgets(peer)
    }

    // MARK: Time

    /// Between two looks at what is news or late.
    private static let presenceTick = PresenceBook.gathering

    /// Looks at presence, if it is time.
    mutating func tickPresence(now: Instant, into actions: inout [ShardAction]) {
        if now >= nextPresenceTick {
            nextPresenceTick = .distantFuture
            replica.tickPresence(now: now, into: &actions)
            spreadGroupTypings(now: now, into: &actions)
            gateway.tickInterests(now: now, into: &actions)
            gateway.tickJudging(now: now, into: &actions)
        }
        if now >= gateway.watchers.nextShowing { gateway.showMore(now: now, into: &actions) }
        if now >= replica.presence.nextUpkeep { replica.keepUpPresence(now: now, into: &actions) }
    }

    mutating func schedulePresence(now: Instant) {
        if nextPresenceTick == .distantFuture, replica.hasPresenceNews || gateway.hasPresenceBusiness {
            nextPresenceTick = now + ShardMachine.presenceTick
        }
        if replica.presence.nextUpkeep == .distantFuture, replica.needsUpkeep {
            replica.presence.nextUpkeep = now + PresenceBook.rollCallInterval
        }
    }
}

extension GatewayMachine {
    /// Whether an answer about presence is waited for.
    fileprivate var hasPresenceBusiness: Bool { !hub.unanswered.isEmpty || !watchers.judging.isEmpty }
}
