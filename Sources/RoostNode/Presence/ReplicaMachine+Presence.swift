import RoostConsensus
import RoostCore
import RoostRing
import RoostSession

/// An owner's part in presence: who is there follows from the sessions that are subscribed to the mailbox.
extension ReplicaMachine {
    // MARK: Being asked

    /// A node wants to be told of a user, or no longer does.
    mutating func watch(
        _ user: Address, of slot: Slot, version: UInt64, hub: GatewayToken, isWatched: Bool, by node: NodeID,
        now: Instant, into actions: inout [ShardAction]
    ) {
        guard isWatched else { return unwatch(user, by: node) }
        guard presence.watched[user] != nil || presence.watched.count < Limits.presenceInterestsMax else { return }
        var watched = presence.watched[user] ?? .init(slot: slot, version: version, hubs: [])
        watched.hubs.removeAll { $0.node == node }
        watched.hubs.append(.init(node: node, token: hub, isTold: false))
        presence.watched[user] = watched
        tellPresence(of: [user], now: now, into: &actions)
    }

    private mutating func unwatch(_ user: Address, by node: NodeID) {
        presence.watched[user]?.hubs.removeAll { $0.node == node }
        if presence.watched[user]?.hubs.isEmpty == true { forgetWatched(user) }
    }

    private mutating func forgetWatched(_ user: Address) {
        presence.watched[user] = nil
        presence.changed.remove(user)
    }

    /// Which of these may see how it stands with the user?
    mutating func judge(
        _ watchers: [Address], of user: Address, token: GatewayToken, for node: NodeID,
        into actions: inout [ShardAction]
    ) {
        let rule = presenceRule(of: user)
        let verdicts = watchers.map { PresenceMessage.Verdict(watcher: $0, isAllowed: rule.maySee($0)) }
        actions.append(.send(node, .presence(.judged(token, user: user, rule: rule.number, verdicts))))
    }

    // MARK: Finding out

    /// Who may see the user; made anew when one of the registers it follows from has changed.
    mutating func presenceRule(of user: Address) -> PresenceRule {
        if let rule = presence.watched[user]?.rule { return rule }
        let value = registers[user]?.state.value ?? []
        let rule: PresenceRule
        if user.kind == .group {
            rule = PresenceRule(ofGroup: list(of: user), stored: value)
        } else {
            let people = user.people.flatMap { registers[$0]?.state.value }
            rule = PresenceRule(of: user, account: value, people: people ?? [])
        }
        presence.watched[user]?.rule = rule
        return rule
    }

    /// How it stands with a user or a group; `nil` while that is not known.
    private mutating func watchedState(of user: Address, now: Instant) -> (state: WatchedState, rule: UInt64?)? {
        let rule = presenceRule(of: user)
        guard !rule.hidesFromAll else { return (.unknown, nil) }
        let number = rule.showsToAll ? nil : rule.number
        if user.kind == .group { return (.group(progress(ofMembersOf: user)), number) }
        let entry = entries[user]
        if entry?.subscriptions.contains(where: { !presence.gone.contains($0.gateway) }) == true {
            return (.person(.online), number)
        }
        if let slot = presence.watched[user]?.slot, let until = presence.unsettled[slot], now < until { return nil }
        return (.person(.offline(lastSeenMilliseconds: entry?.lastSeen.milliseconds ?? 0)), number)
    }

    /// Something has happened that may be news to those who watch the user.
    mutating func presenceMayHaveChanged(of user: Address) {
        if presence.watched[user] != nil { presence.changed.insert(user) }
    }

    /// A register has another value, or may have: of an account, or of somebody's people.
    mutating func presenceRuleMayHaveChanged(by register: Address) {
        let user = register.kind == .part ? Address(String(register.placeText)) : register
        guard let user, presence.watched[user] != nil else { return }
        presence.watched[user]?.rule = nil
        presence.changed.insert(user)
    }

    /// Tells what is news to those who do not know it, in one message to each node.
    mutating func tellPresence(of users: [Address], now: Instant, into actions: inout [ShardAction]) {
        var messages: [Message] = []
        var places: [NodeID: Int] = [:]
        for user in users {
            guard let watched = presence.watched[user] else {
                presence.changed.remove(user)
                continue
            }
            guard !quarantined.contains(watched.slot), isDue(watched, of: user, now: now),
                let (state, rule) = watchedState(of: user, now: now)
            else {
                presence.changed.insert(user)
                continue
            }
            presence.changed.remove(user)
            let told = PresenceMessage.Told(user: user, version: watched.version, state: state, rule: rule)
            let isNews = told != watched.told
            presence.watched[user]?.told = told
            presence.watched[user]?.toldAt = now
            for index in watched.hubs.indices where isNews || !watched.hubs[index].isTold {
                presence.watched[user]?.hubs[index].isTold = true
                let hub = watched.hubs[index]
                // Hubs of one node are shards of it; the slots of this shard may be of several of them.
                if let place = places[hub.node], messages[place].token == hub.token,
                    messages[place].told.count < Limits.presenceBatchMax
                {
                    messages[place].told.append(told)
                } else {
                    places[hub.node] = messages.count
                    messages.append(Message(node: hub.node, token: hub.token, told: [told]))
                }
            }
        }
        for message in messages { actions.append(.send(message.node, .presence(.told(message.token, message.told)))) }
    }

    /// Whether it is time to tell: a node that does not know yet is told at once.
    private func isDue(_ watched: PresenceBook.Watched, of user: Address, now: Instant) -> Bool {
        user.kind != .group || now.since(watched.toldAt) >= PresenceBook.groupPause
            || watched.hubs.contains { !$0.isTold }
    }

    private struct Message {
        let node: NodeID
        let token: GatewayToken
        var told: [PresenceMessage.Told]
    }

    // MARK: Nodes and rings

    /// Messages to this node do not get through. For a while its sessions count.
    mutating func presenceLost(_ node: NodeID, now: Instant) {
        if presence.silent[node] == nil { presence.silent[node] = now }
    }

    /// Messages to this node get through again.
    mutating func presenceFound(_ node: NodeID) {
        presence.silent[node] = nil
        guard presence.gone.remove(node) != nil else { return }
        presenceMayHaveChanged(ofSessionsOn: node)
    }

    /// The node has a new life: it watches nobody yet.
    mutating func presenceForgets(_ node: NodeID) {
        let users = presence.watched.compactMap { user, watched in
            watched.hubs.contains { $0.node == node } ? user : nil
        }
        for user in users { unwatch(user, by: node) }
    }

    private mutating func presenceMayHaveChanged(ofSessionsOn node: NodeID) {
        for (session, user) in sessionUsers where session.node == node { presenceMayHaveChanged(of: user) }
    }

    /// A ring was adopted. Whoever watches users of slots that have another version asks again under that.
    mutating func presenceAdopted(_ ring: RingTable, after old: RingTable?, of node: NodeID, now: Instant) {
        let users = presence.watched.compactMap { user, watched in
            ring.version(of: watched.slot) != watched.version ? user : nil
        }
        for user in users { forgetWatched(user) }
        presence.typings.forget { !ring.owners(of: ring.slot(of: $0)).contains(node) }
        for slot in ring.slotCount.slots where ring.owners(of: slot).contains(node) {
            guard old.map({ !$0.owners(of: slot).contains(node) }) ?? true else { continue }
            presence.unsettled[slot] = now + PresenceBook.settling
        }
        callRollSoon(now: now)
    }

    // MARK: Time

    /// Whether something is to be told, or shown, soon.
    var hasPresenceNews: Bool {
        !presence.changed.isEmpty || !presence.typings.isEmpty
            || presence.silent.keys.contains { !presence.gone.contains($0) }
    }

    /// Looks at what has changed since the last time.
    mutating func tickPresence(now: Instant, into actions: inout [ShardAction]) {
        for node in presence.silent.keys.sorted() {
            guard let since = presence.silent[node], now.since(since) >= PresenceBook.nodePatience,
                presence.gone.insert(node).inserted
            else { continue }
            presenceMayHaveChanged(ofSessionsOn: node)
        }
        if !presence.changed.isEmpty {
            presence.unsettled = presence.unsettled.filter { now < $0.value }
            tellPresence(of: presence.changed.sorted(), now: now, into: &actions)
        }
        presence.typings.expire(now: now)
        for user in presence.typings.pending.sorted() { tellTypings(to: user, now: now, into: &actions) }
    }

    // MARK: Upkeep

    /// Gateways are asked soon whether they have the sessions that they seem to have.
    mutating func callRollSoon(now: Instant) {
        presence.nextUpkeep = min(presence.nextUpkeep, now + PresenceBook.rollCallPause)
    }

    /// Whether there is anything to keep up.
    var needsUpkeep: Bool { !sessionUsers.isEmpty || !presence.unlogged.isEmpty }

    /// Asks every gateway whether it still has the sessions that it seems to have here, for the word that one is over may have been
    /// lost, or refused under another version of the slot; and logs what had to wait.
    mutating func keepUpPresence(now: Instant, into actions: inout [ShardAction]) {
        presence.nextUpkeep = .distantFuture
        logLastSeen(now: now, into: &actions)
        var calls: [SessionName: [PresenceMessage.Call]] = [:]
        for (name, user) in sessionUsers {
            guard let slot = entries[user]?.slot else { continue }
            let shard = SessionName(node: name.node, session: .shard(name.session.shard))
            calls[shard, default: []].append(.init(slot: slot, session: name.session))
        }
        for shard in calls.keys.sorted(by: { ($0.node, $0.session) < ($1.node, $1.session) }) {
            let sessions = (calls[shard] ?? []).sorted { $0.session < $1.session }
            for start in stride(from: 0, to: sessions.count, by: Limits.presenceBatchMax) {
                let part = Array(sessions[start..<min(start + Limits.presenceBatchMax, sessions.count)])
                actions.append(.send(shard.node, .presence(.rollCall(shard.session, part))))
            }
        }
    }
}
