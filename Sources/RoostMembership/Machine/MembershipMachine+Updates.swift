import RoostCore

/// News about nodes: the higher incarnation wins; within one, dead beats suspect beats alive, and a goodbye beats all.
extension MembershipMachine {
    /// Takes an update; false when it says nothing new of another node.
    mutating func apply(
        _ update: MemberUpdate, from address: String, spreads: Bool, now: Instant,
        into actions: inout [MembershipAction]
    ) -> Bool {
        guard update.id != local.id else {
            applyToSelf(update, from: address, now: now, into: &actions)
            return false
        }
        let isNews =
            switch update {
            case .alive(let description, let cluster, let incarnation):
                applyAlive(description, cluster: cluster, incarnation: incarnation, into: &actions)
            case .suspect(let id, let incarnation, let accuser):
                applySuspect(id, incarnation: incarnation, accuser: accuser, now: now, into: &actions)
            case .dead(let id, let incarnation):
                applyGone(id, .dead, incarnation: incarnation, now: now, into: &actions)
            case .left(let id, let incarnation):
                applyGone(id, .left, incarnation: incarnation, now: now, into: &actions)
            }
        if isNews, spreads { rumors.spread(update.id) }
        return isNews
    }

    private mutating func applyAlive(
        _ description: MemberDescription, cluster: ClusterID, incarnation: Incarnation,
        into actions: inout [MembershipAction]
    ) -> Bool {
        guard self.cluster.isZero || cluster.isZero || cluster == self.cluster else {
            actions.append(.dropped(.updateOfOtherCluster(description.id)))
            return false
        }
        guard let index = table.index(of: description.id) else {
            guard table.records.count + 1 < Limits.membersMax else {
                actions.append(.dropped(.membersFull(description.id)))
                return false
            }
            insert(
                MemberRecord(
                    description: description, status: .alive, incarnation: incarnation, cluster: cluster,
                    isInRing: false, isHeard: true))
            actions.append(.memberJoined(description))
            return true
        }
        let known = table.records[index]
        guard !known.isHeard || incarnation > known.incarnation else { return false }
        let isRestarted = known.isHeard && incarnation.boot > known.incarnation.boot
        table.update(at: index) {
            $0.description = description
            $0.status = .alive
            $0.incarnation = incarnation
            $0.cluster = cluster
            $0.isHeard = true
            // Whoever comes back may be another process: the one that has died may have been an older state of the directory.
            if isRestarted || !known.isPresent { $0.process = nil }
        }
        endSuspicion(of: description.id)
        if isRestarted { actions.append(.memberRestarted(description)) }
        if known.status != .alive { actions.append(.memberChanged(description.id, .alive)) }
        return true
    }

    mutating func applySuspect(
        _ id: NodeID, incarnation: Incarnation, accuser: NodeID, now: Instant, into actions: inout [MembershipAction]
    ) -> Bool {
        guard let index = table.index(of: id) else { return false }
        let known = table.records[index]
        guard known.isPresent, incarnation >= known.incarnation else { return false }
        table.update(at: index) {
            $0.status = .suspect
            $0.incarnation = incarnation
        }
        if known.status != .suspect { actions.append(.memberChanged(id, .suspect)) }
        if let running = suspicions.firstIndex(where: { $0.suspect == id }) {
            return suspicions[running].confirm(by: accuser)
        }
        suspicions.append(
            Suspicion(suspect: id, accuser: accuser, members: presentCount, settings: settings, now: now))
        return true
    }

    private mutating func applyGone(
        _ id: NodeID, _ status: MemberStatus, incarnation: Incarnation, now: Instant,
        into actions: inout [MembershipAction]
    ) -> Bool {
        guard let index = table.index(of: id) else { return false }
        let known = table.records[index]
        guard incarnation >= known.incarnation, known.isPresent || (known.status == .dead && status == .left) else {
            return false
        }
        table.update(at: index) {
            $0.status = status
            $0.incarnation = incarnation
            $0.goneSince = now
        }
        endSuspicion(of: id)
        actions.append(.memberChanged(id, status))
        return true
    }

    private mutating func endSuspicion(of id: NodeID) {
        suspicions.removeAll { $0.suspect == id }
    }

    /// Those who were not refuted in time are held dead.
    mutating func endSuspicions(now: Instant, into actions: inout [MembershipAction]) {
        guard suspicions.contains(where: { now >= $0.deadline }) else { return }
        for suspicion in suspicions where now >= suspicion.deadline {
            guard let record = table[suspicion.suspect] else { continue }
            let isNews = applyGone(
                suspicion.suspect, .dead, incarnation: record.incarnation, now: now, into: &actions)
            if isNews { rumors.spread(suspicion.suspect) }
        }
    }

    /// The dead that no ring names are forgotten after a while.
    mutating func forgetTheGone(now: Instant) {
        let retention = settings.deadRetention
        func isForgettable(_ record: MemberRecord) -> Bool {
            !record.isPresent && !record.isInRing && now.since(record.goneSince) >= retention
        }
        guard table.records.contains(where: isForgettable) else { return }
        table.removeAll(where: isForgettable)
        probeOrder = probeOrder[probePosition...].filter { table.index(of: $0) != nil }
        probePosition = 0
    }

    // MARK: What others say of this node

    private mutating func applyToSelf(
        _ update: MemberUpdate, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        switch update {
        case .alive(let description, _, let incarnation):
            guard incarnation >= self.incarnation else { return }
            if description.address != local.address || incarnation.boot > self.incarnation.boot {
                reportConflict(incarnation, address: description.address, now: now, into: &actions)
            } else if incarnation > self.incarnation {
                refute(incarnation, into: &actions)
            }
        case .suspect(_, let incarnation, _), .dead(_, let incarnation):
            denounced(incarnation, from: address, now: now, into: &actions)
        case .left(_, let incarnation):
            guard phase == .takingPart else { return }
            denounced(incarnation, from: address, now: now, into: &actions)
        }
    }

    private mutating func denounced(
        _ incarnation: Incarnation, from address: String, now: Instant, into actions: inout [MembershipAction]
    ) {
        if incarnation.boot > self.incarnation.boot {
            reportConflict(incarnation, address: address, now: now, into: &actions)
        } else if incarnation < self.incarnation {
            // Refuted already, or meant for an earlier life: the accuser has not heard.
            rumors.spread(local.id)
        } else if phase == .takingPart {
            refute(incarnation, into: &actions)
            health.worsen(by: 1)
        }
    }

    /// Raises the incarnation above what was said, and tells everybody.
    private mutating func refute(_ incarnation: Incarnation, into actions: inout [MembershipAction]) {
        guard let next = incarnation.next else {
            actions.append(.dropped(.implausibleIncarnation))
            return
        }
        self.incarnation = next
        rumors.spread(local.id)
    }
}
