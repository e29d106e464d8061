import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing
import RoostSession

/// The first half of a pass over a group: what there is, and what gets numbers. See the page on groups for why in this order.
extension ShardMachine {
    // MARK: Reading

    mutating func beginPass(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard var work = groupWork[group] else { return }
        work.pass = gateway.newToken()
        work.step = .readingOrder
        work.isStirred = false
        work.deadline = now + GroupWork.passDeadline
        work.askAgainAt = .distantFuture
        work.group = nil
        work.hasSpread = false
        work.lagging = []
        work.bodies = [:]
        work.writers = [:]
        work.spreads = []
        work.source = 0
        groupWork[group] = work
        gateway.read(group.part(GroupOrder.part), for: .orderer(group, work.pass), now: now, into: &actions)
    }

    mutating func registerAnswered(
        _ group: Address, pass: GatewayToken, _ answer: RegisterAnswer, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let work = groupWork[group], work.pass == pass else { return }
        guard case .value(let value) = answer else {
            // Somebody else is ahead, or no majority answers.
            if case .refused = answer, work.step == .assigning { return beginPass(group, now: now, into: &actions) }
            return giveUpPass(group, now: now)
        }
        switch work.step {
        case .readingOrder:
            guard let order = GroupOrder(stored: value) else { return giveUpPass(group, now: now) }
            groupWork[group]?.order = order
            groupWork[group]?.step = .readingList
            gateway.read(group, for: .orderer(group, pass), now: now, into: &actions)
        case .readingList, .spreadingList:
            // Another orderer has settled what this one takes for unordered: what was read is out of date.
            guard let list = Group(stored: value), list.settledVersion <= work.order.version else {
                return giveUpPass(group, now: now)
            }
            groupWork[group]?.group = list
            groupWork[group]?.listHash = SHA256.hash64(value)
            collect(group, now: now, into: &actions)
        case .assigning:
            guard let order = GroupOrder(stored: value) else { return giveUpPass(group, now: now) }
            // A first try may have come through, and another orderer have finished and settled something before the second: what is
            // not in the window any more stands in a newer list than was read.
            guard order.finishCount == work.order.finishCount else {
                return beginPass(group, now: now, into: &actions)
            }
            groupWork[group]?.order = order
            takeChunk(group, now: now, into: &actions)
        case .settling:
            close(group, now: now, into: &actions)
        case .closing:
            endPass(group, didSomething: true, now: now, into: &actions)
        case .waiting, .collecting, .fetching, .expanding, .finishing:
            break
        }
    }

    // MARK: What waits

    private mutating func collect(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        groupWork[group]?.step = .collecting
        groupWork[group]?.token = gateway.newToken()
        groupWork[group]?.answered = 0
        groupWork[group]?.waiting = [:]
        if let work = groupWork[group] {
            let windowed = work.order.window.compactMap { assignment -> StreamKey? in
                guard case .message(let key, _) = assignment.item else { return nil }
                return key
            }
            groupWork[group]?.asked = Set(windowed + work.doubtful)
        }
        askAgain(group, now: now, into: &actions)
    }

    /// Asks the owners that have not answered.
    mutating func askAgain(_ group: Address, now: Instant, into actions: inout [ShardAction]) {
        guard let work = groupWork[group], let ring else { return }
        groupWork[group]?.askAgainAt = now + GatewayMachine.patience
        switch work.step {
        case .collecting where ring.owners(of: ring.slot(of: group)).isQuorum(work.answered):
            plan(group, isLast: true, now: now, into: &actions)
        case .collecting:
            let collect = ReplicaRequest.Collect(
                token: work.token, group: group, listHash: work.listHash, keys: work.asked.sorted())
            ask(.collect(collect), of: group, work, ring, into: &actions)
        case .finishing:
            let finish = ReplicaRequest.Finish(token: work.token, group: group, streams: finished(work))
            ask(.finish(finish), of: group, work, ring, into: &actions)
        case .fetching:
            groupWork[group]?.source += 1
            fetchNext(group, now: now, into: &actions)
        case .expanding:
            for spread in work.spreads { send(spread, of: group, into: &actions) }
        case .waiting, .readingOrder, .readingList, .spreadingList, .assigning, .settling, .closing:
            groupWork[group]?.askAgainAt = .distantFuture
        }
    }

    private func ask(
        _ kind: ReplicaRequest.Kind, of group: Address, _ work: GroupWork, _ ring: RingTable,
        into actions: inout [ShardAction]
    ) {
        let slot = ring.slot(of: group)
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind)
        for (place, owner) in ring.owners(of: slot).enumerated() where work.answered & 1 << UInt8(place) == 0 {
            actions.append(.send(owner, .request(request)))
        }
    }

    /// Counts an owner's answer. Returns whether they are enough.
    mutating func count(_ peer: NodeID, for group: Address) -> Bool {
        guard let ring, let work = groupWork[group] else { return false }
        let owners = ring.owners(of: ring.slot(of: group))
        guard let place = owners.firstIndex(of: peer) else { return false }
        groupWork[group]?.answered |= 1 << UInt8(place)
        return owners.isQuorum(work.answered | 1 << UInt8(place))
    }

    func group(waitingFor token: GatewayToken, in step: GroupWork.Step) -> Address? {
        groupWork.first { $0.value.token == token && $0.value.step == step }?.key
    }

    mutating func collected(
        _ told: [GatewayReply.Waiting], token: GatewayToken, by peer: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let group = group(waitingFor: token, in: .collecting), var waiting = groupWork[group]?.waiting else {
            return
        }
        guard let ring, let place = ring.owners(of: ring.slot(of: group)).firstIndex(of: peer) else { return }
        for stream in told {
            waiting[stream.key, default: .init(author: stream.author)].merge(stream, place: place)
        }
        groupWork[group]?.waiting = waiting
        if count(peer, for: group) { plan(group, isLast: false, now: now, into: &actions) }
    }

    /// Enough owners have told what waits. Those who have not may be who else holds what too few do: while there is time for them,
    /// they are waited for; then what is missing is copied, for the next pass.
    private mutating func plan(
        _ group: Address, isLast: Bool, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring, let work = groupWork[group], let list = work.group else { return }
        let owners = ring.owners(of: ring.slot(of: group))
        let plan = GroupPlan(
            order: work.order, group: list, waiting: work.waiting, asked: work.asked, owners: owners)
        guard !plan.isHeldUp || isLast || work.answered.nonzeroBitCount == owners.count else { return }
        groupWork[group]?.doubtful = Set(plan.heldUp + plan.gapped).sorted()
        if plan.isHeldUp { compare(group, ring, now: now) }
        assign(plan, group, now: now, into: &actions)
    }

    /// Has the owners of a group copy from each other what some lack.
    mutating func compare(_ group: Address, _ ring: RingTable, now: Instant) {
        let slot = ring.slot(of: group)
        for peer in ring.owners(of: slot).current where peer != node {
            movement.comparisons.append(.init(slot: slot, peer: peer))
        }
        scheduleMoves(now: now)
    }

    /// An owner has another list than the one that was read: it is decided again, once a pass, which brings it to those who hear.
    mutating func collectRefused(_ token: GatewayToken, now: Instant, into actions: inout [ShardAction]) {
        guard let group = group(waitingFor: token, in: .collecting), let work = groupWork[group], !work.hasSpread else {
            return
        }
        groupWork[group]?.hasSpread = true
        groupWork[group]?.step = .spreadingList
        groupWork[group]?.askAgainAt = .distantFuture
        gateway.propose(.keep, key: group, for: .orderer(group, work.pass), now: now, into: &actions)
    }

    // MARK: Numbers

    private mutating func assign(
        _ plan: GroupPlan, _ group: Address, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let work = groupWork[group] else { return }
        // An owner that missed the end of something hears it again.
        for (key, stream) in work.waiting.sorted(by: { $0.key < $1.key }) where stream.isLagging {
            groupWork[group]?.lagging.append(.init(key: key, author: stream.author, upTo: stream.watermark))
        }
        groupWork[group]?.askAgainAt = .distantFuture
        guard !plan.items.isEmpty, work.order.window.count < Limits.groupWindowMax else {
            return takeChunk(group, now: now, into: &actions)
        }
        groupWork[group]?.step = .assigning
        let items = Array(plan.items.prefix(Limits.groupWindowMax))
        gateway.propose(
            .order(.assign(items, generation: work.order.generation)), key: group.part(GroupOrder.part),
            for: .orderer(group, work.pass), now: now, into: &actions)
    }
}
