import DequeModule
import OrderedCollections
import RoostCore
import RoostRing
import RoostSession

/// The sessions of this shard and whom they watch.
extension GatewayMachine {
    // MARK: Watching

    /// A session's screen shows these people, and no others.
    mutating func watch(
        _ users: [Address], session: GatewayToken, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return }
        let wanted = Set(users)
        let before = watchers.bySession[session] ?? []
        for user in before where !wanted.contains(user) { unwatch(user, session: session, into: &actions) }
        let known = Set(before)
        var watched = before.filter(wanted.contains)
        for user in users where !known.contains(user) {
            if watchers.watched[user] == nil {
                guard watchers.watched.count < Limits.presenceInterestsMax else { continue }
                watchers.watched[user] = .init(slot: ring.slot(of: user))
                sendWant(user, isWanted: true, into: &actions)
            }
            watchers.watched[user]?.sessions[session] = .some(nil)
            watched.append(user)
            show(user, to: [session], now: now, into: &actions)
        }
        watchers.bySession[session] = watched.isEmpty ? nil : watched
    }

    /// A session is over.
    mutating func unwatchAll(session: GatewayToken, into actions: inout [ShardAction]) {
        for user in watchers.bySession.removeValue(forKey: session) ?? [] {
            unwatch(user, session: session, into: &actions)
        }
    }

    private mutating func unwatch(_ user: Address, session: GatewayToken, into actions: inout [ShardAction]) {
        watchers.watched[user]?.sessions[session] = nil
        watchers.watched[user]?.unjudged.remove(session)
        guard watchers.watched[user]?.sessions.isEmpty == true else { return }
        sendWant(user, isWanted: false, into: &actions)
        watchers.watched[user] = nil
        watchers.judging[user] = nil
    }

    private func sendWant(_ user: Address, isWanted: Bool, into actions: inout [ShardAction]) {
        guard let slot = watchers.watched[user]?.slot else { return }
        let want = PresenceMessage.want(slot: slot, user: user, shard: .shard(shard), isWanted: isWanted)
        actions.append(.send(node, .presence(want)))
    }

    /// The shard that speaks to the owners hands on what they told.
    mutating func handed(
        _ told: PresenceMessage.Told, teller: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let index = watchers.watched.index(forKey: told.user) else { return }
        if watchers.watched.values[index].told?.rule != told.rule {
            watchers.watched.values[index].verdicts = [:]
            watchers.watched.values[index].unjudged = []
            watchers.judging[told.user] = nil
        }
        watchers.watched.values[index].told = told
        watchers.watched.values[index].teller = teller
        watchers.unshown[told.user] = watchers.watched.values[index].sessions.keys.sorted()[...]
        showMore(now: now, into: &actions)
    }

    /// Shows some of the sessions that are to be shown something; the others in a moment.
    mutating func showMore(now: Instant, into actions: inout [ShardAction]) {
        var left = PresenceWatchers.shownAtOnce
        while left > 0, let (user, tokens) = watchers.unshown.elements.first {
            show(user, to: tokens.prefix(left), now: now, into: &actions)
            watchers.unshown[user] = tokens.count > left ? tokens.dropFirst(left) : nil
            left -= tokens.count
        }
        watchers.nextShowing = watchers.unshown.isEmpty ? .distantFuture : now + PresenceWatchers.showingPause
    }

    /// Shows sessions how it stands with somebody, where they may know and do not know already.
    private mutating func show(
        _ user: Address, to tokens: some Sequence<GatewayToken>, now: Instant, into actions: inout [ShardAction]
    ) {
        // Fields one by one: a copy would make the table of all watchers be copied for each of them.
        guard let index = watchers.watched.index(forKey: user), let told = watchers.watched.values[index].told else {
            return
        }
        for token in tokens {
            guard let watcher = sessions[token]?.machine.user,
                let shown = watchers.watched.values[index].sessions[token]
            else { continue }
            var state: WatchedState
            if told.rule == nil || told.state == .unknown {
                state = told.state
            } else if let isAllowed = watchers.watched.values[index].verdicts[watcher] {
                state = isAllowed ? told.state : .unknown
            } else {
                watchers.watched.values[index].unjudged.insert(token)
                continue
            }
            watchers.watched.values[index].unjudged.remove(token)
            state = state.shown(sharesReads: sessions[token]?.sharesReads == true)
            guard shown != state else { continue }
            watchers.watched.values[index].sessions[token] = state
            actions.append(.frame(token, state.frame(of: user)))
        }
        let isUnjudged = !watchers.watched.values[index].unjudged.isEmpty
        if isUnjudged, watchers.judging[user] == nil { askToJudge(user, now: now, into: &actions) }
    }

    // MARK: Who may see it

    private mutating func askToJudge(_ user: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let ring, let watched = watchers.watched[user], watched.told?.rule != nil, let teller = watched.teller,
            !watched.unjudged.isEmpty
        else {
            watchers.judging[user] = nil
            return
        }
        watchers.judging[user] = now + PresenceWatchers.patience
        let names = Set(watched.unjudged.compactMap { sessions[$0]?.machine.user }).sorted()
        for start in stride(from: 0, to: names.count, by: Limits.presenceBatchMax) {
            let part = Array(names[start..<min(start + Limits.presenceBatchMax, names.count)])
            let judge = PresenceMessage.judge(
                slot: watched.slot, version: ring.version(of: watched.slot), token: .shard(shard), user: user,
                watchers: part)
            actions.append(.send(teller, .presence(judge)))
        }
    }

    /// An owner says who may see how it stands with a user.
    mutating func judged(
        _ user: Address, rule: UInt64, _ verdicts: [PresenceMessage.Verdict], now: Instant,
        into actions: inout [ShardAction]
    ) {
        // Under another rule than was told: what is told next comes with that one.
        guard let index = watchers.watched.index(forKey: user), watchers.watched.values[index].told?.rule == rule else {
            return
        }
        for verdict in verdicts {
            watchers.watched.values[index].verdicts[verdict.watcher] = verdict.isAllowed
        }
        watchers.judging[user] = nil
        show(user, to: watchers.watched.values[index].unjudged.sorted(), now: now, into: &actions)
        watchers.watched.values[index].forgetVerdicts { sessions[$0]?.machine.user }
    }

    /// Asks again who may see a person, where no answer came.
    mutating func tickJudging(now: Instant, into actions: inout [ShardAction]) {
        for user in watchers.judging.keys.sorted() {
            guard let time = watchers.judging[user], now >= time else { continue }
            askToJudge(user, now: now, into: &actions)
        }
    }

    // MARK: Being seen

    /// The wall clock at some time, as far as clients' frames have shown it.
    private func wallMilliseconds(at time: Instant) -> UInt64 { wallOrigin &+ time.nanoseconds / 1_000_000 }

    /// Tells owners when the devices of sessions were last heard from: at first, every minute, and when one is over.
    mutating func tellSeen(now: Instant, into actions: inout [ShardAction]) {
        var due = watchers.fresh
        watchers.fresh = []
        while let next = watchers.seenNext.first, next.at <= now {
            due.append(next.session)
            watchers.seenNext.removeFirst()
        }
        var seen: [Slot: [PresenceMessage.Seen]] = [:]
        for token in due {
            guard let session = sessions[token], let slot = session.subscription?.slot,
                let user = session.machine.user, session.machine.isAuthenticated
            else { continue }
            watchers.seenNext.append((token, now + LastSeen.logInterval))
            let milliseconds = wallMilliseconds(at: session.machine.heardAt)
            seen[slot, default: []].append(.init(user: user, milliseconds: milliseconds))
        }
        for slot in seen.keys.sorted() {
            tellSeen(seen[slot] ?? [], of: slot, into: &actions)
        }
    }

    /// A session is over: its device was last heard from when it was.
    func tellSeen(_ session: GatewaySession, into actions: inout [ShardAction]) {
        guard let user = session.machine.user, let slot = session.subscription?.slot else { return }
        let milliseconds = wallMilliseconds(at: session.machine.heardAt)
        tellSeen([.init(user: user, milliseconds: milliseconds)], of: slot, into: &actions)
    }

    private func tellSeen(_ seen: [PresenceMessage.Seen], of slot: Slot, into actions: inout [ShardAction]) {
        guard let ring else { return }
        for start in stride(from: 0, to: seen.count, by: Limits.presenceBatchMax) {
            let part = Array(seen[start..<min(start + Limits.presenceBatchMax, seen.count)])
            let message = PresenceMessage.seen(slot: slot, version: ring.version(of: slot), part)
            for owner in ring.owners(of: slot) { actions.append(.send(owner, .presence(message))) }
        }
    }

    /// An owner asks after sessions: those that are over are to be forgotten.
    func rollCalled(_ calls: [PresenceMessage.Call], by owner: NodeID, into actions: inout [ShardAction]) {
        for call in calls where ring?.contains(call.slot) == true {
            _ = isKnown(call.session, slot: call.slot, owner: owner, into: &actions)
        }
    }
}
