import RoostCore

/// When people were last seen: the one thing about presence that is kept. It goes into the log and into copies of a slot as
/// receipts do.
extension ReplicaMachine {
    /// A gateway says when it last heard from devices of these users.
    mutating func take(
        _ seen: [PresenceMessage.Seen], of slot: Slot, now: Instant, into actions: inout [ShardAction]
    ) {
        for one in seen {
            let index = enter(one.user, of: slot)
            guard !entries.values[index].isDeleted, entries.values[index].lastSeen.merge(one.milliseconds) else {
                continue
            }
            presenceMayHaveChanged(of: one.user)
            logLastSeen(of: one.user, now: now, into: &actions)
        }
    }

    /// Gives it to the log, unless that got one a moment ago.
    private mutating func logLastSeen(of user: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let index = entries.index(forKey: user) else { return }
        guard entries.values[index].lastSeen.mayBeLogged(now: now) else {
            presence.unlogged.insert(user)
            return
        }
        presence.unlogged.remove(user)
        entries.values[index].lastSeen.loggedAt = now
        let milliseconds = entries.values[index].lastSeen.milliseconds
        logMark(.lastSeen(user, milliseconds: milliseconds), slot: entries.values[index].slot, into: &actions)
    }

    /// Logs what had to wait for its minute.
    mutating func logLastSeen(now: Instant, into actions: inout [ShardAction]) {
        for user in presence.unlogged.sorted() {
            guard entries[user] != nil else {
                presence.unlogged.remove(user)
                continue
            }
            logLastSeen(of: user, now: now, into: &actions)
        }
    }
}
