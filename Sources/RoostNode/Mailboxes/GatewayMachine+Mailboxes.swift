import OrderedCollections
import RoostCore
import RoostRing

/// Questions about mailboxes that come as resources and not on a connection. A majority of the owners answers.
extension GatewayMachine {
    /// The shell asks; answered by `mailboxAnswer` with its token.
    mutating func request(
        _ request: MailboxRequest, asker: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        switch request {
        case .unread(let user):
            let token = newToken()
            ask(.askUnread(token: token, user: user), of: user, token, .unread, asker, now: now, into: &actions)
        case .readers(let group):
            let token = newToken()
            ask(.askReaders(token: token, group: group), of: group, token, .readers, asker, now: now, into: &actions)
        case .status(let name):
            let token = newToken()
            let question = ReplicaRequest.Question(token: token, mailbox: name.to, key: name.key)
            ask(.ask(question), of: name.to, token, .held(name), asker, now: now, into: &actions)
        case .erase(let user, let other):
            erase(Erasing(user: user, other: other), asker, now: now, into: &actions)
        case .drop(let user, let other):
            erase(Erasing(user: user, other: other, isOneSided: true), asker, now: now, into: &actions)
        }
    }

    private mutating func erase(
        _ erasing: Erasing, _ asker: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        let token = newToken()
        let erase = erasing.request(token: token)
        ask(.erase(erase), of: erase.user, token, .erasing(erasing), asker, now: now, into: &actions)
    }

    private mutating func ask(
        _ kind: ReplicaRequest.Kind, of mailbox: Address, _ token: GatewayToken, _ purpose: MailboxOperation.Purpose,
        _ asker: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return actions.append(.mailboxAnswer(token: asker, .unavailable)) }
        let slot = ring.slot(of: mailbox)
        let operation = MailboxOperation(
            asker: asker, purpose: purpose,
            request: ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind),
            owners: ring.owners(of: slot), askAgainAt: now + GatewayMachine.patience,
            deadline: now + GatewayMachine.operationDeadline)
        mailboxOperations[token] = operation
        for owner in operation.owners { actions.append(.send(owner, .request(operation.request))) }
    }

    /// An owner has told what is unread.
    mutating func unreadTold(
        _ token: GatewayToken, by owner: NodeID, _ told: [GatewayReply.Unread], now: Instant,
        into actions: inout [ShardAction]
    ) {
        answered(token, by: owner, now: now, into: &actions) { $0.take(told) }
    }

    /// An owner has told how far the members of a group are.
    mutating func readersTold(
        _ token: GatewayToken, by owner: NodeID, _ told: [GroupReader], now: Instant, into actions: inout [ShardAction]
    ) {
        answered(token, by: owner, now: now, into: &actions) { $0.take(told) }
    }

    /// An owner has erased its part of a conversation.
    mutating func erased(
        _ token: GatewayToken, by owner: NodeID, _ places: [StreamPlace], now: Instant,
        into actions: inout [ShardAction]
    ) {
        answered(token, by: owner, now: now, into: &actions) { $0.take(places) }
    }

    /// An owner has told what it knows of a stream.
    mutating func factsTold(
        _ token: GatewayToken, by owner: NodeID, _ facts: GatewayReply.StreamFacts, now: Instant,
        into actions: inout [ShardAction]
    ) {
        answered(token, by: owner, now: now, into: &actions) { $0.facts.merge(facts) }
    }

    private mutating func answered(
        _ token: GatewayToken, by owner: NodeID, now: Instant, into actions: inout [ShardAction],
        _ take: (inout MailboxOperation) -> Void
    ) {
        guard let index = mailboxOperations.index(forKey: token),
            let place = mailboxOperations.values[index].owners.firstIndex(of: owner)
        else { return }
        mailboxOperations.values[index].answered |= 1 << UInt8(place)
        take(&mailboxOperations.values[index])
        let operation = mailboxOperations.values[index]
        guard operation.owners.isQuorum(operation.answered) else { return }
        mailboxOperations.remove(at: index)
        decided(operation, now: now, into: &actions)
    }

    private mutating func decided(_ operation: MailboxOperation, now: Instant, into actions: inout [ShardAction]) {
        switch operation.purpose {
        case .unread:
            actions.append(.mailboxAnswer(token: operation.asker, .unread(operation.conversations)))
        case .readers:
            actions.append(.mailboxAnswer(token: operation.asker, .readers(Array(operation.readers.values))))
        case .held(let name):
            guard operation.facts.exists, name.number <= operation.facts.top else {
                return actions.append(.mailboxAnswer(token: operation.asker, .status(nil)))
            }
            let token = newToken()
            let question = ReplicaRequest.Question(
                token: token, mailbox: name.sender, key: name.key, reader: name.to)
            ask(
                .ask(question), of: name.sender, token,
                .receipts(name, deliveredUpTo: operation.facts.deliveredUpTo), operation.asker, now: now,
                into: &actions)
        case .erasing(let erasing):
            let places = operation.places.map { StreamPlace(key: $0.key, upTo: $0.value) }
            guard let next = erasing.next(after: places) else {
                return actions.append(.mailboxAnswer(token: operation.asker, .erased))
            }
            erase(next, operation.asker, now: now, into: &actions)
        case .receipts(let name, let deliveredUpTo):
            guard name.number > operation.facts.receipt.erasedUpTo else {
                return actions.append(.mailboxAnswer(token: operation.asker, .status(nil)))
            }
            let reader = MessageStatus.Reader(
                name.to, number: name.number, operation.facts.receipt, deliveredUpTo: deliveredUpTo)
            actions.append(.mailboxAnswer(token: operation.asker, .status(.init(readers: [reader]))))
        }
    }

    mutating func tickMailboxes(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(mailboxOperations.keys) {
            guard let operation = mailboxOperations[token] else { continue }
            if now >= operation.deadline {
                mailboxOperations.removeValue(forKey: token)
                actions.append(.mailboxAnswer(token: operation.asker, .unavailable))
            } else if now >= operation.askAgainAt {
                mailboxOperations[token]?.askAgainAt = now + GatewayMachine.patience
                for (place, owner) in operation.owners.enumerated()
                where operation.answered & 1 << UInt8(place) == 0 {
                    actions.append(.send(owner, .request(operation.request)))
                }
            }
        }
    }
}
