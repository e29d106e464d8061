import RoostCore

/// An owner's part in typing: it keeps who types to its users for five seconds, and tells their sessions.
extension ReplicaMachine {
    /// Somebody types to a user or a group of a slot of this replica; the notice is `age` old.
    mutating func take(_ notice: TypingNotice, age: TimeSpan, now: Instant, into actions: inout [ShardAction]) {
        let isLetThrough =
            switch notice.to.kind {
            case .user: presenceRule(of: notice.to).letsThrough(notice.from)
            case .group: !readersOfTypings(in: notice.to, by: notice.from).isEmpty
            case .claim, .part: false
            }
        guard isLetThrough, presence.typings.take(notice, age: age, now: now) else { return }
        tellTypings(to: notice.to, now: now, into: &actions)
    }

    /// Who is shown that a member of a group types: the others, if they are few enough.
    private func readersOfTypings(in group: Address, by author: Address) -> [Address] {
        guard let list = list(of: group), list.contains(author), list.count <= Limits.typingMembersMax else {
            return []
        }
        return list.presentMembers.map(\.address).filter { $0 != author }
    }

    /// What of those who type to groups is to be passed on to the members now; counts as passed on.
    mutating func groupTypings(now: Instant) -> [TypingNotice] {
        var notices: [TypingNotice] = []
        for group in presence.typings.pending.filter({ $0.kind == .group }).sorted() {
            for typing in presence.typings.due(for: group, now: now) {
                for member in readersOfTypings(in: group, by: typing.notice.from) {
                    notices.append(
                        TypingNotice(
                            from: typing.notice.from, to: member, group: group, isRecording: typing.notice.isRecording,
                            age: typing.age(now: now), stamp: now))
                }
            }
        }
        return notices
    }

    /// Tells a user's sessions what they were not told, or not within the last seconds.
    mutating func tellTypings(to user: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let entry = entries[user], !entry.subscriptions.isEmpty else { return }
        for typing in presence.typings.due(for: user, now: now) {
            for subscription in entry.subscriptions {
                send(typing, to: subscription, of: entry.slot, now: now, into: &actions)
            }
        }
    }

    /// A session has come up: it is shown who types at the moment.
    mutating func showTypings(
        to user: Address, session: GatewayToken, on gateway: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let entry = entries[user],
            let subscription = entry.subscriptions.first(where: { $0.gateway == gateway && $0.session == session })
        else { return }
        for typing in presence.typings.current(for: user, now: now) {
            send(typing, to: subscription, of: entry.slot, now: now, into: &actions)
        }
        // Of what comes within the next seconds the others are told as if this one were not there.
        if entry.subscriptions.count == 1 { presence.typings.markTold(user, now: now) }
    }

    private func send(
        _ typing: TypingTable.Typing, to subscription: Subscription, of slot: Slot, now: Instant,
        into actions: inout [ShardAction]
    ) {
        var notice = typing.notice
        notice.age = typing.age(now: now)
        notice.stamp = now
        actions.append(
            .send(subscription.gateway, .presence(.typingFor(subscription.session, slot: slot, notice))))
    }
}
