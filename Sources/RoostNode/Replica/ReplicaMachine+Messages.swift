import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox

extension ReplicaMachine {
    /// Takes a batch: what is new is logged, and answered when it is durable; what is held already is answered at once.
    /// A message that cannot be kept refuses itself and all behind it.
    mutating func replicate(
        _ batch: ReplicaRequest.Replicate, slot: Slot, version: UInt64, from gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        let entry = enter(batch.recipient, of: slot)
        if let reason = entries.values[entry].refusal(of: batch) {
            let kind = GatewayReply.Kind.refused(reason, at: batch.messages.first?.number ?? batch.floor)
            actions.append(.send(gateway, .reply(GatewayReply(token: batch.token, kind: kind))))
            return
        }
        var records: [LogRecord] = []
        let floor = raiseFloor(of: batch, slot: slot)
        records.append(contentsOf: floor.map { $0.logRecord(slot: slot) })
        let isAllowed = isIn(batch)
        let finishedUpTo = isAllowed ? 0 : entries.values[entry].mailbox.streams[batch.key]?.deliveredUpTo ?? 0
        var refusal: (reason: GatewayReply.Refusal, number: StreamNumber)?
        var appended: [Int] = []
        // A batch of nothing but a floor is answered when that is durable, also if an earlier one has raised it.
        var isWaiting = batch.messages.isEmpty
        for (index, message) in batch.messages.enumerated() {
            // What is held may have been copied from an owner that did not know yet: no majority may come of that. What is finished
            // is in order.
            guard isAllowed || message.number <= finishedUpTo else {
                refusal = (.notAMember, message.number)
                break
            }
            let judgement = entries.values[entry].mailbox.judge(
                batch.key, number: message.number, bodyHash: message.bodyHash, isRetry: message.isRetry)
            switch judgement {
            case .alreadyHeld:
                continue
            case .becomingDurable:
                isWaiting = true
                continue
            case .append where !isDiskFull:
                let end = ReplicaMachine.end(
                    of: message.body, sentAtMilliseconds: message.sentAtMilliseconds, for: batch.recipient)
                endings.note(end, in: batch.recipient)
                entries.values[entry].mailbox.append(
                    batch.key, from: batch.sender, number: message.number, bodyHash: message.bodyHash,
                    bodyBytes: message.body.count, sentAtMilliseconds: message.sentAtMilliseconds, end: end)
                let head = ReplicaRecord.MessageHead(
                    recipient: batch.recipient, sender: batch.sender, key: batch.key, number: message.number,
                    bodyHash: message.bodyHash, sentAtMilliseconds: message.sentAtMilliseconds, end: end)
                records.append(ReplicaRecord.message(head).logRecord(slot: slot, body: message.body))
                appended.append(index)
                continue
            case .append:
                refusal = (.diskFull, message.number)
            case .reused:
                refusal = (.reused, message.number)
            case .mailboxFull:
                refusal = (.mailboxFull, message.number)
            }
            break
        }
        if !appended.isEmpty, batch.recipient.kind == .group { stirred.append(batch.recipient) }
        noteSettled(at: entry)
        if let refusal {
            let reply = GatewayReply(token: batch.token, kind: .refused(refusal.reason, at: refusal.number))
            actions.append(.send(gateway, .reply(reply)))
        }
        if !records.isEmpty || isWaiting && refusal == nil {
            let token = newToken()
            // What another batch brought, or the word that it was stored, is still on its way to the disk: the log keeps
            // order, so it is durable when this batch is, even if that adds nothing.
            appends[token] = .messages(
                slot: slot, version: version, batch, floor: floor, appended: appended,
                answer: refusal == nil ? gateway : nil)
            actions.append(.append(records, isDurable: true, token: token))
        } else if refusal == nil {
            actions.append(.send(gateway, .reply(GatewayReply(token: batch.token, kind: .replicated))))
        }
    }

    /// A stream that does not begin with this mailbox: what is below was for nobody here. Logged ahead of the messages in one
    /// with them, for without it they would wait for what never comes.
    private mutating func raiseFloor(of batch: ReplicaRequest.Replicate, slot: Slot) -> [ReplicaRecord] {
        guard batch.floor > 0 else { return [] }
        let index = enter(batch.recipient, of: slot)
        let rose = entries.values[index].mailbox.acknowledge(
            batch.key, from: batch.sender, device: InboundStream.nobody, upTo: batch.floor, freed: &freed)
        guard rose else { return [] }
        let floor = ReplicaRecord.watermark(
            .init(
                user: batch.recipient, device: InboundStream.nobody, key: batch.key, sender: batch.sender,
                upTo: batch.floor))
        return takeStalledLosses(of: [floor]).map(\.record) + [floor]
    }

    /// A batch is durable: places are known, the gateway may count this replica, the sessions get to hear of it.
    mutating func messagesDurable(
        _ batch: ReplicaRequest.Replicate, appended: [Int], locations: [LogLocation], slot: Slot, version: UInt64,
        answer: NodeID?, into actions: inout [ShardAction]
    ) {
        let index = entries.index(forKey: batch.recipient)
        for (place, location) in zip(appended, locations) {
            let message = batch.messages[place]
            if let index,
                entries.values[index].mailbox.setLocation(location, key: batch.key, number: message.number)
            {
                continue
            }
            // While the disk was at work every device stored it, from another replica, or the slot was dropped.
            freed.add(
                segment: location.segment, bytes: UInt32(message.body.count) + PendingMessage.headBytesEstimate)
        }
        // After the fence nothing counts that was begun before it: the copies that are merged now may lack it. And what was on
        // its way may have been refused: then the gateway asks again.
        if let answer, isCurrent(version, of: slot), isLogged(batch, but: appended) {
            actions.append(.send(answer, .reply(GatewayReply(token: batch.token, kind: .replicated))))
        }
        tellSessions(of: batch, appended: appended, slot: slot, into: &actions)
    }

    /// Whether the log has the batch's floor, and its messages but those that it has just written.
    private func isLogged(_ batch: ReplicaRequest.Replicate, but appended: [Int]) -> Bool {
        guard batch.floor > 0 || appended.count < batch.messages.count else { return true }
        guard let entry = entries.index(forKey: batch.recipient) else { return false }
        guard batch.floor == 0 || entries.values[entry].mailbox.isLogged(batch.key, number: batch.floor) else {
            return false
        }
        return batch.messages.indices.allSatisfy { place in
            appended.contains(place)
                || entries.values[entry].mailbox.isLogged(batch.key, number: batch.messages[place].number)
        }
    }

    mutating func acknowledge(
        _ acknowledge: ReplicaRequest.Acknowledge, slot: Slot, into actions: inout [ShardAction]
    ) {
        let index = enter(acknowledge.user, of: slot)
        guard !entries.values[index].isDeleted else { return }
        let rose = entries.values[index].mailbox.acknowledge(
            acknowledge.key, from: acknowledge.sender, device: acknowledge.device, upTo: acknowledge.upTo,
            freed: &freed)
        if rose { logMark(.watermark(acknowledge), slot: slot, into: &actions) }
        noteSettled(at: index)
        for subscription in entries.values[index].subscriptions.indices
        where entries.values[index].subscriptions[subscription].device == acknowledge.device {
            entries.values[index].subscriptions[subscription].acknowledge(acknowledge.key, upTo: acknowledge.upTo)
            pump(user: acknowledge.user, device: acknowledge.device, slot: slot, fresh: nil, into: &actions)
        }
    }

    func answer(
        _ question: ReplicaRequest.Question, to gateway: NodeID, into actions: inout [ShardAction]
    ) {
        var facts = GatewayReply.StreamFacts()
        facts.exists =
            registers[question.mailbox].map { !$0.durable.value.isEmpty } ?? false
            && entries[question.mailbox]?.isGone != true
        if let mailbox = entries[question.mailbox]?.mailbox {
            if let stream = mailbox.streams[question.key] {
                facts.top = stream.top
                facts.watermark = stream.watermark(of: question.device)
                facts.deliveredUpTo = stream.deliveredUpTo
            }
            if let reader = question.reader {
                let receipt = mailbox.receipts.entries[.init(stream: question.key, reader: reader)]
                facts.receipt = receipt?.progress.known(toNoneBut: []) ?? ReceiptProgress()
            }
        }
        actions.append(.send(gateway, .reply(GatewayReply(token: question.token, kind: .facts(facts)))))
    }

    mutating func fetch(_ fetch: ReplicaRequest.Fetch, from gateway: NodeID, into actions: inout [ShardAction]) {
        var answer = GatewayReply.Fetched(key: fetch.key, sender: nil, watermark: 0, messages: [])
        var wanted: [PendingMessage] = []
        if let stream = entries[fetch.user]?.mailbox.streams[fetch.key] {
            answer.sender = stream.sender
            answer.watermark = stream.watermark(of: fetch.device)
            var bytes = 0
            for message in stream.pending
            where message.number >= fetch.from && message.location != nil && wanted.count < Int(fetch.count) {
                bytes += Int(message.bodyBytes)
                if bytes > Limits.batchBytesMax, !wanted.isEmpty { break }
                wanted.append(message)
            }
        }
        guard !wanted.isEmpty else {
            actions.append(.send(gateway, .reply(GatewayReply(token: fetch.token, kind: .fetched(answer)))))
            return
        }
        let token = newToken()
        reads[token] = .fetch(gateway: gateway, token: fetch.token, user: fetch.user, answer, wanted)
        actions.append(.read(wanted.compactMap(\.location), token: token))
    }
}
