import RoostCore

/// An owner's part in typing: it keeps who types to its users for five seconds, and tells their sessions.
extension ReplicaMachine {
    /// Somebody types to a user of a slot of this replica; the notice is `age` old.
    mutating func take(_ notice: TypingNotice, age: TimeSpan, now: Instant, into actions: inout [ShardAction]) {
        // Of a group a list is kept, and who is on it is told by whoever keeps it.
        guard notice.to.kind == .user, presenceRule(of: notice.to).letsThrough(notice.from),
            presence.typings.take(notice, age: age, now: now)
        else { return }
        tellTypings(to: notice.to, now: now, into: &actions)
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
        let left = typing.expiresAt.since(now)
        notice.age = TimeSpan(nanoseconds: Limits.typingLifetime.nanoseconds - left.nanoseconds)
        notice.stamp = now
        actions.append(
            .send(subscription.gateway, .presence(.typingFor(subscription.session, slot: slot, notice))))
    }
}
