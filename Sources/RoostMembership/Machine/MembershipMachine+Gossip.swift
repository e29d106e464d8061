import RoostCore

/// What is sent: every datagram carries as much news as fits.
extension MembershipMachine {
    /// How often one rumour is told: grows with the digits of the number of nodes.
    var tellingsMax: Int {
        var digits = 1
        var rest = presentCount / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        return settings.retransmitMultiplier * digits
    }

    var hasGossip: Bool {
        (!rumors.isEmpty || epochTellingsLeft > 0) && !aloneForNow
    }

    mutating func gossip(now: Instant, into actions: inout [MembershipAction]) {
        nextGossipAt = now + settings.gossipInterval
        epochTellingsLeft = max(0, epochTellingsLeft - 1)
        for member in table.sample(settings.gossipFanOut, using: &random, where: { $0.isPresent }) {
            send(.gossip, to: member, into: &actions)
        }
    }

    /// What this node says of itself.
    var ownUpdate: MemberUpdate {
        guard phase != .leaving else { return .left(local.id, incarnation: incarnation) }
        var own = local
        own.boot = incarnation.boot
        return .alive(own, cluster: cluster, incarnation: incarnation)
    }

    /// What is held of a node; `nil` when there is nothing to tell.
    func update(about id: NodeID) -> MemberUpdate? {
        if id == local.id { return ownUpdate }
        guard let record = table[id], record.isHeard || !record.isPresent else { return nil }
        return switch record.status {
        case .alive: aliveUpdate(about: record)
        case .suspect: .suspect(id, incarnation: record.incarnation, accuser: lastAccuser(of: id))
        case .dead: .dead(id, incarnation: record.incarnation)
        case .left: .left(id, incarnation: record.incarnation)
        }
    }

    func aliveUpdate(about record: MemberRecord) -> MemberUpdate {
        .alive(record.description, cluster: record.cluster, incarnation: record.incarnation)
    }

    /// The latest independent accusation is the one worth telling.
    func lastAccuser(of id: NodeID) -> NodeID {
        suspicions.first { $0.suspect == id }?.accusers.last ?? local.id
    }

    mutating func send(
        _ kind: GossipDatagram.Kind, to member: MemberRecord, leading: [MemberUpdate] = [],
        into actions: inout [MembershipAction]
    ) {
        send(kind, to: member.id, at: member.description.address, leading: leading, into: &actions)
    }

    /// Sends with news: first what is held against the recipient, so that it can answer (Lifeguard, section IV-C), then
    /// `leading`, then rumours.
    mutating func send(
        _ kind: GossipDatagram.Kind, to recipient: NodeID?, at address: String, leading: [MemberUpdate] = [],
        withRumors: Bool = true, into actions: inout [MembershipAction]
    ) {
        var updates: [MemberUpdate] = []
        if let recipient, let record = table[recipient], record.status != .alive, let verdict = update(about: recipient)
        {
            updates.append(verdict)
        }
        updates += leading
        let room = updates.reduce(GossipDatagram.updateBytesMax) { $0 - $1.encodedByteCount }
        precondition(room >= 0, "\(leading.count) updates do not fit")
        if withRumors, !rumors.isEmpty { updates += takeRumors(room: room, for: recipient, besides: updates.map(\.id)) }
        let datagram = GossipDatagram(
            cluster: cluster, sender: local.id, incarnation: incarnation, process: process, epoch: epoch,
            epochHash: epochHash, kind: kind, updates: updates)
        actions.append(.send(datagram, to: address))
    }

    /// The rumours that go with a datagram. Those in `besides` are in it already.
    private mutating func takeRumors(room: Int, for recipient: NodeID?, besides: [NodeID]) -> [MemberUpdate] {
        var room = room
        var updates: [MemberUpdate] = []
        let present = presentCount
        var queue = rumors
        queue.tell(tellingsMax: tellingsMax) { id in
            guard room >= MemberUpdate.encodedByteCountMin else { return .full }
            guard !besides.contains(id) else { return .told }
            // A node is not told that it is alive; where there is nobody else, there is nobody to tell.
            guard id != recipient else { return present > 2 ? .passedOver : .obsolete }
            guard let update = update(about: id) else { return .obsolete }
            let count = update.encodedByteCount
            guard count <= room else { return .passedOver }
            room -= count
            updates.append(update)
            return .told
        }
        rumors = queue
        return updates
    }
}
