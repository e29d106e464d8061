import RoostCore

/// Who is there, by gossip: SWIM (Das, Gupta and Motivala, DSN 2002) with the extensions of Lifeguard (Dadgar, Phillips and
/// Currey, 2017): local health, dynamic suspicion, and telling a suspect at once.
///
/// Each period one member, in a random round, is pinged; if it does not answer, others are asked to ping it; if none gets an
/// answer it is suspected, and dead when it does not refute that. Members of the ring are never forgotten, and dead ones
/// are pinged like the others, so that they are found when they come back.
public struct MembershipMachine: Sendable {
    /// A member and what this node is about with it.
    struct Member: Sendable {
        var entry: MemberStatusEntry
        /// How often this news has been passed on.
        var transmissions: Int
        var suspicion: Suspicion?
    }

    /// A suspicion that runs out (Lifeguard, section IV-B).
    struct Suspicion: Sendable {
        let began: Instant
        /// Members that suspect it too, this node among them.
        var confirmers: [NodeID]
    }

    /// The ping under way.
    struct Probe: Sendable {
        let sequence: UInt32
        let target: NodeID
        /// When others are asked; nil once they were.
        var indirectAt: Instant?
        /// When it has failed.
        let endsAt: Instant
        /// Others that were asked and have not said that they live.
        var silentHelpers = 0
    }

    /// A ping on somebody else's behalf.
    struct Errand: Sendable {
        let sequence: UInt32
        let asker: String
        let askerSequence: UInt32
        let nackAt: Instant
        let endsAt: Instant
    }

    var local: MemberStatusEntry
    let settings: MembershipSettings
    var random: SeededRandom
    /// All but this node, by id.
    var others: [Member] = []
    var seeds: [String]
    var epoch: Epoch = 0
    var epochHash: UInt64 = 0
    var localTransmissions = 0
    /// Lifeguard's local health multiplier: 0 is healthy.
    var health: UInt64 = 0
    /// What is left of the round of probes.
    var round: [NodeID] = []
    var probe: Probe?
    var errands: [Errand] = []
    var sequence: UInt32
    var nextProbe = Instant.distantFuture
    var nextGossip = Instant.distantFuture
    var nextSeedCall = Instant.distantFuture

    /// Starts knowing nobody.
    public init(
        local: MemberDescription, seeds: [String], settings: MembershipSettings = MembershipSettings(),
        random: SeededRandom
    ) {
        // A new life's word beats everything said of the old one.
        self.local = MemberStatusEntry(
            description: local, incarnation: local.boot << 32, status: .alive, cluster: ClusterID(high: 0, low: 0))
        var unique: [String] = []
        for seed in seeds where seed != local.address && !unique.contains(seed) { unique.append(seed) }
        self.seeds = unique
        self.settings = settings
        var random = random
        sequence = UInt32(truncatingIfNeeded: random.next())
        self.random = random
    }

    /// Everybody known, this node among them, by id.
    public var members: [MemberStatusEntry] {
        (others.map(\.entry) + [local]).sorted { $0.description.id < $1.description.id }
    }

    /// When ``timerFired(now:into:)`` wants to be called.
    public var nextDeadline: Instant {
        var deadline = min(nextProbe, nextSeedCall)
        if hasNews { deadline = min(deadline, nextGossip) }
        if let probe { deadline = min(deadline, probe.indirectAt ?? probe.endsAt, probe.endsAt) }
        for errand in errands { deadline = min(deadline, errand.nackAt) }
        for member in others {
            if let suspicion = member.suspicion { deadline = min(deadline, end(of: suspicion)) }
        }
        return deadline
    }

    /// Begins to probe and to call on the seeds.
    public mutating func start(now: Instant, into actions: inout [MembershipAction]) {
        nextProbe = now + settings.probeInterval
        nextGossip = now + settings.gossipInterval
        callOnSeeds(now: now, into: &actions)
    }

    /// The node goes by a ring now; its members are known from here on, whether or not they were ever heard of.
    public mutating func adoptRing(
        cluster: ClusterID, epoch: Epoch, hash: [UInt8], members: [MemberDescription]
    ) {
        self.epoch = epoch
        epochHash = hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        local.cluster = cluster
        localTransmissions = 0
        for member in members where member.id != local.description.id {
            if !seeds.contains(member.address) { seeds.append(member.address) }
            guard index(of: member.id) == nil else { continue }
            let entry = MemberStatusEntry(description: member, incarnation: 0, status: .dead, cluster: cluster)
            insert(Member(entry: entry, transmissions: .max, suspicion: nil))
        }
    }

    /// The node stops: tells some others, so that nobody has to find out.
    public mutating func leave(into actions: inout [MembershipAction]) {
        local.incarnation += 1
        local.status = .left
        for target in randomMembers(settings.gossipFanOut, where: { $0.entry.status == .alive }) {
            actions.append(.send(datagram(.news, news: []), to: target.description.address))
        }
    }

    // MARK: Members

    func index(of node: NodeID) -> Int? {
        var low = 0
        var high = others.count
        while low < high {
            let middle = (low + high) / 2
            if others[middle].entry.description.id < node { low = middle + 1 } else { high = middle }
        }
        return low < others.count && others[low].entry.description.id == node ? low : nil
    }

    mutating func insert(_ member: Member) {
        let place = others.firstIndex { $0.entry.description.id > member.entry.description.id } ?? others.count
        others.insert(member, at: place)
        // A newcomer is probed at a random place of the round under way.
        round.insert(member.entry.description.id, at: random.below(round.count + 1))
    }

    mutating func randomMembers(_ count: Int, where condition: (Member) -> Bool) -> [MemberStatusEntry] {
        var candidates = others.filter(condition).map(\.entry)
        var chosen: [MemberStatusEntry] = []
        while chosen.count < count, !candidates.isEmpty {
            chosen.append(candidates.remove(at: random.below(candidates.count)))
        }
        return chosen
    }

    // MARK: News

    /// How often an item of news is passed on.
    var transmissionsMax: Int {
        let size = others.count + 1
        return settings.retransmitMultiplier * max(1, Int.bitWidth - size.leadingZeroBitCount)
    }

    var hasNews: Bool {
        let most = transmissionsMax
        return localTransmissions < most || others.contains { $0.transmissions < most }
    }

    /// A datagram with the least-told news that fit, counted as told.
    mutating func datagram(_ kind: GossipDatagram.Kind, about suspect: NodeID? = nil) -> GossipDatagram {
        let most = transmissionsMax
        var places = others.indices.filter { others[$0].transmissions < most }
        places.sort { others[$0].transmissions < others[$1].transmissions }
        // A suspect hears of it with the ping itself, so that it can refute (Lifeguard's buddy system).
        if let suspect, let place = index(of: suspect), others[place].entry.status != .alive {
            places.removeAll { $0 == place }
            places.insert(place, at: 0)
        }
        let message = datagram(kind, news: places.map { others[$0].entry })
        let told = message.encode().newsCount
        for place in places.prefix(told) where others[place].transmissions < most { others[place].transmissions += 1 }
        localTransmissions = min(localTransmissions + 1, most)
        return GossipDatagram(
            kind: message.kind, sender: message.sender, epoch: message.epoch, epochHash: message.epochHash,
            news: Array(message.news.prefix(told)))
    }

    func datagram(_ kind: GossipDatagram.Kind, news: [MemberStatusEntry]) -> GossipDatagram {
        GossipDatagram(kind: kind, sender: local, epoch: epoch, epochHash: epochHash, news: news)
    }

    /// Everything known, in as many datagrams as it takes: for a node that knows nobody.
    mutating func sendEverything(to address: String, into actions: inout [MembershipAction]) {
        var rest = others.map(\.entry)[...]
        repeat {
            let message = datagram(.news, news: Array(rest))
            let told = message.encode().newsCount
            actions.append(.send(datagram(.news, news: Array(rest.prefix(told))), to: address))
            rest = rest.dropFirst(max(told, 1))
        } while !rest.isEmpty
    }

    // MARK: Suspicion

    /// When a suspicion runs out: sooner the more members share it (Lifeguard, section IV-B).
    func end(of suspicion: Suspicion) -> Instant {
        let size = others.count + 1
        var magnitude: UInt64 = 1
        var bound = 10
        while bound < size {
            magnitude += 1
            bound *= 10
        }
        let shortest = settings.probeInterval * (settings.suspicionMultiplier * magnitude)
        let expected = min(max(size - 2, 0), Int(settings.suspicionMultiplier))
        guard expected > 0 else { return suspicion.began + shortest }
        let longest = shortest * settings.suspicionMaxMultiplier
        let confirmations = min(suspicion.confirmers.count - 1, expected)
        let reduction = (longest.nanoseconds - shortest.nanoseconds) / UInt64(expected) * UInt64(confirmations)
        return suspicion.began + TimeSpan(nanoseconds: longest.nanoseconds - reduction)
    }

    // MARK: Seeds

    mutating func callOnSeeds(now: Instant, into actions: inout [MembershipAction]) {
        let isAlone = !others.contains { $0.entry.status == .alive }
        nextSeedCall = seeds.isEmpty ? .distantFuture : now + (isAlone ? settings.probeInterval : settings.seedInterval)
        let known = others.filter { $0.entry.status == .alive }.map(\.entry.description.address)
        for seed in seeds where !known.contains(seed) {
            sequence &+= 1
            let kind = GossipDatagram.Kind.ping(sequence: sequence, target: NodeID(high: 0, low: 0))
            actions.append(.send(datagram(kind), to: seed))
        }
    }
}
