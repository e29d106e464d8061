import RoostCore

extension MembershipMachine {
    /// Most pings on others' behalf at once.
    private static let errandsMax = 64

    /// A datagram came from `address`.
    public mutating func received(
        _ datagram: GossipDatagram, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        let sender = datagram.sender
        guard sender.description.id != local.description.id else {
            let isOwn =
                sender.description.boot == local.description.boot
                && sender.description.address == local.description.address
            actions.append(isOwn ? .dropped(.ownDatagram) : .identityConflict(address: address))
            return
        }
        guard sender.cluster.isZero || local.cluster.isZero || sender.cluster == local.cluster else {
            actions.append(.dropped(.otherCluster))
            return
        }
        let isNew = index(of: sender.description.id) == nil
        guard take(sender, from: sender.description.id, isFirstHand: true, now: now, into: &actions) else { return }
        for entry in datagram.news {
            _ = take(entry, from: sender.description.id, isFirstHand: false, now: now, into: &actions)
        }
        if !sender.cluster.isZero, datagram.epoch > epoch {
            actions.append(.peerHasNewerEpoch(datagram.epoch, sender.description.id))
        }
        step(datagram.kind, sender: sender, now: now, into: &actions)
        if isNew { sendEverything(to: sender.description.address, into: &actions) }
    }

    private mutating func step(
        _ kind: GossipDatagram.Kind, sender: MemberStatusEntry, now: Instant, into actions: inout [MembershipAction]
    ) {
        let address = sender.description.address
        switch kind {
        case .ping(let sequence, let target):
            guard target.isZero || target == local.description.id else {
                actions.append(.dropped(.notForThisNode))
                return
            }
            actions.append(.send(datagram(.ack(sequence: sequence), about: sender.description.id), to: address))
        case .ack(let sequence):
            acknowledged(sequence, by: sender, into: &actions)
        case .pingRequest(let sequence, let target, let targetAddress):
            guard errands.count < MembershipMachine.errandsMax else { return }
            self.sequence &+= 1
            errands.append(
                Errand(
                    sequence: self.sequence, asker: address, askerSequence: sequence,
                    nackAt: now + settings.probeTimeout, endsAt: now + settings.probeInterval))
            let ping = GossipDatagram.Kind.ping(sequence: self.sequence, target: target)
            actions.append(.send(datagram(ping, about: target), to: targetAddress))
        case .nack(let sequence):
            guard probe?.sequence == sequence else { return }
            probe?.silentHelpers -= 1
        case .news:
            break
        }
    }

    private mutating func acknowledged(
        _ sequence: UInt32, by sender: MemberStatusEntry, into actions: inout [MembershipAction]
    ) {
        if probe?.sequence == sequence {
            probe = nil
            health = health > 0 ? health - 1 : 0
        } else if let place = errands.firstIndex(where: { $0.sequence == sequence }) {
            let errand = errands.remove(at: place)
            actions.append(.send(datagram(.ack(sequence: errand.askerSequence)), to: errand.asker))
        }
    }

    // MARK: News

    /// Takes somebody's word on a member. False when there is no room for one more.
    private mutating func take(
        _ entry: MemberStatusEntry, from teller: NodeID, isFirstHand: Bool, now: Instant,
        into actions: inout [MembershipAction]
    ) -> Bool {
        guard entry.description.id != local.description.id else {
            refute(entry)
            return true
        }
        guard entry.cluster.isZero || local.cluster.isZero || entry.cluster == local.cluster else { return true }
        guard let place = index(of: entry.description.id) else {
            guard others.count < Limits.membersMax - 1 else {
                actions.append(.dropped(.tooManyMembers))
                return false
            }
            // Of one who is gone already nothing need be learned.
            guard entry.status == .alive || entry.status == .suspect else { return true }
            insert(Member(entry: entry, transmissions: 0, suspicion: nil))
            actions.append(.memberJoined(entry.description))
            guard entry.status == .suspect, let inserted = index(of: entry.description.id) else { return true }
            others[inserted].entry.status = .alive
            suspect(inserted, incarnation: entry.incarnation, by: teller, now: now, into: &actions)
            return true
        }
        switch entry.status {
        case .alive:
            alive(place, entry, isFirstHand: isFirstHand, into: &actions)
        case .suspect:
            suspect(place, incarnation: entry.incarnation, by: teller, now: now, into: &actions)
        case .dead, .left:
            guard entry.incarnation >= others[place].entry.incarnation else { return true }
            guard others[place].entry.status == .alive || others[place].entry.status == .suspect else { return true }
            change(place, to: entry.status, incarnation: entry.incarnation, into: &actions)
        }
        return true
    }

    /// Somebody thinks ill of this node: a higher incarnation says that it lives.
    private mutating func refute(_ entry: MemberStatusEntry) {
        guard entry.status != .alive, local.status == .alive, entry.incarnation >= local.incarnation else { return }
        local.incarnation = entry.incarnation + 1
        localTransmissions = 0
        health = min(health + 1, settings.healthMax)
    }

    private mutating func alive(
        _ place: Int, _ entry: MemberStatusEntry, isFirstHand: Bool, into actions: inout [MembershipAction]
    ) {
        let known = others[place].entry
        // A first-hand word of the same incarnation still tells of a new cluster; only a higher one ends a suspicion.
        if entry.incarnation == known.incarnation, isFirstHand, entry.cluster != known.cluster {
            others[place].entry.cluster = entry.cluster
            others[place].transmissions = 0
        }
        guard entry.incarnation > known.incarnation else { return }
        others[place].entry = entry
        others[place].transmissions = 0
        others[place].suspicion = nil
        if entry.description.boot > known.description.boot || entry.description != known.description {
            actions.append(.memberRestarted(entry.description))
        }
        if known.status != .alive { actions.append(.memberChanged(entry.description.id, .alive)) }
    }

    mutating func suspect(
        _ place: Int, incarnation: UInt64, by teller: NodeID, now: Instant, into actions: inout [MembershipAction]
    ) {
        guard incarnation >= others[place].entry.incarnation else { return }
        switch others[place].entry.status {
        case .alive:
            change(place, to: .suspect, incarnation: incarnation, into: &actions)
            others[place].suspicion = Suspicion(began: now, confirmers: [teller])
        case .suspect:
            others[place].entry.incarnation = incarnation
            // Who confirms a suspicion gives it weight, and its word is passed on.
            guard let known = others[place].suspicion, !known.confirmers.contains(teller) else { return }
            others[place].suspicion?.confirmers.append(teller)
            others[place].transmissions = 0
        case .dead, .left:
            break
        }
    }

    mutating func change(
        _ place: Int, to status: MemberStatus, incarnation: UInt64, into actions: inout [MembershipAction]
    ) {
        others[place].entry.status = status
        others[place].entry.incarnation = incarnation
        others[place].transmissions = 0
        if status != .suspect { others[place].suspicion = nil }
        actions.append(.memberChanged(others[place].entry.description.id, status))
    }
}
