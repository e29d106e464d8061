import RoostCore

/// Who is there: SWIM (Das, Gupta, Motivala, DSN 2002) with the Lifeguard refinements (arXiv 1707.00788).
///
/// Each interval one member is pinged; if it is silent, a few others are asked to ping it; if that fails too it is suspect,
/// and dead unless it answers the rumour of it in time. News travels on the datagrams that are sent anyway, and on a few
/// more while it is fresh. What comes of it is an opinion about each node and nothing else.
///
/// A value: events in, actions out. The holder owns the socket and one timer, for ``nextDeadline``.
public struct MembershipMachine: Sendable {
    let settings: MembershipSettings
    var random: SeededRandom

    // This node.
    let local: MemberDescription
    let process: UInt64
    var incarnation: Incarnation
    var cluster = ClusterID(high: 0, low: 0)
    var epoch: Epoch = 0
    var epochHash: UInt64 = 0
    var phase = Phase.waiting
    var health: LocalHealth
    var conflictQuietUntil = Instant.zero
    /// The latest that was said in this node's name by another process, and has not been outbid.
    var claim: Incarnation?

    // The others.
    var table = MemberTable()
    var suspicions: [Suspicion] = []
    var rumors = RumorQueue()
    /// Rounds of gossip left that only carry the new ring's number.
    var epochTellingsLeft = 0

    // What is under way.
    var lastSequence: UInt32
    var probeOrder: [NodeID] = []
    var probePosition = 0
    var probe: Probe?
    var relayedProbes: [RelayedProbe] = []
    var seeds: [Seed] = []
    var walks: [ListWalk] = []
    var nextProbeAt = Instant.distantFuture
    var nextGossipAt = Instant.zero
    var nextContactAt = Instant.distantFuture
    var nextListAt = Instant.distantFuture
    var listInterval: TimeSpan

    /// The life of the machine.
    enum Phase: Sendable {
        /// Not started. Becomes taking part.
        case waiting
        /// Becomes leaving.
        case takingPart
        /// Said goodbye: still answers and tells on, asks nothing, refutes nothing.
        case leaving
    }

    /// Makes the machine of a node that knows nobody.
    /// - Parameters:
    ///   - local: this node. Must be valid.
    ///   - seeds: addresses of peers, `host:port`; may be wrong, dead, doubled or this node's own.
    ///   - settings: the timing.
    ///   - random: for its choices. Two processes must not start from the same seed.
    public init(
        local: MemberDescription, seeds: [String], settings: MembershipSettings = MembershipSettings(),
        random: SeededRandom
    ) {
        precondition(local.isValid, "\(local) cannot be told to peers")
        var random = random
        self.local = local
        self.settings = settings
        process = random.next()
        lastSequence = UInt32(truncatingIfNeeded: random.next())
        self.random = random
        incarnation = Incarnation(boot: local.boot)
        listInterval = settings.listIntervalMin
        health = LocalHealth(scoreMax: settings.healthScoreMax)
        addSeeds(seeds)
    }

    // MARK: What is known

    /// This node and every node it knows, by id.
    public var members: [MemberStatusEntry] {
        var entries = table.records.map(\.entry)
        let own = MemberStatusEntry(
            description: local, status: phase == .leaving ? .left : .alive, incarnation: incarnation, cluster: cluster,
            isInRing: !cluster.isZero)
        entries.insert(own, at: table.place(of: local.id))
        return entries
    }

    /// How far the node trusts itself: 0 is well; each step more makes its probes slower and more patient.
    public var healthScore: Int { health.score }

    /// When ``timerFired(now:into:)`` wants to be called. May lie in the past: then at once.
    public var nextDeadline: Instant {
        guard phase != .waiting else { return .distantFuture }
        var deadline = min(nextProbeAt, nextContactAt, nextListAt)
        if let probe, case .direct(let until) = probe.phase { deadline = min(deadline, until) }
        if hasGossip { deadline = min(deadline, nextGossipAt) }
        for suspicion in suspicions { deadline = min(deadline, suspicion.deadline) }
        for relayed in relayedProbes { deadline = min(deadline, relayed.deadline) }
        for walk in walks { deadline = min(deadline, walk.deadline) }
        return deadline
    }

    /// The nodes that take part, this one among them.
    var presentCount: Int { table.presentCount + 1 }

    var aloneForNow: Bool {
        !table.records.contains { $0.isPresent && $0.isHeard }
    }

    // MARK: Events

    /// Begins to look for the others.
    public mutating func start(now: Instant, into actions: inout [MembershipAction]) {
        guard phase == .waiting else { return }
        phase = .takingPart
        rumors.spread(local.id)
        // Nodes started together are not to probe in step.
        nextProbeAt = now + randomSpan(below: settings.probeInterval)
        nextListAt = now + listInterval + randomSpan(below: listInterval)
        contact(now: now, into: &actions)
    }

    /// A deadline has come.
    public mutating func timerFired(now: Instant, into actions: inout [MembershipAction]) {
        switch phase {
        case .waiting: return
        case .takingPart:
            forgiveStandstill(now: now)
            if now >= nextProbeAt { beginRound(now: now, into: &actions) }
            probeIndirectly(now: now, into: &actions)
            if now >= nextContactAt { contact(now: now, into: &actions) }
            if now >= nextListAt { readList(now: now, into: &actions) }
        case .leaving: break
        }
        endSuspicions(now: now, into: &actions)
        attendRelays(now: now, into: &actions)
        attendWalks(now: now, into: &actions)
        if hasGossip, now >= nextGossipAt { gossip(now: now, into: &actions) }
    }

    /// More addresses to find the cluster by. Doubled ones and this node's own are passed over.
    public mutating func addSeeds(_ addresses: [String]) {
        for address in addresses where address != local.address && !seeds.contains(where: { $0.address == address }) {
            guard seeds.count < Limits.seedsMax else { return }
            seeds.append(Seed(address: address))
        }
    }

    /// The node goes by this ring from now on. Its members are never forgotten, and dead ones are still sought.
    /// - Parameters:
    ///   - cluster: the cluster.
    ///   - epoch: the ring's number, above the one before.
    ///   - hash: the ring's hash.
    ///   - members: the ring's members, this node included or not; their boot does not matter.
    public mutating func adoptRing(cluster: ClusterID, epoch: Epoch, hash: [UInt8], members: [MemberDescription]) {
        if cluster != self.cluster {
            self.cluster = cluster
            table.removeAll { !$0.cluster.isZero && $0.cluster != cluster }
            suspicions.removeAll { table.index(of: $0.suspect) == nil }
            // So that those who know this node as a waiting one hear of the change.
            if let next = incarnation.next { incarnation = next }
            rumors.spread(local.id)
        }
        self.epoch = epoch
        epochHash = hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        epochTellingsLeft = tellingsMax
        table.updateAll { $0.isInRing = false }
        for member in members where member.id != local.id {
            if let index = table.index(of: member.id) {
                table.update(at: index) { $0.isInRing = true }
            } else {
                insert(
                    MemberRecord(
                        description: member, status: .suspect, incarnation: Incarnation(rawValue: 0), cluster: cluster,
                        isInRing: true, isHeard: false))
            }
        }
    }

    /// Says goodbye: the others know at once that this is no failure. It goes on answering until it is dropped.
    public mutating func leave(now: Instant, into actions: inout [MembershipAction]) {
        guard phase == .takingPart else { return }
        phase = .leaving
        probe = nil
        walks.removeAll()
        suspicions.removeAll()
        nextProbeAt = .distantFuture
        nextContactAt = .distantFuture
        nextListAt = .distantFuture
        rumors.spread(local.id)
        // The process may end right after: as many hear it at once as the rumour would have reached.
        let told = table.sample(tellingsMax * settings.gossipFanOut, using: &random) { $0.isPresent }
        for member in told { send(.gossip, to: member, leading: [ownUpdate], into: &actions) }
        nextGossipAt = now + settings.gossipInterval
    }

    // MARK: Chance and numbers

    mutating func randomSpan(below span: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: UInt64(random.below(max(1, Int(clamping: span.nanoseconds)))))
    }

    mutating func takeSequence() -> UInt32 {
        lastSequence &+= 1
        return lastSequence
    }

    /// A node enters the table and the order of probes, at a place that nobody can foresee (SWIM, section 4.3).
    mutating func insert(_ record: MemberRecord) {
        table.put(record)
        let left = probeOrder.count - probePosition
        probeOrder.insert(record.id, at: probePosition + random.below(left + 1))
    }
}
