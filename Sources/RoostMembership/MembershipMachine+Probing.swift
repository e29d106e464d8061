import RoostCore

extension MembershipMachine {
    /// A deadline has come.
    public mutating func timerFired(now: Instant, into actions: inout [MembershipAction]) {
        runErrands(now: now, into: &actions)
        if var current = probe {
            if let indirectAt = current.indirectAt, now >= indirectAt {
                current.indirectAt = nil
                current.silentHelpers = askOthers(current, into: &actions)
                probe = current
            }
            if now >= current.endsAt {
                probe = nil
                probeFailed(current, now: now, into: &actions)
            }
        }
        for place in others.indices {
            guard let suspicion = others[place].suspicion, now >= end(of: suspicion) else { continue }
            change(place, to: .dead, incarnation: others[place].entry.incarnation, into: &actions)
        }
        if now >= nextProbe { startProbe(now: now, into: &actions) }
        if now >= nextSeedCall { callOnSeeds(now: now, into: &actions) }
        if now >= nextGossip {
            nextGossip = now + settings.gossipInterval
            guard hasNews else { return }
            for target in randomMembers(settings.gossipFanOut, where: { $0.entry.status != .left }) {
                actions.append(.send(datagram(.news), to: target.description.address))
            }
        }
    }

    /// Pings the next of the round. An unhealthy node takes longer, for the fault may be its own.
    private mutating func startProbe(now: Instant, into actions: inout [MembershipAction]) {
        let pace = health + 1
        nextProbe = now + settings.probeInterval * pace
        guard let target = nextTarget() else { return }
        sequence &+= 1
        probe = Probe(
            sequence: sequence, target: target.description.id, indirectAt: now + settings.probeTimeout * pace,
            endsAt: nextProbe)
        let kind = GossipDatagram.Kind.ping(sequence: sequence, target: target.description.id)
        actions.append(.send(datagram(kind, about: target.description.id), to: target.description.address))
    }

    private mutating func nextTarget() -> MemberStatusEntry? {
        for _ in 0..<2 {
            while let node = round.popLast() {
                if let place = index(of: node), others[place].entry.status != .left { return others[place].entry }
            }
            round = others.map(\.entry.description.id).shuffled(using: &random)
        }
        return nil
    }

    /// Returns how many were asked.
    private mutating func askOthers(_ probe: Probe, into actions: inout [MembershipAction]) -> Int {
        guard let place = index(of: probe.target) else { return 0 }
        let target = others[place].entry
        let helpers = randomMembers(settings.indirectProbes) {
            $0.entry.status == .alive && $0.entry.description.id != probe.target
        }
        for helper in helpers {
            let kind = GossipDatagram.Kind.pingRequest(
                sequence: probe.sequence, target: target.description.id, address: target.description.address)
            actions.append(.send(datagram(kind), to: helper.description.address))
        }
        return helpers.count
    }

    private mutating func probeFailed(_ probe: Probe, now: Instant, into actions: inout [MembershipAction]) {
        guard let place = index(of: probe.target) else { return }
        guard others[place].entry.status == .alive || others[place].entry.status == .suspect else { return }
        // Helpers that said nothing at all make it likelier that the fault is here (Lifeguard, section IV-A).
        if probe.silentHelpers > 0 { health = min(health + 1, settings.healthMax) }
        suspect(
            place, incarnation: others[place].entry.incarnation, by: local.description.id, now: now, into: &actions)
    }

    private mutating func runErrands(now: Instant, into actions: inout [MembershipAction]) {
        for errand in errands where now >= errand.nackAt {
            actions.append(.send(datagram(.nack(sequence: errand.askerSequence)), to: errand.asker))
        }
        errands.removeAll { now >= $0.nackAt }
    }
}
