import OrderedCollections
import RoostCore
import RoostRing

/// Taking slots over, giving them up, and keeping copies equal.
extension ShardMachine {
    /// The slots of the ring that fall to this shard.
    private func ownSlots(in ring: RingTable) -> [Slot] {
        stride(from: shard, to: ring.slotCount.value, by: shardCount).map { Slot($0) }
    }

    // MARK: The ring

    /// Sees what a new ring asks of this shard: slots to copy, copies to give up.
    mutating func beginMoves(from old: RingTable?, to ring: RingTable, now: Instant, into actions: inout [ShardAction])
    {
        var loss = Loss()
        for slot in replica.toldWithRing where !replica.quarantined.contains(slot) { actions.append(.restored(slot)) }
        if old == nil {
            replica.forgetDamageThatIsGone()
            replica.flushFreed(into: &actions)
        }
        replica.toldWithRing = []
        for slot in ownSlots(in: ring) {
            let version = ring.version(of: slot)
            guard old?.version(of: slot) != version else { continue }
            movement.merges.removeValue(forKey: slot)
            movement.leftovers.removeValue(forKey: slot)
            if ring.owners(of: slot).contains(node) {
                let isBereft = ring.lossVersion(of: slot) != old?.lossVersion(of: slot) ?? 0
                takeUp(slot, of: ring, isBereft: isBereft, &loss, into: &actions)
            } else {
                replica.damage[slot] = nil
                if replica.quarantined.remove(slot) != nil { actions.append(.restored(slot)) }
                if replica.holdsAnything(of: slot) { movement.leftovers[slot] = .init() }
            }
        }
        tell(loss, into: &actions)
        scheduleMoves(now: now)
    }

    /// A part of these slots could not be read: nothing is told of them until they have been merged again. What has been made good
    /// since, as the log itself remembers, is no damage any more, although its segment is still there.
    mutating func quarantine(_ slots: [SlotDamage], now: Instant, into actions: inout [ShardAction]) {
        var loss = Loss()
        for damage in slots where damage.slot.shard(of: shardCount) == shard {
            let slot = damage.slot
            if ring == nil { replica.damageToldAtStart.formUnion(damage.parts) }
            let parts = damage.parts.filter { !replica.isMended($0, of: slot) }
            guard !parts.isEmpty else {
                // Told with the first ring: until then there is nobody to hear it.
                if ring == nil {
                    replica.toldWithRing.append(slot)
                } else if !replica.quarantined.contains(slot) {
                    actions.append(.restored(slot))
                }
                continue
            }
            replica.mergedVersions[slot] = nil
            replica.damage[slot, default: []].append(contentsOf: parts)
            guard let ring else {
                replica.quarantined.insert(slot)
                continue
            }
            guard ring.contains(slot), ring.owners(of: slot).contains(node) else {
                actions.append(.restored(slot))
                continue
            }
            replica.quarantined.insert(slot)
            // One that is to be an owner may have said that it holds everything, and be one the next moment: then it merges
            // once more.
            takeUp(slot, of: ring, isBereft: false, &loss, into: &actions)
        }
        tell(loss, into: &actions)
        scheduleMoves(now: now)
    }

    /// What nobody else can bring.
    private struct Loss {
        var damagedSlots = 0
        var messages: UInt64 = 0
    }

    /// Begins what this node has to do about a slot that it owns or is to own: to make good what its log lost of it, or to copy
    /// what the owners hold. The only owner has nobody to copy from: what it has is all there is.
    private mutating func takeUp(
        _ slot: Slot, of ring: RingTable, isBereft: Bool, _ loss: inout Loss, into actions: inout [ShardAction]
    ) {
        let (owners, version) = (ring.owners(of: slot), ring.version(of: slot))
        if owners.isCurrent(node), owners.currentCount == 1, isBereft || replica.quarantined.contains(slot) {
            loss.messages += replica.closeGaps(of: slot, into: &actions)
            replica.damage[slot] = nil
            if replica.quarantined.remove(slot) != nil {
                loss.damagedSlots += 1
                actions.append(.restored(slot))
            }
        }
        if replica.quarantined.contains(slot), owners.isCurrent(node) {
            want(slot, .restore, owners, version: version)
        } else if owners.isNext(node) {
            if replica.mergedVersions[slot] == version {
                actions.append(.merged(slot, version: version))
            } else {
                want(slot, .move, owners, version: version)
            }
        }
    }

    private func tell(_ loss: Loss, into actions: inout [ShardAction]) {
        guard loss.damagedSlots > 0 || loss.messages > 0 else { return }
        actions.append(.lost(damagedSlots: loss.damagedSlots, messages: loss.messages))
    }

    private mutating func want(_ slot: Slot, _ purpose: SlotMerge.Purpose, _ owners: Owners, version: UInt64) {
        let sources = owners.current.filter { $0 != node }
        let ownCopy = owners.isCurrent(node) && !replica.quarantined.contains(slot) ? 1 : 0
        let needed = max(0, SlotMovement.copiesNeeded(of: owners.currentCount) - ownCopy)
        movement.merges[slot] = SlotMerge(
            slot: slot, version: version, purpose: purpose, sources: sources, needed: needed)
    }

    // MARK: Time

    mutating func scheduleMoves(now: Instant) {
        guard movement.nextTick == .distantFuture, movement.isBusy else { return }
        movement.nextTick = now + SlotMovement.tickInterval
    }

    /// Looks at everything that is copied, compared or given up.
    mutating func tickMoves(now: Instant, into actions: inout [ShardAction]) {
        if now >= movement.nextPatrol { patrol(now: now) }
        guard now >= movement.nextTick, let ring else { return }
        movement.nextTick = .distantFuture
        let limit = ring.bytesPerSecondMax
        movement.refill(bytesPerSecond: limit == 0 ? 0 : max(1, limit / UInt64(shardCount)), now: now)
        for slot in Array(movement.merges.keys.prefix(SlotMovement.mergesAtOnce)) {
            resume(slot, now: now, into: &actions)
        }
        compareNext(ring, into: &actions)
        askToDrop(ring, now: now, into: &actions)
        scheduleMoves(now: now)
    }

    // MARK: Copying

    /// Sends a merge's next request if it waits for none, or if the one it waits for is late.
    private mutating func resume(_ slot: Slot, now: Instant, into actions: inout [ShardAction]) {
        guard var merge = movement.merges[slot] else { return }
        switch merge.step {
        case .waiting(let until): guard now >= until else { return }
        case .pulling(_, let until), .reading(_, let until):
            guard now >= until else { return }
            if let source = merge.sources.first { movement.silentUntil[source] = now + SlotMovement.silence }
            merge.turnToNextSource(at: now)
        case .logging: break
        case .ending: return
        }
        guard merge.needed > 0 else {
            merge.step = replica.copying[slot] == nil ? .ending : .logging
            movement.merges[slot] = merge
            if merge.step == .ending { replica.endMerge(of: slot, version: merge.version, into: &actions) }
            return
        }
        // What is copied competes with messages for the disk: not when it is full.
        guard movement.allowance > 0, !replica.isDiskFull else {
            movement.merges[slot] = merge
            return
        }
        for _ in merge.sources.dropFirst() {
            guard let source = merge.sources.first,
                gateway.unreachable.contains(source) || now < movement.silentUntil[source] ?? .zero
            else { break }
            merge.turnToNextSource(at: now)
        }
        guard let source = merge.sources.first else {
            movement.merges[slot] = merge
            return
        }
        let token = gateway.newToken()
        let kind: ReplicaRequest.Kind
        if let run = merge.runs.first {
            kind = .fetch(
                .init(token: token, user: run.user, device: 0, key: run.key, from: run.from, count: UInt32(run.count)))
            merge.step = .reading(token, until: now + SlotMovement.patience)
        } else {
            kind = .pull(token: token, after: merge.cursors[source])
            merge.step = .pulling(token, until: now + SlotMovement.patience)
        }
        movement.merges[slot] = merge
        actions.append(.send(source, .request(.init(slot: slot, version: merge.version, kind: kind))))
    }

    private func merge(waitingFor token: GatewayToken) -> SlotMerge? {
        movement.merges.values.prefix(SlotMovement.mergesAtOnce).first { $0.token == token }
    }

    /// A page came.
    mutating func copied(
        _ page: CopyPage, token: GatewayToken, from peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard var merge = merge(waitingFor: token), merge.sources.first == peer else { return }
        merge.runs = replica.take(page, of: merge.slot, into: &actions)
        merge.next = page.next
        merge.isInPage = true
        let bytes = page.items.count * 64
        movement.allowance -= bytes
        movement.bytesCopied += bytes
        goOn(merge, now: now, into: &actions)
    }

    /// Messages came that were asked for. True when they were for a merge.
    mutating func copied(
        _ answer: GatewayReply.Fetched, token: GatewayToken, from peer: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) -> Bool {
        guard var merge = merge(waitingFor: token) else { return false }
        guard merge.sources.first == peer, var run = merge.runs.first else { return true }
        let bytes = answer.messages.reduce(0) { $0 + $1.body.count + 32 }
        movement.allowance -= bytes
        movement.bytesCopied += bytes
        replica.take(answer.messages, of: run, slot: merge.slot, into: &actions)
        if answer.isDamaged {
            merge.turnToNextSource(at: now + SlotMovement.patience)
            movement.merges[merge.slot] = merge
            return true
        }
        // What was asked for and is not there was stored by its devices meanwhile. An answer that is full goes on.
        if let last = answer.messages.last?.number, last < run.upTo {
            run.from = last + 1
            run.count = max(1, run.count - answer.messages.count)
            merge.runs[0] = run
        } else {
            merge.runs.removeFirst()
        }
        goOn(merge, now: now, into: &actions)
        return true
    }

    /// Takes the next step of a merge after an answer.
    private mutating func goOn(_ merge: SlotMerge, now: Instant, into actions: inout [ShardAction]) {
        var merge = merge
        if merge.runs.isEmpty, merge.isInPage, let source = merge.sources.first {
            merge.isInPage = false
            if let next = merge.next {
                merge.cursors[source] = next
            } else {
                merge.sources.removeFirst()
                merge.needed -= 1
            }
        }
        merge.step = .waiting(until: now)
        movement.merges[merge.slot] = merge
        resume(merge.slot, now: now, into: &actions)
    }

    /// The source goes by another version of the slot: one of the two is about to learn of it.
    mutating func copyRefused(_ token: GatewayToken, now: Instant) {
        guard var merge = merge(waitingFor: token) else { return }
        merge.turnToNextSource(at: now + .milliseconds(100))
        movement.merges[merge.slot] = merge
    }

    /// What the log made of merges.
    mutating func endMerges(now: Instant, into actions: inout [ShardAction]) {
        guard !replica.mergesEnded.isEmpty else { return }
        let ended = replica.mergesEnded
        replica.mergesEnded = []
        for end in ended {
            switch end {
            case .spoiled(let slot):
                guard let merge = movement.merges[slot], let ring else { continue }
                want(slot, merge.purpose, ring.owners(of: slot), version: merge.version)
                movement.merges[slot]?.step = .waiting(until: now + SlotMovement.patience)
            case .copied(let slot):
                if movement.merges[slot]?.step == .logging { resume(slot, now: now, into: &actions) }
            case .merged(let slot, let version):
                guard let merge = movement.merges[slot], merge.version == version, merge.step == .ending else {
                    continue
                }
                movement.merges.removeValue(forKey: slot)
                replica.mergedVersions[slot] = version
                if merge.purpose == .restore {
                    replica.quarantined.remove(slot)
                    replica.damage[slot] = nil
                    actions.append(.restored(slot))
                }
                if ring?.owners(of: slot).isMoving == true { actions.append(.merged(slot, version: version)) }
            }
        }
        scheduleMoves(now: now)
    }

    // MARK: Comparing

    /// Compares what is held here with one other node, whose link from here stands anew: what was said to it is lost. Or with
    /// everybody, when a node's link to here does: what it said is lost, may have been for any slot, and other owners heard it.
    /// A slot of which nothing is held here is left to those who hold something, and to the patrol.
    mutating func compareAll(with one: NodeID?, now: Instant) {
        guard let ring else { return }
        for slot in ownSlots(in: ring) where replica.holdsAnything(of: slot) {
            let owners = ring.owners(of: slot)
            guard owners.isCurrent(node) else { continue }
            for peer in owners.current where peer != node && (one == nil || peer == one) {
                movement.comparisons.append(.init(slot: slot, peer: peer))
            }
        }
        scheduleMoves(now: now)
    }

    /// One slot after the other, all the time, for what no broken link explains.
    private mutating func patrol(now: Instant) {
        movement.nextPatrol = .distantFuture
        guard let ring else { return }
        let slots = ownSlots(in: ring)
        guard !slots.isEmpty else { return }
        let pause = SlotMovement.comparisonPeriod.nanoseconds / UInt64(slots.count)
        movement.nextPatrol = now + TimeSpan(nanoseconds: pause)
        let slot = slots[movement.patrol % slots.count]
        movement.patrol += 1
        let owners = ring.owners(of: slot)
        guard owners.isCurrent(node) else { return }
        for peer in owners.current where peer > node { movement.comparisons.append(.init(slot: slot, peer: peer)) }
        scheduleMoves(now: now)
    }

    private mutating func compareNext(_ ring: RingTable, into actions: inout [ShardAction]) {
        // A slot that is being copied is compared afterwards.
        let next = movement.comparisons.lazy.filter { [merges = movement.merges] in merges[$0.slot] == nil }
        for comparison in Array(next.prefix(SlotMovement.comparisonsAtOnce)) {
            movement.comparisons.remove(comparison)
            let slot = comparison.slot
            guard ring.owners(of: slot).isCurrent(comparison.peer), !replica.quarantined.contains(slot) else {
                continue
            }
            let kind = ReplicaRequest.Kind.compare(token: gateway.newToken(), digest: replica.digest(of: slot))
            let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind)
            actions.append(.send(comparison.peer, .request(request)))
        }
    }

    /// Another owner says what its copy comes to. Where they differ both copy from each other.
    mutating func compare(
        _ slot: Slot, with digest: UInt64, of peer: NodeID, token: GatewayToken, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard !replica.quarantined.contains(slot) else { return }
        let isEqual = digest == replica.digest(of: slot)
        actions.append(.send(peer, .reply(.init(token: token, kind: .compared(slot, isEqual: isEqual)))))
        if !isEqual { repair(slot, from: peer, now: now) }
    }

    /// Another owner's copy differs: what is lacking here is copied from there.
    mutating func repair(_ slot: Slot, from peer: NodeID, now: Instant) {
        guard let ring, ring.contains(slot), slot.shard(of: shardCount) == shard else { return }
        let owners = ring.owners(of: slot)
        guard owners.isCurrent(node), owners.isCurrent(peer), peer != node else { return }
        guard movement.merges[slot] == nil else {
            // Copied from another one now: what this peer has besides shows when that is done.
            movement.comparisons.append(.init(slot: slot, peer: peer))
            return
        }
        movement.merges[slot] = SlotMerge(
            slot: slot, version: ring.version(of: slot), purpose: .repair, sources: [peer], needed: 1)
        scheduleMoves(now: now)
    }

    // MARK: Giving up

    private mutating func askToDrop(_ ring: RingTable, now: Instant, into actions: inout [ShardAction]) {
        for slot in Array(movement.leftovers.keys.prefix(SlotMovement.comparisonsAtOnce)) {
            guard var leftover = movement.leftovers[slot], now >= leftover.askAgainAt else { continue }
            leftover.token = gateway.newToken()
            leftover.askAgainAt = now + SlotMovement.dropPatience
            movement.leftovers[slot] = leftover
            for owner in ring.owners(of: slot).current {
                let kind = ReplicaRequest.Kind.confirm(token: leftover.token)
                let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind)
                actions.append(.send(owner, .request(request)))
            }
        }
    }

    /// An owner says that it goes by the version at which the slot is no longer this node's.
    mutating func confirmed(_ token: GatewayToken, by peer: NodeID, into actions: inout [ShardAction]) {
        guard let ring, let slot = movement.leftovers.first(where: { $0.value.token == token })?.key else { return }
        movement.leftovers[slot]?.confirmed.insert(peer)
        let owners = ring.owners(of: slot)
        let confirmed = movement.leftovers[slot]?.confirmed ?? []
        guard owners.current.count(where: confirmed.contains) * 2 > owners.currentCount else { return }
        movement.leftovers.removeValue(forKey: slot)
        replica.drop(slot, into: &actions)
    }
}
