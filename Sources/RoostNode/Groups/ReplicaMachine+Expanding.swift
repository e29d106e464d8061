import OrderedCollections
import RoostCore
import RoostMailbox
import RoostRing

/// The part of a replica in a group's messages to the members whose mailboxes it holds: one record for all of them.
extension ReplicaMachine {
    /// Takes messages of a group for mailboxes of this shard. Recipients whose slot goes by another version are left out, and the
    /// orderer asks again.
    mutating func expand(_ expansion: Expansion, from gateway: NodeID, into actions: inout [ShardAction]) {
        guard let ring else { return }
        let recipients = expansion.recipients.filter { recipient in
            ring.contains(recipient.slot) && ring.version(of: recipient.slot) == recipient.version
        }
        guard !recipients.isEmpty, !isDiskFull else {
            let kind = GatewayReply.Kind.stale(epoch: ring.epoch)
            return reply(kind, token: expansion.token, to: gateway, into: &actions)
        }
        let floors = recipients.compactMap { raiseFloor(of: $0, in: expansion.group) }
        var heads: [ReplicaRecord.ExpansionHead] = []
        var records = floors.map { $0.record.logRecord(slot: $0.slot) }
        for message in expansion.messages {
            var head = ReplicaRecord.ExpansionHead(
                group: expansion.group, number: message.number, sentAtMilliseconds: message.sentAtMilliseconds,
                end: MessageContent.end(of: message.body, sentAtMilliseconds: message.sentAtMilliseconds),
                recipients: [])
            for recipient in recipients where take(message, end: head.end, of: expansion.group, for: recipient) {
                head.recipients.append(recipient)
            }
            guard let first = head.recipients.first else { continue }
            heads.append(head)
            records.append(ReplicaRecord.expansion(head).logRecord(slot: first.slot, body: message.body))
        }
        let token = newToken()
        var slots: [Slot] = []
        for recipient in recipients where slots.last != recipient.slot { slots.append(recipient.slot) }
        appends[token] = .expansion(
            Expansion(
                token: expansion.token, group: expansion.group, messages: expansion.messages, recipients: recipients),
            floors: floors.map(\.record), heads, slots: slots, gateway: gateway)
        actions.append(.append(records, isDurable: true, token: token))
    }

    /// A stream that begins late: what is below was not for this member. Logged ahead of its first messages.
    private mutating func raiseFloor(
        of recipient: Expansion.Recipient, in group: Address
    ) -> (record: ReplicaRecord, slot: Slot)? {
        guard recipient.floor > 0 else { return nil }
        let index = enter(recipient.member, of: recipient.slot)
        guard !entries.values[index].isDeleted else { return nil }
        let key = StreamKey.ofGroup(group, since: recipient.since)
        let rose = entries.values[index].mailbox.acknowledge(
            key, from: group, device: InboundStream.nobody, upTo: recipient.floor, freed: &freed)
        guard rose else { return nil }
        let floor = ReplicaRequest.Acknowledge(
            user: recipient.member, device: InboundStream.nobody, key: key, sender: group, upTo: recipient.floor)
        return (.watermark(floor), recipient.slot)
    }

    /// Enters a message into one mailbox. False when it is there, or was, or its user is no more.
    private mutating func take(
        _ message: Expansion.Message, end: MessageEnd, of group: Address, for recipient: Expansion.Recipient
    ) -> Bool {
        let index = enter(recipient.member, of: recipient.slot)
        guard !entries.values[index].isDeleted else { return false }
        let key = StreamKey.ofGroup(group, since: recipient.since)
        switch entries.values[index].mailbox.judge(key, number: message.number, bodyHash: 0, isRetry: true) {
        case .alreadyHeld, .becomingDurable, .reused: return false
        case .append, .mailboxFull: break
        }
        entries.values[index].mailbox.append(
            key, from: group, number: message.number, bodyHash: 0, bodyBytes: message.body.count,
            sentAtMilliseconds: message.sentAtMilliseconds, end: end)
        endings.note(end, in: recipient.member)
        return true
    }

    /// The log did not take them: they were never held.
    mutating func withdraw(_ heads: [ReplicaRecord.ExpansionHead], of expansion: Expansion) {
        for head in heads.reversed() {
            for recipient in head.recipients {
                let key = StreamKey.ofGroup(head.group, since: recipient.since)
                entries[recipient.member]?.mailbox.withdraw(key, number: head.number)
            }
        }
    }

    /// Messages of a group are on disk: their places are known, the sessions hear of them, and the orderer of the slots in which
    /// every mailbox has all of them.
    mutating func expansionDurable(
        _ expansion: Expansion, floors: [ReplicaRecord], _ heads: [ReplicaRecord.ExpansionHead],
        locations: [LogLocation], slots: [Slot], to gateway: NodeID, into actions: inout [ShardAction]
    ) {
        for (floor, location) in zip(floors, locations) { settle(floor, at: location) }
        for (head, location) in zip(heads, locations.dropFirst(floors.count)) {
            let body = expansion.messages.first { $0.number == head.number }?.body ?? []
            settle(head, bytes: UInt32(body.count) + PendingMessage.headBytesEstimate, at: location)
        }
        let kept = slots.filter { slot in
            expansion.recipients.allSatisfy { recipient in
                recipient.slot != slot || isCurrent(recipient.version, of: slot) && isLogged(expansion, for: recipient)
            }
        }
        reply(.expanded(kept), token: expansion.token, to: gateway, into: &actions)
        tellSessions(of: expansion, heads, into: &actions)
    }

    private func isLogged(_ expansion: Expansion, for recipient: Expansion.Recipient) -> Bool {
        let key = StreamKey.ofGroup(expansion.group, since: recipient.since)
        guard let entry = entries[recipient.member] else { return false }
        // Who was deleted waits for nothing.
        guard !entry.isDeleted else { return true }
        let mailbox = entry.mailbox
        return expansion.messages.allSatisfy { message in
            // What is lost for good nobody will bring.
            mailbox.isLogged(key, number: message.number) || mailbox.streams[key]?.isLost(message.number) == true
        }
    }

    private mutating func tellSessions(
        of expansion: Expansion, _ heads: [ReplicaRecord.ExpansionHead], into actions: inout [ShardAction]
    ) {
        let entered = expansion.messages.map { message in
            ReplicaRequest.Replicate.Entry(
                number: message.number, bodyHash: 0, sentAtMilliseconds: message.sentAtMilliseconds, isRetry: true,
                body: message.body)
        }
        for recipient in expansion.recipients where entries[recipient.member]?.subscriptions.isEmpty == false {
            let new = Set(heads.lazy.filter { $0.recipients.contains(recipient) }.map(\.number))
            let appended = entered.indices.filter { new.contains(entered[$0].number) }
            guard !appended.isEmpty else { continue }
            let batch = ReplicaRequest.Replicate(
                token: 0, recipient: recipient.member, sender: expansion.group,
                key: .ofGroup(expansion.group, since: recipient.since), messages: entered)
            tellSessions(of: batch, appended: appended, slot: recipient.slot, into: &actions)
        }
    }

    // MARK: The record

    /// A record stands at this place: the mailboxes that still need it have it there from now on.
    mutating func settle(_ head: ReplicaRecord.ExpansionHead, bytes: UInt32, at location: LogLocation) {
        var mailboxes = 0
        for recipient in head.recipients {
            let key = StreamKey.ofGroup(head.group, since: recipient.since)
            guard let index = entries.index(forKey: recipient.member) else { continue }
            let known = entries.values[index].mailbox.streams[key]?.entry(head.number)
            guard entries.values[index].mailbox.setLocation(location, key: key, number: head.number, isShared: true)
            else { continue }
            mailboxes += 1
            if let known { freed.add(known) }
        }
        if mailboxes == 0 {
            freed.add(segment: location.segment, bytes: bytes)
        } else {
            shared[location] = Share(mailboxes: mailboxes, bytes: bytes)
        }
    }

    /// Takes what mailboxes need no more out of the counts; a record that none needs is dead.
    mutating func takeShares() {
        for location in freed.takeShares() {
            guard var share = shared[location] else { continue }
            share.mailboxes -= 1
            if share.mailboxes == 0 {
                shared.removeValue(forKey: location)
                freed.add(segment: location.segment, bytes: share.bytes)
            } else {
                shared[location] = share
            }
        }
    }

    /// The record with those recipients only that need it at this place.
    func stillNeeded(
        _ head: ReplicaRecord.ExpansionHead, at location: LogLocation
    ) -> ReplicaRecord.ExpansionHead {
        var head = head
        head.recipients.removeAll { recipient in
            let key = StreamKey.ofGroup(head.group, since: recipient.since)
            let entry = entries[recipient.member]?.mailbox.streams[key]?.entry(head.number)
            return entry?.location != location
        }
        return head
    }

    /// At start, a record comes by.
    mutating func replay(_ head: ReplicaRecord.ExpansionHead, bodyBytes: Int) {
        for recipient in head.recipients {
            let index = enter(recipient.member, of: recipient.slot)
            entries.values[index].mailbox.append(
                .ofGroup(head.group, since: recipient.since), from: head.group, number: head.number, bodyHash: 0,
                bodyBytes: bodyBytes, sentAtMilliseconds: head.sentAtMilliseconds, end: head.end)
            endings.note(head.end, in: recipient.member)
        }
    }
}
