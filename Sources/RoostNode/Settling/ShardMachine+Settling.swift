import OrderedCollections
import RoostCore
import RoostRing

/// Asking the other owners of a slot whether accounts are still those by which this one goes, before what their devices have stored is
/// dropped.
extension ShardMachine {
    mutating func scheduleSettling(now: Instant) {
        guard settling.nextTick == .distantFuture, !replica.settling.isEmpty || !settling.questions.isEmpty else {
            return
        }
        settling.nextTick = now + Settling.interval
    }

    /// Asks about all that has come up since the last look.
    mutating func tickSettling(now: Instant, into actions: inout [ShardAction]) {
        guard now >= settling.nextTick else { return }
        settling.nextTick = .distantFuture
        // Without a ring there is nobody to ask yet.
        guard let ring else { return }
        for user in gateway.registers.decidedAccounts { settling.doubts[user]?.isDeciding = false }
        gateway.registers.decidedAccounts = []
        for token in Array(settling.questions.keys) {
            if let question = settling.questions[token], now >= question.until {
                giveUp(token, now: now, into: &actions)
            }
        }
        let asked = Set(settling.questions.values.map(\.slot))
        for slot in Array(replica.settling.keys) where !asked.contains(slot) {
            askAbout(slot, ring, now: now, into: &actions)
        }
        if replica.settling.isEmpty, settling.questions.isEmpty { settling.doubts = [:] }
    }

    private mutating func askAbout(_ slot: Slot, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]) {
        // What is damaged here may be what it would have to know.
        guard ring.contains(slot), !replica.quarantined.contains(slot),
            let place = ring.owners(of: slot).firstIndex(of: node)
        else { return }
        let owners = ring.owners(of: slot)
        let doubts = settling.doubts
        let (accounts, unsure) = replica.takeSettled(of: slot, atMost: Settling.accountsMax) { user in
            doubts[user]?.isDeciding != true
        }
        for user in unsure { doubt(user, place: place, now: now, into: &actions) }
        guard !accounts.isEmpty else { return }
        let own: UInt8 = 1 << UInt8(place)
        guard !owners.isQuorum(own) else {
            for account in accounts { replica.confirmed(account, into: &actions) }
            return
        }
        let token = gateway.newToken()
        settling.questions[token] = Settling.Question(
            slot: slot, owners: owners, accounts: accounts, vouched: accounts.map { _ in own }, answered: own,
            until: now + Settling.patience)
        let kind = ReplicaRequest.Kind.vouch(.init(token: token, accounts: accounts))
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind)
        for owner in owners where owner != node { actions.append(.send(owner, .request(request))) }
    }

    /// An owner has told which accounts are others there.
    mutating func vouched(
        _ doubts: [GatewayReply.Doubt], token: GatewayToken, by peer: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard var question = settling.questions[token], let place = question.owners.firstIndex(of: peer) else { return }
        question.answered |= 1 << UInt8(place)
        let others = Set(doubts.map(\.user))
        var isOpen = false
        for (index, account) in question.accounts.enumerated() where !question.owners.isQuorum(question.vouched[index])
        {
            guard !others.contains(account.user) else {
                isOpen = true
                continue
            }
            question.vouched[index] |= 1 << UInt8(place)
            guard question.owners.isQuorum(question.vouched[index]) else {
                isOpen = true
                continue
            }
            replica.confirmed(account, into: &actions)
            settling.doubts.removeValue(forKey: account.user)
        }
        settling.questions[token] = isOpen ? question : nil
        if isOpen, question.answered.nonzeroBitCount == question.owners.count {
            giveUp(token, now: now, into: &actions)
        }
        let newer = doubts.compactMap { doubt in doubt.newer.map { CopyItem.register(doubt.user, $0) } }
        guard !newer.isEmpty else { return }
        _ = replica.take(CopyPage(items: newer, next: nil), of: question.slot, into: &actions)
    }

    /// What has not been confirmed is asked about again. Where a majority has answered and is not of one mind it may have to be
    /// brought to one: the last who changed the account has vanished in the middle of it, perhaps.
    private mutating func giveUp(_ token: GatewayToken, now: Instant, into actions: inout [ShardAction]) {
        guard let question = settling.questions.removeValue(forKey: token) else { return }
        let place = question.owners.firstIndex(of: node) ?? 0
        for (index, account) in question.accounts.enumerated()
        where !question.owners.isQuorum(question.vouched[index]) {
            replica.notConfirmed(account.user)
            guard question.owners.isQuorum(question.answered) else { continue }
            doubt(account.user, place: place, now: now, into: &actions)
        }
    }

    private mutating func doubt(_ user: Address, place: Int, now: Instant, into actions: inout [ShardAction]) {
        // Not all owners at once.
        var doubt = settling.doubts[user] ?? Settling.Doubt(patience: 2 + 2 * place)
        doubt.count += 1
        if doubt.count >= doubt.patience {
            doubt.count = 0
            doubt.patience *= 2
            doubt.isDeciding = true
            gateway.propose(.keep, key: user, for: .settling(user), now: now, into: &actions)
        }
        settling.doubts[user] = doubt
    }

    /// Slots have changed hands: what was asked of their owners is asked anew of those of now.
    mutating func adoptRingForSettling(from old: RingTable?, to ring: RingTable) {
        for token in Array(settling.questions.keys) {
            guard let question = settling.questions[token],
                old?.version(of: question.slot) != ring.version(of: question.slot)
            else { continue }
            settling.questions.removeValue(forKey: token)
            for account in question.accounts { replica.notConfirmed(account.user) }
        }
    }
}
