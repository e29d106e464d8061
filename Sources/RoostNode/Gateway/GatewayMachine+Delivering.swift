import OrderedCollections
import RoostCore
import RoostRing
import RoostSession

extension GatewayMachine {
    // MARK: Subscribing

    mutating func subscribe(
        _ token: GatewayToken, user: Address, device: DeviceID, window: Int, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let ring, let index = sessions.index(forKey: token) else { return }
        let slot = ring.slot(of: user)
        sessions.values[index].subscription = GatewaySession.Subscribed(
            slot: slot, sessionNumber: wallMilliseconds, pusher: choosePusher(slot, in: ring),
            askAgainAt: now + GatewayMachine.patience, deadline: now + GatewayMachine.operationDeadline)
        unsubscribedSessions.append(token)
        watchers.fresh.append(token)
        for owner in ring.owners(of: slot) { sendSubscribe(token, to: owner, into: &actions) }
    }

    /// This node if it owns the slot, else one of the owners that can be reached, another for each slot.
    func choosePusher(_ slot: Slot, in ring: RingTable) -> Int {
        // Only owners in force: one that is still to take the slot over may lack what came before.
        let owners = ring.owners(of: slot).current
        if let own = owners.firstIndex(of: node) { return own }
        let start = Int(slot.index) / 7 % owners.count
        for step in 0..<owners.count {
            let place = (start + step) % owners.count
            if !unreachable.contains(owners[place]) { return place }
        }
        return start
    }

    func sendSubscribe(_ token: GatewayToken, to owner: NodeID, into actions: inout [ShardAction]) {
        guard let session = sessions[token], let subscribed = session.subscription, let user = session.machine.user,
            let ring, let place = ring.owners(of: subscribed.slot).firstIndex(of: owner)
        else { return }
        let resume = session.machine.resumePoints.map {
            ReplicaRequest.Subscribe.Point(key: $0.key, released: $0.released)
        }
        let subscribe = ReplicaRequest.Subscribe(
            session: token, sessionNumber: subscribed.sessionNumber, user: user, device: session.machine.device,
            mode: place == subscribed.pusher ? .full : .numbers, window: UInt32(session.machine.window),
            resume: resume, sharesReads: session.sharesReads, wallMilliseconds: wallMilliseconds)
        let request = ReplicaRequest(
            slot: subscribed.slot, version: ring.version(of: subscribed.slot), kind: .subscribe(subscribe))
        actions.append(.send(owner, .request(request)))
    }

    mutating func subscribed(
        _ token: GatewayToken, by owner: NodeID, _ backlog: [GatewayReply.Backlog], now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let index = sessions.index(forKey: token), var subscribed = sessions.values[index].subscription, let ring
        else { return }
        let owners = ring.owners(of: subscribed.slot)
        guard let place = owners.firstIndex(of: owner) else { return }
        let wasLive = subscribed.isLive
        subscribed.answered |= 1 << UInt8(place)
        subscribed.doubtful &= ~(1 << UInt8(place))
        for entry in backlog {
            if var merged = subscribed.backlog[entry.key] {
                repair(&merged, with: entry)
                subscribed.backlog[entry.key] = merged
            } else {
                subscribed.backlog[entry.key] = .init(
                    key: entry.key, sender: entry.sender, watermark: entry.watermark, top: entry.top)
            }
        }
        let isLive = wasLive || owners.isQuorum(subscribed.answered)
        subscribed.isLive = isLive
        let merged = subscribed.backlog.values.sorted { $0.key < $1.key }
        if isLive { subscribed.backlog = [:] }
        sessions.values[index].subscription = subscribed
        if (0..<owners.count).allSatisfy(subscribed.isTaken) { unsubscribedSessions.remove(token) }
        guard isLive else { return }
        step(token, now: now, into: &actions) { machine, output in
            if wasLive {
                machine.backlogGrew(merged, into: &output)
            } else {
                machine.backlogKnown(merged, now: now, into: &output)
            }
        }
        for entry in backlog {
            guard let index = sessions.index(forKey: token) else { return }
            let stored = sessions.values[index].machine.storedUpTo(entry.key)
            guard stored > entry.watermark else { continue }
            repairWatermark(entry.key, of: token, sender: entry.sender, upTo: stored, at: owner, into: &actions)
        }
    }

    /// Tells an owner that missed it how far the device has stored a stream.
    private func repairWatermark(
        _ key: StreamKey, of session: GatewayToken, sender: Address?, upTo: StreamNumber, at owner: NodeID,
        into actions: inout [ShardAction]
    ) {
        guard let machine = sessions[session]?.machine, let user = machine.user, let sender, let ring else { return }
        let slot = ring.slot(of: user)
        let acknowledge = ReplicaRequest.Acknowledge(
            user: user, device: machine.device, key: key, sender: sender, upTo: upTo)
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .acknowledge(acknowledge))
        actions.append(.send(owner, .request(request)))
    }

    private func repair(_ merged: inout SessionMachine.BacklogStream, with entry: GatewayReply.Backlog) {
        merged.watermark = max(merged.watermark, entry.watermark)
        merged.top = max(merged.top, entry.top)
    }

    /// Another session of the device is known to an owner. If that owner had taken this session before, a newer one has
    /// replaced it. If not, the other is an older one, perhaps of a gateway that is gone: this one outbids it, for the
    /// connection that came last is the one with somebody behind it.
    mutating func superseded(
        _ token: GatewayToken, by owner: NodeID, sessionNumber: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let index = sessions.index(forKey: token), let subscribed = sessions.values[index].subscription, let ring
        else { return }
        let owners = ring.owners(of: subscribed.slot)
        guard sessionNumber >= subscribed.sessionNumber, let place = owners.firstIndex(of: owner) else { return }
        if subscribed.answered & 1 << UInt8(place) != 0 {
            step(token, now: now, into: &actions) { machine, output in
                machine.expel(
                    .sessionReplaced, .init(.sessionReplaced, "this device connected again, elsewhere"), into: &output)
            }
            return
        }
        sessions.values[index].subscription?.sessionNumber = sessionNumber + 1
        for owner in owners { sendSubscribe(token, to: owner, into: &actions) }
    }

    // MARK: Delivering

    /// Whether the session exists; if not, tells the replica to stop pushing to it.
    func isKnown(
        _ token: GatewayToken, slot: Slot, owner: NodeID, into actions: inout [ShardAction]
    ) -> Bool {
        if sessions.index(forKey: token) != nil { return true }
        if let ring {
            let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .forget(session: token))
            actions.append(.send(owner, .request(request)))
        }
        return false
    }

    mutating func pushed(
        _ token: GatewayToken, _ push: GatewayReply.Push, by owner: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard isKnown(token, slot: push.slot, owner: owner, into: &actions) else { return }
        let message = ServerFrame.Message(
            from: push.sender, key: push.key, number: push.number, content: MessageContent(bytes: push.body),
            lostFrom: push.lostFrom, sentAtMilliseconds: push.sentAtMilliseconds)
        step(token, now: now, into: &actions) { machine, output in
            machine.pushed(message, watermark: push.watermark, now: now, into: &output)
        }
    }

    mutating func announced(
        _ token: GatewayToken, slot: Slot, key: StreamKey, sender: Address, number: StreamNumber,
        watermark: StreamNumber, by owner: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard isKnown(token, slot: slot, owner: owner, into: &actions) else { return }
        step(token, now: now, into: &actions) { machine, _ in
            machine.announced(key, from: sender, number: number, watermark: watermark)
        }
    }

    // MARK: Fetching

    mutating func fetch(
        _ key: StreamKey, from: StreamNumber, count: Int, session: GatewayToken, user: Address, device: DeviceID,
        now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return }
        let slot = ring.slot(of: user)
        let token = newToken()
        let fetch = ReplicaRequest.Fetch(
            token: token, user: user, device: device, key: key, from: from, count: UInt32(count))
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .fetch(fetch))
        let owners = ring.owners(of: slot)
        fetches[token] = FetchOperation(
            session: session, key: key, from: from, request: request, owners: owners,
            deadline: now + GatewayMachine.operationDeadline)
        for owner in owners { actions.append(.send(owner, .request(request))) }
    }

    mutating func fetched(
        _ token: GatewayToken, _ answer: GatewayReply.Fetched, by owner: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let index = fetches.index(forKey: token),
            let place = fetches.values[index].owners.firstIndex(of: owner)
        else { return }
        fetches.values[index].answered |= 1 << UInt8(place)
        fetches.values[index].watermark = max(fetches.values[index].watermark, answer.watermark)
        fetches.values[index].sender = fetches.values[index].sender ?? answer.sender
        let known = Set(fetches.values[index].messages.map(\.number))
        fetches.values[index].messages.append(contentsOf: answer.messages.filter { !known.contains($0.number) })
        let operation = fetches.values[index]
        guard operation.owners.isQuorum(operation.answered) else { return }
        fetches.remove(at: index)
        // Somebody announced what the device stored long ago: an owner that missed the acknowledgement.
        if operation.watermark >= operation.from {
            for owner in operation.owners {
                repairWatermark(
                    operation.key, of: operation.session, sender: operation.sender, upTo: operation.watermark,
                    at: owner, into: &actions)
            }
        }
        let messages = operation.messages.sorted { $0.number < $1.number }
        step(operation.session, now: now, into: &actions) { machine, output in
            let frames = messages.compactMap { message in
                operation.sender.map {
                    ServerFrame.Message(
                        from: $0, key: operation.key, number: message.number,
                        content: MessageContent(bytes: message.body), lostFrom: message.lostFrom,
                        sentAtMilliseconds: message.sentAtMilliseconds)
                }
            }
            machine.fetched(operation.key, frames, watermark: operation.watermark, now: now, into: &output)
        }
    }

    // MARK: Links

    /// The link to a node stands anew: what was said to it may be lost, and it may have forgotten the sessions.
    mutating func nodeReachable(_ owner: NodeID, now: Instant, into actions: inout [ShardAction]) {
        unreachable.remove(owner)
        resubscribe(at: owner, now: now, into: &actions)
        sayReceiptsAgain(to: owner, into: &actions)
        for token in replications.keys {
            guard let operation = replications[token], let place = operation.owners.firstIndex(of: owner),
                operation.durable & 1 << UInt8(place) == 0
            else { continue }
            askAgain(token, owner: owner, into: &actions)
        }
    }

    /// The link to a node is down: another pushes in its place.
    mutating func nodeUnreachable(_ owner: NodeID, now: Instant, into actions: inout [ShardAction]) {
        unreachable.insert(owner)
        guard let ring else { return }
        for token in sessions.keys.sorted() {
            guard let index = sessions.index(forKey: token), let subscribed = sessions.values[index].subscription else {
                continue
            }
            let owners = ring.owners(of: subscribed.slot)
            guard owners[subscribed.pusher] == owner else { continue }
            let pusher = choosePusher(subscribed.slot, in: ring)
            guard pusher != subscribed.pusher else { continue }
            sessions.values[index].subscription?.pusher = pusher
            subscribeAgain(token, at: pusher, now: now, into: &actions)
        }
    }

    /// Subscribes every session that has this owner, as if it had never heard of them.
    mutating func resubscribe(at owner: NodeID, now: Instant, into actions: inout [ShardAction]) {
        guard let ring else { return }
        for token in sessions.keys.sorted() {
            guard let subscribed = sessions[token]?.subscription,
                let place = ring.owners(of: subscribed.slot).firstIndex(of: owner)
            else { continue }
            subscribeAgain(token, at: place, now: now, into: &actions)
        }
    }

    /// Subscribes a session at an owner that may have forgotten it, until the owner answers: one that mends its slot does not, and
    /// one that goes by another ring may not.
    private mutating func subscribeAgain(
        _ token: GatewayToken, at place: Int, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring, let index = sessions.index(forKey: token), let subscribed = sessions.values[index].subscription
        else { return }
        sessions.values[index].subscription?.doubtful |= 1 << UInt8(place)
        let soon = now + GatewayMachine.patience
        sessions.values[index].subscription?.askAgainAt =
            subscribed.askAgainAt > now ? min(subscribed.askAgainAt, soon) : soon
        unsubscribedSessions.append(token)
        sendSubscribe(token, to: ring.owners(of: subscribed.slot)[place], into: &actions)
    }

    /// Sends a batch to one owner again, marked as a retry: it may have been kept, delivered and dropped already.
    mutating func askAgain(_ token: GatewayToken, owner: NodeID, into actions: inout [ShardAction]) {
        guard let index = replications.index(forKey: token) else { return }
        replications.values[index].request.markAsRetry()
        actions.append(.send(owner, .request(replications.values[index].request)))
    }
}
