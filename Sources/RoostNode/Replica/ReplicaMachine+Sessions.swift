import RoostCore
import RoostMailbox

extension ReplicaMachine {
    /// Bodies read from the log for one session at a time.
    static let readAheadMessages = 32

    // MARK: Subscribing

    mutating func subscribe(
        _ request: ReplicaRequest.Subscribe, slot: Slot, from gateway: NodeID, into actions: inout [ShardAction]
    ) {
        let index = enter(request.user, of: slot)
        var entry = entries.values[index]
        // It was let in before the account's change reached its gateway.
        if let kind = entry.mailbox.isFormer(request.device) ? .deviceRemoved : entry.farewell() {
            actions.append(.send(gateway, .reply(GatewayReply(token: request.session, kind: kind))))
            return
        }
        // The sessions of a user are few; taken out whole so that the mailbox is not copied below.
        var subscription = Subscription(
            gateway: gateway, session: request.session, sessionNumber: request.sessionNumber, device: request.device,
            mode: request.mode, window: Int(request.window))
        if let index = entry.subscriptions.firstIndex(where: { $0.device == request.device }) {
            let current = entry.subscriptions[index]
            let isSame = current.gateway == gateway && current.session == request.session
            guard isSame || request.sessionNumber > current.sessionNumber else {
                let kind = GatewayReply.Kind.superseded(bySessionNumber: current.sessionNumber)
                actions.append(.send(gateway, .reply(GatewayReply(token: request.session, kind: kind))))
                return
            }
            if !isSame {
                sessionUsers.removeValue(forKey: SessionName(node: current.gateway, session: current.session))
                let kind = GatewayReply.Kind.superseded(bySessionNumber: request.sessionNumber)
                actions.append(.send(current.gateway, .reply(GatewayReply(token: current.session, kind: kind))))
            }
            entry.subscriptions.remove(at: index)
        }
        for point in request.resume {
            let watermark = entry.mailbox.streams[point.key]?.watermark(of: request.device) ?? 0
            guard point.released > watermark else { continue }
            subscription.flows[point.key] = .init(pushed: point.released, acknowledged: watermark)
            subscription.outstanding += Int(point.released - watermark)
        }
        entry.mailbox.subscribed(request.device, freed: &freed)
        entry.subscriptions.append(subscription)
        let backlog = entry.mailbox.backlog(of: request.device).map { key, stream in
            GatewayReply.Backlog(
                key: key, sender: stream.sender, watermark: stream.watermark(of: request.device), top: stream.top)
        }
        // A session is numbered by the time at which it began. Its gateway may die before it has said when the device was last heard
        // from.
        if entry.lastSeen.merge(request.sessionNumber) { presence.unlogged.insert(request.user) }
        entries[request.user] = entry
        presenceMayHaveChanged(of: request.user)
        sessionUsers[SessionName(node: gateway, session: request.session)] = request.user
        actions.append(.send(gateway, .reply(GatewayReply(token: request.session, kind: .subscribed(backlog)))))
        if entry.sharesReads != request.sharesReads {
            reply(.settingsChanged(sharesReads: entry.sharesReads), token: request.session, to: gateway, into: &actions)
        }
        if entry.mailbox.devices.count > 1 {
            // That there are others may have been told while the gateway could not hear it.
            let kind = GatewayReply.Kind.devicesChanged(count: entry.mailbox.devices.count)
            actions.append(.send(gateway, .reply(GatewayReply(token: request.session, kind: kind))))
        }
        guard request.mode == .full else { return }
        tellReceipts(
            of: request.user, to: request.device, wallMilliseconds: request.wallMilliseconds, slot: slot, into: &actions
        )
        pump(user: request.user, device: request.device, slot: slot, fresh: nil, into: &actions)
    }

    mutating func unsubscribe(user: Address, device: DeviceID, session: GatewayToken, gateway: NodeID) {
        sessionUsers.removeValue(forKey: SessionName(node: gateway, session: session))
        guard let index = entries.index(forKey: user) else { return }
        entries.values[index].subscriptions.removeAll { $0.gateway == gateway && $0.session == session }
        presenceMayHaveChanged(of: user)
    }

    /// The gateway answered a push with: no such session.
    mutating func forget(session: GatewayToken, gateway: NodeID) {
        guard let user = sessionUsers[SessionName(node: gateway, session: session)] else { return }
        unsubscribe(user: user, device: 0, session: session, gateway: gateway)
    }

    /// A node has a new life: its sessions are over.
    mutating func forgetSessions(of gateway: NodeID) {
        let names = sessionUsers.keys.filter { $0.node == gateway }
        for name in names { forget(session: name.session, gateway: gateway) }
    }

    // MARK: Pushing

    /// Messages have become durable: whoever waits gets them, or their numbers.
    mutating func tellSessions(
        of batch: ReplicaRequest.Replicate, appended: [Int], slot: Slot, into actions: inout [ShardAction]
    ) {
        guard let entry = entries.index(forKey: batch.recipient) else { return }
        for index in entries.values[entry].subscriptions.indices {
            let device = entries.values[entry].subscriptions[index].device
            switch entries.values[entry].subscriptions[index].mode {
            case .full:
                pump(user: batch.recipient, device: device, slot: slot, fresh: (batch, appended), into: &actions)
            case .numbers:
                guard Mailbox.isFor(device, batch.key),
                    let watermark = entries.values[entry].mailbox.streams[batch.key]?.watermark(of: device)
                else {
                    continue
                }
                let gateway = entries.values[entry].subscriptions[index].gateway
                let session = entries.values[entry].subscriptions[index].session
                for place in appended where batch.messages[place].number > watermark {
                    let kind = GatewayReply.Kind.announce(
                        slot: slot, key: batch.key, sender: batch.sender, number: batch.messages[place].number,
                        watermark: watermark)
                    actions.append(.send(gateway, .reply(GatewayReply(token: session, kind: kind))))
                }
            }
        }
    }

    /// Pushes what is next for a device, in order of arrival, while its window is open. A body that is not at hand is
    /// read from the log first, and the push goes on when it has come.
    mutating func pump(
        user: Address, device: DeviceID, slot: Slot, fresh: (batch: ReplicaRequest.Replicate, appended: [Int])?,
        into actions: inout [ShardAction]
    ) {
        guard let entry = entries.index(forKey: user),
            let index = entries.values[entry].subscriptions.firstIndex(where: { $0.device == device })
        else { return }
        guard entries.values[entry].subscriptions[index].mode == .full else { return }
        let window = entries.values[entry].subscriptions[index].window
        var wanted: [PushItem] = []
        while true {
            // Fields one by one: a copy of the subscription would retain all that it holds, for every message.
            guard !entries.values[entry].subscriptions[index].isReading,
                entries.values[entry].subscriptions[index].outstanding + wanted.count < window,
                wanted.count < ReplicaMachine.readAheadMessages,
                let (key, message) = entries.values[entry].mailbox.next(
                    after: entries.values[entry].subscriptions[index].cursor, for: device),
                let stream = entries.values[entry].mailbox.streams[key]
            else { break }
            entries.values[entry].subscriptions[index].cursor = message.arrival
            if let body = wanted.isEmpty ? ReplicaMachine.body(of: message, key, in: fresh) : nil {
                push(
                    message, key: key, stream: stream, body: body, slot: slot, entry: entry, subscription: index,
                    into: &actions)
            } else {
                let pushed = entries.values[entry].subscriptions[index].flows[key]?.pushed ?? 0
                if message.number > pushed {
                    wanted.append(PushItem(key: key, sender: stream.sender, message: message))
                }
            }
        }
        guard !wanted.isEmpty else { return }
        entries.values[entry].subscriptions[index].isReading = true
        let number = entries.values[entry].subscriptions[index].sessionNumber
        let token = newToken()
        reads[token] = .push(slot: slot, user: user, device: device, sessionNumber: number, wanted)
        actions.append(.read(wanted.compactMap(\.message.location), token: token))
    }

    private static func body(
        of message: PendingMessage, _ key: StreamKey,
        in fresh: (batch: ReplicaRequest.Replicate, appended: [Int])?
    ) -> [UInt8]? {
        guard let fresh, fresh.batch.key == key else { return nil }
        for place in fresh.appended where fresh.batch.messages[place].number == message.number {
            return fresh.batch.messages[place].body
        }
        return nil
    }

    private mutating func push(
        _ message: PendingMessage, key: StreamKey, stream: InboundStream, body: [UInt8], slot: Slot,
        entry: Int, subscription index: Int, into actions: inout [ShardAction]
    ) {
        let device = entries.values[entry].subscriptions[index].device
        let watermark = stream.watermark(of: device)
        guard
            entries.values[entry].subscriptions[index].push(key, number: message.number, watermark: watermark)
        else { return }
        let gateway = entries.values[entry].subscriptions[index].gateway
        let session = entries.values[entry].subscriptions[index].session
        let push = GatewayReply.Push(
            slot: slot, key: key, sender: stream.sender, number: message.number, watermark: watermark,
            lostFrom: stream.lostFrom(before: message.number), sentAtMilliseconds: message.sentAtMilliseconds,
            body: body)
        actions.append(.send(gateway, .reply(GatewayReply(token: session, kind: .push(push)))))
    }

    /// The log has read what ``pump(user:device:slot:fresh:into:)`` asked for.
    mutating func readForPush(
        user: Address, device: DeviceID, sessionNumber: UInt64, slot: Slot, _ items: [PushItem],
        bodies: [[UInt8]?], into actions: inout [ShardAction]
    ) {
        guard let entry = entries.index(forKey: user),
            let index = entries.values[entry].subscriptions.firstIndex(where: {
                $0.device == device && $0.sessionNumber == sessionNumber && $0.isReading
            })
        else { return }
        entries.values[entry].subscriptions[index].isReading = false
        for (item, body) in zip(items, bodies) {
            guard let stream = entries.values[entry].mailbox.streams[item.key],
                item.message.number > stream.watermark(of: device)
            else { continue }
            if let body {
                push(
                    item.message, key: item.key, stream: stream, body: body, slot: slot, entry: entry,
                    subscription: index, into: &actions)
            } else {
                // Unreadable here: the gateway sees the gap and reads it from another replica.
                let subscription = entries.values[entry].subscriptions[index]
                let kind = GatewayReply.Kind.announce(
                    slot: slot, key: item.key, sender: item.sender, number: item.message.number,
                    watermark: stream.watermark(of: device))
                actions.append(
                    .send(subscription.gateway, .reply(GatewayReply(token: subscription.session, kind: kind))))
            }
        }
        pump(user: user, device: device, slot: slot, fresh: nil, into: &actions)
    }

    /// The log has read what a fetch asked for; what could not be read is left out.
    func readForFetch(
        gateway: NodeID, token: GatewayToken, user: Address, _ answer: GatewayReply.Fetched,
        _ messages: [PendingMessage], bodies: [[UInt8]?], into actions: inout [ShardAction]
    ) {
        var answer = answer
        let stream = entries[user]?.mailbox.streams[answer.key]
        for (message, body) in zip(messages, bodies) {
            guard let body else {
                answer.isDamaged = true
                continue
            }
            answer.messages.append(
                .init(
                    number: message.number, lostFrom: stream?.lostFrom(before: message.number) ?? 0,
                    sentAtMilliseconds: message.sentAtMilliseconds, body: body))
        }
        actions.append(.send(gateway, .reply(GatewayReply(token: token, kind: .fetched(answer)))))
    }
}
