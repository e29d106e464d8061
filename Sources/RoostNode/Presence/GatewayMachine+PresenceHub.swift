import RoostCore
import RoostRing
import RoostSession

/// Where a node keeps together which of the users of this shard's slots its shards watch, and speaks to their owners.
extension GatewayMachine {
    /// A shard of this node wants to be told of a user, or no longer does.
    mutating func want(
        _ user: Address, of slot: Slot, shard: GatewayToken, isWanted: Bool, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard isWanted else { return unwant(user, shard: shard, into: &actions) }
        guard var interest = hub.interests[user] else {
            guard let ring, hub.interests.count < Limits.presenceInterestsMax else { return }
            let owners = ring.owners(of: slot)
            let teller = owners[choosePusher(slot, in: ring)]
            hub.interests[user] = .init(slot: slot, shards: [shard], teller: teller, askAgainAt: now)
            return ask(about: user, now: now, into: &actions)
        }
        if !interest.shards.contains(shard) {
            interest.shards.append(shard)
            interest.shards.sort()
            hub.interests[user] = interest
        }
        if let told = interest.told {
            actions.append(.send(node, .presence(.handed(shard, told, teller: interest.teller))))
        }
    }

    private mutating func unwant(_ user: Address, shard: GatewayToken, into actions: inout [ShardAction]) {
        guard var interest = hub.interests[user] else { return }
        interest.shards.removeAll { $0 == shard }
        hub.interests[user] = interest
        guard interest.shards.isEmpty else { return }
        hub.interests[user] = nil
        hub.unanswered.remove(user)
        sendWatch(user, of: interest.slot, to: interest.teller, isWatched: false, into: &actions)
    }

    private func sendWatch(
        _ user: Address, of slot: Slot, to owner: NodeID, isWatched: Bool, into actions: inout [ShardAction]
    ) {
        guard let ring else { return }
        let watch = PresenceMessage.watch(
            slot: slot, version: ring.version(of: slot), user: user, hub: .shard(shard), isWatched: isWatched)
        actions.append(.send(owner, .presence(watch)))
    }

    /// Asks the owner that is to tell. Until it has answered it is not known whether what it told before still holds.
    private mutating func ask(about user: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let interest = hub.interests[user] else { return }
        hub.interests[user]?.unansweredSince = interest.unansweredSince ?? now
        hub.interests[user]?.askAgainAt = now + PresenceHub.patience
        hub.unanswered.insert(user)
        sendWatch(user, of: interest.slot, to: interest.teller, isWatched: true, into: &actions)
    }

    /// An owner told how it stands with users.
    mutating func told(
        _ told: [PresenceMessage.Told], by owner: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return }
        for one in told {
            guard let interest = hub.interests[one.user], interest.teller == owner else {
                // Nobody here wants it, or not from this one.
                sendWatch(one.user, of: ring.slot(of: one.user), to: owner, isWatched: false, into: &actions)
                continue
            }
            // An owner that has gone on to another version does not tell any more: it is asked again when this node has as well.
            guard one.version == ring.version(of: interest.slot) else { continue }
            hub.unanswered.remove(one.user)
            hub.interests[one.user]?.unansweredSince = nil
            hub.interests[one.user]?.attempts = 0
            hub.interests[one.user]?.told = one
            for shard in interest.shards {
                actions.append(.send(node, .presence(.handed(shard, one, teller: owner))))
            }
        }
    }

    // MARK: Rings, links and time

    private func users(where condition: (PresenceHub.Interest) -> Bool) -> [Address] {
        hub.interests.compactMap { user, interest in condition(interest) ? user : nil }.sorted()
    }

    /// A ring was adopted: owners of slots that have another version are asked anew.
    mutating func rehomeInterests(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for user in users(where: { hasChanged($0.slot) }) {
            guard let interest = hub.interests[user] else { continue }
            let teller = ring.owners(of: interest.slot)[choosePusher(interest.slot, in: ring)]
            hub.interests[user]?.teller = teller
            hub.interests[user]?.attempts = 0
            ask(about: user, now: now, into: &actions)
        }
    }

    /// A node may have lost what this one asked of it, or this one what it told.
    mutating func renewInterests(at owner: NodeID, now: Instant, into actions: inout [ShardAction]) {
        for user in users(where: { $0.teller == owner }) {
            ask(about: user, now: now, into: &actions)
        }
    }

    /// The link to a node is down: another owner tells in its place.
    mutating func moveInterests(from owner: NodeID, now: Instant, into actions: inout [ShardAction]) {
        guard let ring else { return }
        for user in users(where: { $0.teller == owner }) {
            guard let interest = hub.interests[user] else { continue }
            let teller = ring.owners(of: interest.slot)[choosePusher(interest.slot, in: ring)]
            hub.interests[user]?.teller = teller
            ask(about: user, now: now, into: &actions)
        }
    }

    /// Asks again where nobody has answered: the next owner each time.
    mutating func tickInterests(now: Instant, into actions: inout [ShardAction]) {
        guard let ring else { return }
        let late = hub.unanswered.filter { user in hub.interests[user].map { now >= $0.askAgainAt } ?? true }
        for user in late.sorted().prefix(PresenceHub.asksAtOnce) {
            guard let interest = hub.interests[user] else { continue }
            let owners = ring.owners(of: interest.slot)
            let attempts = interest.attempts + 1
            let next = owners[(choosePusher(interest.slot, in: ring) + attempts) % owners.currentCount]
            hub.interests[user]?.attempts = attempts
            if next != interest.teller {
                sendWatch(user, of: interest.slot, to: interest.teller, isWatched: false, into: &actions)
                hub.interests[user]?.teller = next
            }
            ask(about: user, now: now, into: &actions)
            guard let since = interest.unansweredSince, now.since(since) >= PresenceHub.staleness,
                let told = interest.told,
                told.state != .unknown
            else { continue }
            let unknown = PresenceMessage.Told(user: user, version: told.version, state: .unknown, rule: nil)
            hub.interests[user]?.told = unknown
            for shard in interest.shards {
                actions.append(.send(node, .presence(.handed(shard, unknown, teller: next))))
            }
        }
    }
}
