import RoostCore

/// The failure detector: one member a round, in an order that is shuffled once a pass (SWIM, section 4.3).
extension MembershipMachine {
    /// Ends the round and begins the next.
    mutating func beginRound(now: Instant, into actions: inout [MembershipAction]) {
        endRound(now: now, into: &actions)
        forgetTheGone(now: now)
        nextProbeAt = now + health.scale(settings.probeInterval)
        guard let target = nextTarget() else { return }
        let sequence = takeSequence()
        probe = Probe(
            target: target.id, sequence: sequence, phase: .direct(until: now + health.scale(settings.probeTimeout)))
        send(.ping(sequence: sequence, target: target.id), to: target, into: &actions)
    }

    private mutating func nextTarget() -> MemberRecord? {
        // A pass may hold none but the gone; the next holds none of them.
        for _ in 0..<2 {
            while probePosition < probeOrder.count {
                let id = probeOrder[probePosition]
                probePosition += 1
                if let record = table[id], record.isPresent { return record }
            }
            probeOrder = table.records.filter(\.isPresent).map(\.id)
            probeOrder.shuffle(using: &random)
            probePosition = 0
        }
        return nil
    }

    /// The target has been silent for long enough: the way to it may be at fault, so others try theirs.
    mutating func probeIndirectly(now: Instant, into actions: inout [MembershipAction]) {
        guard var probe, case .direct(let until) = probe.phase, now >= until else { return }
        let target = probe.target
        let asked = table.sample(settings.indirectProbes, using: &random) { $0.status == .alive && $0.id != target }
        for member in asked {
            send(.pingRequest(sequence: probe.sequence, target: target), to: member, into: &actions)
        }
        let ids = asked.map(\.id)
        probe.phase = .indirect(silent: ids, asked: ids)
        self.probe = probe
    }

    /// A round that ends with its probe unsettled accuses the target, and this node of every nack that did not come.
    private mutating func endRound(now: Instant, into actions: inout [MembershipAction]) {
        guard let probe else { return }
        self.probe = nil
        guard let target = table[probe.target], target.isPresent else { return }
        switch probe.phase {
        case .direct: return
        case .indirect(let silent, let asked): health.worsen(by: asked.isEmpty ? 1 : silent.count)
        }
        let isNews = applySuspect(
            target.id, incarnation: target.incarnation, accuser: local.id, now: now, into: &actions)
        if isNews { rumors.spread(target.id) }
    }

    mutating func receivedAck(_ sequence: UInt32, from sender: NodeID, into actions: inout [MembershipAction]) {
        if let probe, probe.sequence == sequence, probe.accepts(sender) {
            self.probe = nil
            health.improve()
        } else if let index = relayedProbes.firstIndex(where: { $0.sequence == sequence && $0.target == sender }) {
            let relayed = relayedProbes.remove(at: index)
            send(.ack(sequence: relayed.askerSequence), to: relayed.asker, at: relayed.askerAddress, into: &actions)
        } else {
            actions.append(.dropped(.unexpectedAnswer(sender)))
        }
    }

    mutating func receivedNack(_ sequence: UInt32, from sender: NodeID, into actions: inout [MembershipAction]) {
        guard var probe, probe.sequence == sequence, case .indirect(let silent, let asked) = probe.phase,
            silent.contains(sender)
        else {
            actions.append(.dropped(.unexpectedAnswer(sender)))
            return
        }
        probe.phase = .indirect(silent: silent.filter { $0 != sender }, asked: asked)
        self.probe = probe
    }

    // MARK: For others

    mutating func relay(
        _ sequence: UInt32, target: NodeID, asker: NodeID, askerAddress: String, now: Instant,
        into actions: inout [MembershipAction]
    ) {
        guard let record = table[target] else {
            // Its address is taken from our own table only: nobody makes this node write to a stranger.
            send(.nack(sequence: sequence), to: asker, at: askerAddress, into: &actions)
            return
        }
        guard relayedProbes.count < Limits.relayedProbesMax else {
            actions.append(.dropped(.tooManyRelays))
            return
        }
        let own = takeSequence()
        relayedProbes.append(
            RelayedProbe(
                sequence: own, target: target, asker: asker, askerAddress: askerAddress, askerSequence: sequence,
                nackAt: now + settings.nackDelay, endsAt: now + settings.probeInterval))
        send(.ping(sequence: own, target: target), to: record, into: &actions)
    }

    mutating func attendRelays(now: Instant, into actions: inout [MembershipAction]) {
        for index in relayedProbes.indices {
            let relayed = relayedProbes[index]
            guard let nackAt = relayed.nackAt, now >= nackAt else { continue }
            relayedProbes[index].nackAt = nil
            send(.nack(sequence: relayed.askerSequence), to: relayed.asker, at: relayed.askerAddress, into: &actions)
        }
        relayedProbes.removeAll { now >= $0.endsAt }
    }

    // MARK: Standing still

    /// A process that was stopped for a while finds every deadline past. That says nothing about the others: the round is
    /// void and the suspicions get the lost time back.
    mutating func forgiveStandstill(now: Instant) {
        let late = now.since(nextProbeAt)
        guard late >= settings.probeInterval else { return }
        health.worsen(by: 1)
        probe = nil
        for index in suspicions.indices { suspicions[index].postpone(by: late) }
    }
}
