import RoostCore
import RoostLog
import RoostNode
import RoostRing

extension Simulation {
    /// How much longer a sync of a slow disk takes.
    private static let slowness: UInt64 = 40
    private static let cleanerPolicy = CleanerPolicy()

    private mutating func syncTime(_ index: Int) -> TimeSpan {
        let most = UInt64(options.syncMilliseconds) * 1_000_000
        let span = TimeSpan(nanoseconds: 50_000 + random.next() % most)
        return now < nodes[index].disk.slowUntil ? span * Simulation.slowness : span
    }

    /// When a sync that begins now is done: behind all that began before.
    private mutating func syncEnd(_ index: Int) -> Instant {
        let done = max(now + syncTime(index), nodes[index].lastSync)
        nodes[index].lastSync = done
        return done
    }

    // MARK: Writing

    mutating func append(_ records: [LogRecord], isDurable: Bool, token: UInt64, on index: Int) {
        let node = nodes[index]
        guard !percent(options.refusedAppendsPercent) else {
            if !lieAboutRefusal(isDurable: isDurable, records: records.count, token: token, on: index) {
                // At once, as in production: what the shard hears next finds the append taken back.
                appendRefused(index, life: node.life, token: token)
            }
            return
        }
        checkWatermarks(records, on: index)
        let locations = node.disk.log.write(records)
        trace.note(
            now, .written, UInt64(index), token, UInt64(records.count),
            saying: "n\(index) logs \(records.map(Simulation.text)) at \(locations.map(\.segment))")
        if isDurable {
            let position = node.disk.log.end
            let done = syncEnd(index)
            if mutant == .answerBeforeSync || isEarlyMark(records) {
                agenda.add(.written(node: index, life: node.life, token: token, locations: locations), at: now)
            }
            agenda.add(
                .synced(node: index, life: node.life, upTo: position, token: token, locations: locations), at: done)
        } else {
            agenda.add(
                .written(node: index, life: node.life, token: token, locations: locations),
                at: max(now + .milliseconds(1), node.lastSync))
        }
    }

    private static func text(_ record: LogRecord) -> String {
        do throws(ByteReaderError) {
            return "\(try ReplicaRecord(kind: record.kind, head: record.head))"
        } catch {
            return "what cannot be read"
        }
    }

    private mutating func sync(_ position: VirtualLog.Position, on index: Int) {
        for stored in nodes[index].disk.log.sync(position) { takeIntoIndex(stored, on: index) }
    }

    private mutating func takeIntoIndex(_ stored: VirtualLog.Stored, on index: Int) {
        do throws(ByteReaderError) {
            let record = try ReplicaRecord(kind: stored.record.kind, head: stored.record.head)
            nodes[index].disk.index.add(record, segment: stored.location.segment)
        } catch {
            violate(.log, "n\(index) logged what it cannot read: \(error)")
        }
    }

    mutating func synced(
        _ index: Int, life: Int, upTo position: VirtualLog.Position, token: UInt64, locations: [LogLocation]
    ) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        sync(position, on: index)
        trace.note(
            now, .synced, UInt64(index), UInt64(position.segment), UInt64(position.bytes), saying: "n\(index) synced")
        answered(locations, on: index)
        shard(index) { machine, now, actions in
            machine.appended(token, locations: locations, now: now, into: &actions)
        }
    }

    mutating func written(_ index: Int, life: Int, token: UInt64, locations: [LogLocation]) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        answered(locations, on: index)
        shard(index) { machine, now, actions in
            machine.appended(token, locations: locations, now: now, into: &actions)
        }
    }

    private mutating func answered(_ locations: [LogLocation], on index: Int) {
        guard nodes[index].disk.log.answered(locations) else { return }
        agenda.add(.clean(node: index, life: nodes[index].life), at: now)
    }

    mutating func appendRefused(_ index: Int, life: Int, token: UInt64) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        trace.note(now, .refused, UInt64(index), token, saying: "n\(index)'s log takes nothing more")
        shard(index) { machine, now, actions in machine.appendRefused(token, now: now, into: &actions) }
    }

    mutating func persist(_ record: EpochRecord, on index: Int) {
        let life = nodes[index].life
        if mutant == .ringBeforeSync {
            agenda.add(.ringSynced(node: index, life: life, record), at: now)
        } else {
            let done = syncEnd(index)
            agenda.add(.ringSynced(node: index, life: life, record), at: done)
        }
    }

    mutating func ringSynced(_ index: Int, life: Int, _ record: EpochRecord) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        if mutant != .ringBeforeSync { nodes[index].disk.ring = record.encode() }
        control(index) { machine, now, actions in machine.persisted(record, now: now, into: &actions) }
    }

    mutating func persistVote(_ vote: EpochVote, token: UInt64, on index: Int) {
        let done = syncEnd(index)
        agenda.add(.voteSynced(node: index, life: nodes[index].life, vote, token: token), at: done)
    }

    mutating func voteSynced(_ index: Int, life: Int, _ vote: EpochVote, token: UInt64) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        nodes[index].disk.vote = vote.encode()
        control(index) { machine, now, actions in machine.votePersisted(token, now: now, into: &actions) }
    }

    /// The vote that a new life begins with.
    mutating func vote(on index: Int) -> EpochVote? {
        guard let bytes = nodes[index].disk.vote, mutant != .epochVoteForgotten else { return nil }
        do throws(ByteReaderError) {
            return try EpochVote(decoding: bytes)
        } catch {
            violate(.log, "n\(index) cannot read its own vote: \(error)")
            return nil
        }
    }

    // MARK: Reading

    mutating func read(_ locations: [LogLocation], token: UInt64, on index: Int) {
        var bodies: [[UInt8]?] = []
        for location in locations {
            let isReadable = !percent(options.unreadablePercent)
            var body = isReadable ? nodes[index].disk.log.body(at: location) : nil
            if body == nil, mutant == .unreadableIsEmpty { body = [] }
            bodies.append(body)
        }
        let unreadable = bodies.count { $0 == nil }
        trace.note(
            now, .read, UInt64(index), UInt64(bodies.count), UInt64(unreadable),
            saying: "n\(index) reads \(bodies.count) bodies from \(locations), \(unreadable) in vain")
        let span = syncTime(index)
        agenda.add(.read(node: index, life: nodes[index].life, token: token, bodies: bodies), at: now + span)
    }

    mutating func readDone(_ index: Int, life: Int, token: UInt64, bodies: [[UInt8]?]) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        shard(index) { machine, now, actions in machine.read(token, bodies: bodies, now: now, into: &actions) }
    }

    /// Feeds a new life of a node what its log holds. Returns what cannot be read any more.
    mutating func replay(on index: Int) -> [LogCorruption] {
        let node = nodes[index]
        var stored: [VirtualLog.Stored] = []
        var corruptions: [LogCorruption] = []
        do throws(LogError) {
            corruptions = try node.disk.log.recover { stored.append($0) }.corruptions
        } catch {
            violate(.log, "n\(index) cannot read its own log: \(error)")
        }
        for corruption in corruptions where !node.disk.rotten.contains(corruption.segment) {
            violate(.log, "n\(index) takes what was torn for damage: \(corruption)")
        }
        if !corruptions.isEmpty { node.disk.index = DiskIndex() }
        for stored in stored {
            takeIntoIndex(stored, on: index)
            if mutant == .votesForgotten, stored.record.kind == ReplicaRecord.Kind.register.rawValue { continue }
            if mutant == .floorForgotten, isFloor(stored.record) { continue }
            do throws(ByteReaderError) {
                try node.shard.replay(
                    slot: stored.record.slot, kind: stored.record.kind, head: stored.record.head,
                    bodyBytes: stored.record.body.count,
                    at: stored.location)
            } catch {
                violate(.log, "n\(index) cannot read its own log: \(error)")
            }
        }
        return corruptions
    }

    // MARK: Cleaning

    /// Begins to empty a segment when that is worth it.
    mutating func clean(on index: Int, life: Int) {
        let node = nodes[index]
        guard node.isUp, node.life == life, node.disk.cleaning == nil,
            let victim = node.disk.log.victim(policy: Simulation.cleanerPolicy)
        else {
            return
        }
        node.disk.cleaning = victim.name.number
        trace.note(
            now, .cleaned, UInt64(index), UInt64(victim.name.number),
            saying: "n\(index) empties \(victim.name): \(victim.deadBytes) of \(victim.accountedBytes) bytes are dead")
        if mutant == .cleanWithoutMoving {
            return delete(victim.name.number, on: index)
        }
        var actions: [ShardAction] = []
        node.shard.clean(
            segment: victim.name.number, victim.records.map { StoredRecord($0.record, at: $0.location) },
            into: &actions)
        shard(index) { (simulation: inout Simulation, output: inout [ShardAction]) in output += actions }
    }

    /// The shard needs nothing of a segment any more: it goes when all that was written until now is on stable storage.
    mutating func cleaned(_ segment: UInt32, on index: Int) {
        guard nodes[index].disk.cleaning == segment else { return }
        let position = nodes[index].disk.log.end
        let done = syncEnd(index)
        agenda.add(.deletion(node: index, life: nodes[index].life, segment: segment, upTo: position), at: done)
    }

    mutating func deleteSegment(_ segment: UInt32, on index: Int, life: Int, upTo position: VirtualLog.Position) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        sync(position, on: index)
        delete(segment, on: index)
    }

    private mutating func delete(_ segment: UInt32, on index: Int) {
        trace.note(now, .cleaned, UInt64(index), UInt64(segment), 1, saying: "n\(index) deletes segment \(segment)")
        nodes[index].disk.cleaning = nil
        nodes[index].disk.log.delete(segment: segment)
        agenda.add(.clean(node: index, life: nodes[index].life), at: now)
        checkDeletion(lost: nodes[index].disk.index.remove(segment: segment), on: index)
    }
}
