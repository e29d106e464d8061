import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing
import RoostSession

/// The second half of a pass over a group: what has numbers goes to the mailboxes, and out of the order.
extension ShardMachine {
    // MARK: Bodies

    /// Takes the first of what has a number and is not finished.
    mutating func takeChunk(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard var work = groupWork[group], let list = work.group else { return }
        // A change that is settled was kept for everybody, and all before it: only the end of that is still to come.
        let settled = work.order.window.last { assignment in
            guard case .change(let version) = assignment.item else { return false }
            return version <= list.settledVersion
        }
        work.settledNumber = settled?.number ?? 0
        work.chunk = Array(
            work.order.window.drop { $0.number <= work.settledNumber }.prefix(GroupWork.chunkMax))
        // The changes of the order may be newer than the list that was read.
        if let late = work.chunk.firstIndex(where: { $0.version > list.version }) {
            work.chunk.removeLast(work.chunk.count - late)
        }
        groupWork[group] = work
        if work.chunk.isEmpty, work.settledNumber == 0, work.lagging.isEmpty {
            return endPass(group, didSomething: false, now: now, into: &actions)
        }
        groupWork[group]?.step = .fetching
        fetchNext(group, now: now, into: &actions)
    }

    /// Reads the next run of bodies, from this node's own copy first.
    mutating func fetchNext(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let work = groupWork[group], let ring else { return }
        let missing = work.chunk.compactMap { assignment -> (key: StreamKey, number: StreamNumber)? in
            guard case .message(let key, let number) = assignment.item, work.bodies[assignment.item] == nil,
                !work.isFinished(assignment)
            else { return nil }
            return (key, number)
        }
        guard let first = missing.first else { return spread(group, now: now, into: &actions) }
        let slot = ring.slot(of: group)
        let owners = ring.owners(of: slot)
        let own = owners.firstIndex(of: node) ?? 0
        let token = gateway.newToken()
        groupWork[group]?.token = token
        groupWork[group]?.askAgainAt = now + GatewayMachine.patience
        let fetch = ReplicaRequest.Fetch(
            token: token, user: group, device: group.group ?? 0, key: first.key, from: first.number,
            count: UInt32(missing.count { $0.key == first.key }))
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .fetch(fetch))
        actions.append(.send(owners[(own + work.source) % owners.count], .request(request)))
    }

    /// Messages came that were asked for. True when they were for an orderer.
    mutating func fetchedForGroup(
        _ answer: GatewayReply.Fetched, token: GatewayToken, now: Instant, into actions: inout [ShardAction]
    ) -> Bool {
        guard let group = group(waitingFor: token, in: .fetching), let work = groupWork[group] else { return false }
        var isNews = false
        for message in answer.messages where answer.sender != nil {
            let item = GroupOrder.Item.message(answer.key, message.number)
            guard work.chunk.contains(where: { $0.item == item }) else { continue }
            groupWork[group]?.bodies[item] = message
            groupWork[group]?.writers[answer.key] = answer.sender
            isNews = true
        }
        // This owner lacks it: another has it. None is asked twice at once.
        guard isNews else {
            groupWork[group]?.askAgainAt = now + GatewayMachine.stalePatience
            return true
        }
        fetchNext(group, now: now, into: &actions)
        return true
    }

    // MARK: Mailboxes

    private mutating func spread(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let work = groupWork[group], let list = work.group, let ring else { return }
        var spreads: [GroupSpread] = []
        // What an orderer before this one has finished is kept for everybody, and its body may be gone.
        var next = work.chunk.filter { !work.isFinished($0) }[...]
        while let first = next.first {
            let audience = audience(of: first, in: list)
            var messages: [Expansion.Message] = []
            var bytes = 0
            while let assignment = next.first, self.audience(of: assignment, in: list) == audience {
                guard let message = message(for: assignment, of: group, work, list) else {
                    return giveUpPass(group, now: now)
                }
                bytes += message.body.count
                guard messages.isEmpty || bytes <= Limits.batchBytesMax else { break }
                messages.append(message)
                next.removeFirst()
            }
            spreads.append(
                GroupSpread(
                    token: gateway.newToken(), messages: messages, audience: audience, order: work.order, ring: ring))
        }
        groupWork[group]?.spreads = spreads
        groupWork[group]?.step = .expanding
        groupWork[group]?.askAgainAt = now + GatewayMachine.patience
        for spread in spreads { send(spread, of: group, into: &actions) }
        goOnWhenSpread(group, now: now, into: &actions)
    }

    private func audience(of assignment: GroupOrder.Assignment, in list: Group) -> [Group.Member] {
        switch assignment.item {
        case .message: list.members(at: assignment.version)
        case .change(let version): list.audience(ofEvent: version)
        }
    }

    /// What the members get; `nil` when the list does not have it, which means that it was settled by now.
    private func message(
        for assignment: GroupOrder.Assignment, of group: Address, _ work: GroupWork, _ list: Group
    ) -> Expansion.Message? {
        switch assignment.item {
        case .message:
            guard let message = work.bodies[assignment.item] else { return nil }
            return .init(
                number: assignment.number, sentAtMilliseconds: message.sentAtMilliseconds, body: message.body)
        case .change(let version):
            guard let event = list.event(version) else { return nil }
            let origin = MessageOrigin(
                author: event.author, to: group, key: StreamKey(device: group.group ?? 0, stream: 0), number: version)
            let content = MessageContent(MessageHeader(kind: .groupEvent, origin: origin), body: event.body)
            return .init(
                number: assignment.number, sentAtMilliseconds: event.atMilliseconds, body: content.bytes)
        }
    }

    func send(_ spread: GroupSpread, of group: Address, into actions: inout [ShardAction]) {
        for (peer, expansion) in spread.requests(of: group) { actions.append(.send(peer, .expand(expansion))) }
    }

    mutating func expanded(
        _ slots: [Slot], token: GatewayToken, by peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        for group in groupWork.keys {
            guard let index = groupWork[group]?.spreads.firstIndex(where: { $0.token == token }) else { continue }
            groupWork[group]?.spreads[index].kept(slots, by: peer)
            return goOnWhenSpread(group, now: now, into: &actions)
        }
    }

    /// A node goes by another ring, or its disk is full.
    mutating func expansionRefused(_ token: GatewayToken, epoch: Epoch, now: Instant) {
        guard let ring, epoch < ring.epoch,
            let group = groupWork.first(where: { $0.value.spreads.contains { $0.token == token } })?.key
        else { return }
        groupWork[group]?.askAgainAt = now + GatewayMachine.stalePatience
    }

    private mutating func goOnWhenSpread(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let work = groupWork[group], work.step == .expanding, work.spreads.allSatisfy(\.isDone) else { return }
        groupWork[group]?.spreads = []
        guard !finished(work).isEmpty else { return settle(group, now: now, into: &actions) }
        groupWork[group]?.step = .finishing
        groupWork[group]?.token = gateway.newToken()
        groupWork[group]?.answered = 0
        askAgain(group, now: now, into: &actions)
    }

    // MARK: The end

    /// How far each stream of the chunk is finished, and what was before.
    func finished(_ work: GroupWork) -> [ReplicaRequest.Finish.Stream] {
        var streams: OrderedDictionary<StreamKey, ReplicaRequest.Finish.Stream> = [:]
        for assignment in work.chunk {
            guard case .message(let key, let number) = assignment.item else { continue }
            guard let author = work.author(of: key) else { preconditionFailure("a message of \(key) of nobody") }
            streams[key] = .init(key: key, author: author, upTo: number)
        }
        return streams.values + work.lagging
    }

    mutating func finishAnswered(
        _ token: GatewayToken, by peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let group = group(waitingFor: token, in: .finishing), count(peer, for: group) else { return }
        settle(group, now: now, into: &actions)
    }

    private mutating func settle(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let work = groupWork[group] else { return }
        let settled = work.chunk.compactMap { assignment -> GroupOrder.Settled? in
            guard case .change(let version) = assignment.item else { return nil }
            return .init(version: version, number: assignment.number)
        }
        guard !settled.isEmpty else { return close(group, now: now, into: &actions) }
        groupWork[group]?.step = .settling
        groupWork[group]?.askAgainAt = .distantFuture
        gateway.propose(
            .group(.settle(settled)), key: group, for: .orderer(group, work.pass), now: now, into: &actions)
    }

    mutating func close(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let work = groupWork[group] else { return }
        let last = max(work.chunk.last?.number ?? 0, work.settledNumber)
        guard last > 0 else { return endPass(group, didSomething: true, now: now, into: &actions) }
        groupWork[group]?.step = .closing
        groupWork[group]?.askAgainAt = .distantFuture
        gateway.propose(
            .order(.finish(upTo: last)), key: group.part(GroupOrder.part), for: .orderer(group, work.pass), now: now,
            into: &actions)
    }

    mutating func endPass(
        _ group: Address, didSomething: Bool, now: Instant, into actions: inout [ShardAction]
    ) {
        guard var work = groupWork[group] else { return }
        if didSomething { work.pause = GroupWork.patience }
        groupWork[group] = work
        let last = max(work.chunk.last?.number ?? 0, work.settledNumber)
        let isMore = work.isStirred || work.order.window.contains { $0.number > last }
        if isMore, didSomething || work.isStirred { return beginPass(group, now: now, into: &actions) }
        guard replica.isRestless(group) || isMore else {
            groupWork.removeValue(forKey: group)
            return
        }
        // Something is left that this node takes for unfinished: it may have missed the end of it.
        if let ring { compare(group, ring, now: now) }
        giveUpPass(group, now: now)
    }
}
