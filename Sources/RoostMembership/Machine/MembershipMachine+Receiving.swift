import RoostCore

/// Datagrams that come in.
extension MembershipMachine {
    /// A datagram came. `address` is where it came from, and where an answer goes.
    public mutating func received(
        _ datagram: GossipDatagram, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        guard phase != .waiting else {
            actions.append(.dropped(.notStarted))
            return
        }
        guard datagram.sender != local.id else {
            receivedOwnIdentity(datagram, from: address, now: now, into: &actions)
            return
        }
        if let reason = refusal(of: datagram, from: address) {
            actions.append(.dropped(reason))
            answerRefused(datagram, reason, at: address, into: &actions)
            if case .epochForked = reason { meet(datagram, from: address, now: now, into: &actions) }
            return
        }
        if !datagram.cluster.isZero, datagram.epoch > epoch {
            actions.append(.peerHasNewerEpoch(datagram.epoch, from: datagram.sender))
        }
        let spreads = spreadsNews(of: datagram.kind)
        var isNews = false
        for update in datagram.updates {
            let update = weighed(update, in: datagram)
            isNews = apply(update, from: address, spreads: spreads, now: now, into: &actions) || isNews
        }
        if isNews, case .listPage = datagram.kind { foundNewsInList(now: now) }
        noteProcess(of: datagram)
        answer(datagram, from: address, now: now, into: &actions)
    }

    /// A seed leads back here, or somebody runs on a copy of this node's data directory.
    private mutating func receivedOwnIdentity(
        _ datagram: GossipDatagram, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        guard datagram.process == process else {
            reportConflict(datagram.incarnation, address: address, now: now, into: &actions)
            return
        }
        if case .listRequest(let sequence, _) = datagram.kind,
            let index = walks.firstIndex(where: { $0.sequence == sequence })
        {
            let walk = walks.remove(at: index)
            for seed in seeds.indices where seeds[seed].address == walk.address { seeds[seed].isSelf = true }
        }
        actions.append(.dropped(.ownDatagram))
    }

    /// Said at most once an interval of contacts: somebody has to look each time.
    mutating func reportConflict(
        _ incarnation: Incarnation, address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        claim = max(claim ?? incarnation, incarnation)
        guard now >= conflictQuietUntil else { return }
        conflictQuietUntil = now + settings.contactInterval
        actions.append(.identityConflict(address: address))
    }

    /// The holder has looked: nobody lives who goes by this node's identity, or whoever does has to go. What was said in its
    /// name is outbid. Otherwise the others would hold on to the later life that they believe in, and would drop all that this
    /// one says as an earlier life's.
    public mutating func identityUpheld(into actions: inout [MembershipAction]) {
        guard phase == .takingPart, let claim else { return }
        self.claim = nil
        guard claim.boot >= incarnation.boot else { return }
        guard claim.boot < UInt64(UInt32.max) else {
            actions.append(.dropped(.implausibleIncarnation))
            return
        }
        incarnation = Incarnation(boot: claim.boot + 1)
        rumors.spread(local.id)
    }

    private func refusal(of datagram: GossipDatagram, from address: String) -> GossipDropReason? {
        if !cluster.isZero, !datagram.cluster.isZero {
            guard datagram.cluster == cluster else { return .otherCluster(datagram.cluster) }
            if datagram.epoch == epoch, datagram.epochHash != epochHash {
                return .epochForked(epoch, datagram.sender)
            }
        }
        guard let known = table[datagram.sender], known.isHeard else { return nil }
        guard datagram.incarnation.boot >= known.incarnation.boot else { return .staleLife(datagram.sender) }
        // One that is gone may have been an older state of the directory, refused by its peers: the right one comes then, perhaps
        // before the other is missed. Two processes cannot have one address, so whoever speaks from there has taken its place.
        if datagram.incarnation.boot == known.incarnation.boot, known.isPresent, let process = known.process,
            process != datagram.process, address != known.description.address
        {
            return .identityInUse(datagram.sender)
        }
        return nil
    }

    /// Two processes with one identity never hear each other: each takes the other's news for its own. So whoever is
    /// refused for it is told who has it.
    private mutating func answerRefused(
        _ datagram: GossipDatagram, _ reason: GossipDropReason, at address: String,
        into actions: inout [MembershipAction]
    ) {
        switch datagram.kind {
        case .ping, .listRequest: break
        case .ack, .pingRequest, .nack, .gossip, .listPage: return
        }
        guard reason == .staleLife(datagram.sender) || reason == .identityInUse(datagram.sender),
            let holder = table[datagram.sender]
        else { return }
        send(.gossip, to: holder.id, at: address, leading: [aliveUpdate(about: holder)], into: &actions)
    }

    /// Of a node with another ring of the same number nothing is believed but that it is there: whoever holds this has to
    /// reach it, to find out which of the two goes on.
    private mutating func meet(
        _ datagram: GossipDatagram, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        for update in datagram.updates where update.id == datagram.sender {
            guard case .alive = update else { continue }
            _ = apply(update, from: address, spreads: false, now: now, into: &actions)
        }
    }

    /// A death in a list may be old, or was only seen from the other side of a partition: the dead one is given the time
    /// of a suspicion to deny it. A rumour of a death has had that time.
    private func weighed(_ update: MemberUpdate, in datagram: GossipDatagram) -> MemberUpdate {
        guard case .listPage = datagram.kind, case .dead(let id, let incarnation) = update else { return update }
        return .suspect(id, incarnation: incarnation, accuser: datagram.sender)
    }

    private mutating func noteProcess(of datagram: GossipDatagram) {
        guard let index = table.index(of: datagram.sender) else { return }
        let known = table.records[index]
        guard known.isHeard, known.process != datagram.process, known.incarnation.boot == datagram.incarnation.boot
        else { return }
        table.update(at: index) { $0.process = datagram.process }
    }

    private mutating func answer(
        _ datagram: GossipDatagram, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        let sender = datagram.sender
        switch datagram.kind {
        case .ping(let sequence, let target):
            guard target == local.id else {
                actions.append(.dropped(.notForThisNode(target)))
                return
            }
            send(.ack(sequence: sequence), to: sender, at: address, into: &actions)
        case .ack(let sequence):
            receivedAck(sequence, from: sender, into: &actions)
        case .pingRequest(let sequence, let target):
            relay(sequence, target: target, asker: sender, askerAddress: address, now: now, into: &actions)
        case .nack(let sequence):
            receivedNack(sequence, from: sender, into: &actions)
        case .gossip:
            break
        case .listRequest(let sequence, let after):
            sendPage(sequence, after: after, to: sender, at: address, into: &actions)
        case .listPage(let sequence, let next):
            receivedPage(sequence, next: next, from: sender, at: address, now: now, into: &actions)
        }
    }
}
