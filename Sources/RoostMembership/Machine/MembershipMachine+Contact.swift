import RoostCore

/// Finding the others, and reading their member lists.
extension MembershipMachine {
    /// Whether news in such a datagram is told on.
    func spreadsNews(of kind: GossipDatagram.Kind) -> Bool {
        guard case .listPage(let sequence, _) = kind else { return true }
        return walks.first { $0.sequence == sequence }?.spreads ?? true
    }

    /// Writes to a few of the seeds that have not answered and of the ring's members that are gone.
    mutating func contact(now: Instant, into actions: inout [MembershipAction]) {
        let interval = aloneForNow ? settings.contactIntervalAlone : settings.contactInterval
        nextContactAt = now + interval + randomSpan(below: TimeSpan(nanoseconds: interval.nanoseconds / 10))
        var addresses = seeds.filter { !isAnswered($0) }.map(\.address)
        for record in table.records where record.isInRing && !(record.isPresent && record.isHeard) {
            if !addresses.contains(record.description.address) { addresses.append(record.description.address) }
        }
        addresses.shuffle(using: &random)
        for address in addresses.prefix(settings.gossipFanOut) {
            let recipient = table.records.first { $0.description.address == address }?.id
            beginWalk(at: address, recipient: recipient, attempts: 1, now: now, into: &actions)
        }
    }

    private func isAnswered(_ seed: Seed) -> Bool {
        guard !seed.isSelf else { return true }
        guard let node = seed.node, let record = table[node] else { return false }
        return record.isPresent && record.isHeard
    }

    /// Reads the whole list of one other member: what all rumours missed is found there.
    mutating func readList(now: Instant, into actions: inout [MembershipAction]) {
        listInterval = min(listInterval * 2, settings.listIntervalMax)
        nextListAt = now + listInterval + randomSpan(below: listInterval)
        for member in table.sample(1, using: &random, where: { $0.status == .alive }) {
            beginWalk(
                at: member.description.address, recipient: member.id, attempts: settings.pageAttempts, now: now,
                into: &actions)
        }
    }

    private mutating func beginWalk(
        at address: String, recipient: NodeID?, attempts: Int, now: Instant, into actions: inout [MembershipAction]
    ) {
        guard walks.count < Limits.listWalksMax else { return }
        let walk = ListWalk(
            sequence: takeSequence(), address: address, after: NodeID(high: 0, low: 0), attemptsLeft: attempts,
            deadline: now + settings.pageTimeout, spreads: !aloneForNow)
        walks.append(walk)
        ask(walk, recipient: recipient, into: &actions)
    }

    private mutating func ask(_ walk: ListWalk, recipient: NodeID?, into actions: inout [MembershipAction]) {
        send(
            .listRequest(sequence: walk.sequence, after: walk.after), to: recipient, at: walk.address,
            leading: [ownUpdate], into: &actions)
    }

    /// Where one list held what no rumour had brought, the next may too.
    mutating func foundNewsInList(now: Instant) {
        listInterval = settings.listIntervalMin
        nextListAt = min(nextListAt, now + listInterval + randomSpan(below: listInterval))
    }

    /// Pages that do not come are asked for again, a few times.
    mutating func attendWalks(now: Instant, into actions: inout [MembershipAction]) {
        for index in walks.indices where now >= walks[index].deadline {
            walks[index].attemptsLeft -= 1
            guard walks[index].attemptsLeft > 0 else { continue }
            walks[index].deadline = now + settings.pageTimeout
            ask(walks[index], recipient: nil, into: &actions)
        }
        walks.removeAll { $0.attemptsLeft <= 0 }
    }

    mutating func receivedPage(
        _ sequence: UInt32, next: NodeID?, from sender: NodeID, at address: String, now: Instant,
        into actions: inout [MembershipAction]
    ) {
        guard let index = walks.firstIndex(where: { $0.sequence == sequence }) else {
            actions.append(.dropped(.unexpectedAnswer(sender)))
            return
        }
        var walk = walks.remove(at: index)
        for seed in seeds.indices where seeds[seed].address == walk.address { seeds[seed].node = sender }
        // A page that does not lead on would be asked for without end.
        guard let next, next > walk.after else { return }
        walk.sequence = takeSequence()
        walk.address = address
        walk.after = next
        walk.attemptsLeft = settings.pageAttempts
        walk.deadline = now + settings.pageTimeout
        walks.append(walk)
        ask(walk, recipient: sender, into: &actions)
    }

    /// Answers with the part of the list after `after` that fits into one datagram.
    mutating func sendPage(
        _ sequence: UInt32, after: NodeID, to recipient: NodeID, at address: String,
        into actions: inout [MembershipAction]
    ) {
        // What is held against the recipient goes in first.
        var room = GossipDatagram.updateBytesMax
        if let verdict = update(about: recipient) { room -= min(verdict.encodedByteCount, 64) }
        var updates: [MemberUpdate] = []
        var last = after
        var next: NodeID?
        var place = table.place(of: after)
        if place < table.records.count, table.records[place].id == after { place += 1 }
        var isOwnDue = local.id > after
        while isOwnDue || place < table.records.count {
            let isOwn = isOwnDue && (place == table.records.count || local.id < table.records[place].id)
            let id = isOwn ? local.id : table.records[place].id
            let entry = listEntry(of: id)
            let count = entry.reduce(0) { $0 + $1.encodedByteCount }
            guard count <= room else {
                next = last
                break
            }
            room -= count
            updates += entry
            last = id
            if isOwn { isOwnDue = false } else { place += 1 }
        }
        // The list holds whatever a rumour could tell.
        send(
            .listPage(sequence: sequence, next: next), to: recipient, at: address, leading: updates, withRumors: false,
            into: &actions)
    }

    private func listEntry(of id: NodeID) -> [MemberUpdate] {
        guard let update = update(about: id) else { return [] }
        // A suspect is introduced before it is accused: the reader may not know it.
        if case .suspect = update, let record = table[id] { return [aliveUpdate(about: record), update] }
        return [update]
    }
}
