import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox

/// Copies of a slot: giving one, comparing, and taking one up by union.
extension ReplicaMachine {
    // MARK: Giving

    /// What is held of a slot on disk, from behind a piece on.
    func page(of slot: Slot, after cursor: CopyCursor?) -> CopyPage {
        var page = CopyPage(items: [], next: nil)
        var bytes = 0
        for user in users(of: slot) {
            if let cursor, user < cursor.user { continue }
            for item in pieces(of: user, after: cursor?.user == user ? cursor : nil) {
                guard bytes < CopyPage.bytesMax else {
                    page.next = page.items.last?.cursor
                    return page
                }
                page.items.append(item)
                bytes += ReplicaMachine.bytes(of: item)
            }
        }
        return page
    }

    /// The pieces of one user behind the cursor, in their order.
    private func pieces(of user: Address, after cursor: CopyCursor?, isDigest: Bool = false) -> [CopyItem] {
        var items: [CopyItem] = []
        if cursor == nil, let register = registers[user], register.durable != RegisterState() {
            items.append(.register(user, register.durable))
        }
        guard let mailbox = entries[user]?.mailbox else { return items }
        if cursor.map({ $0.part <= .stream }) ?? true {
            for key in mailbox.streams.keys.sorted() {
                if let cursor, cursor.part == .stream, key <= cursor.key { continue }
                guard let copy = copy(of: key, in: mailbox, isDigest: isDigest) else { continue }
                items.append(.stream(user, copy))
            }
        }
        for key in mailbox.receipts.entries.keys.sorted() {
            if let cursor, cursor.part >= .receipt,
                cursor.part > .receipt || key <= .init(stream: cursor.key, reader: cursor.reader)
            {
                continue
            }
            guard let receipt = mailbox.receipts.entries[key] else { continue }
            let progress = receipt.progress.known(toNoneBut: mailbox.devices)
            items.append(.receipt(.init(user: user, key: key.stream, reader: key.reader, progress)))
        }
        let lastSeen = entries[user]?.lastSeen.milliseconds ?? 0
        if lastSeen > 0, cursor.map({ $0.part < .lastSeen }) ?? true {
            items.append(.lastSeen(user, milliseconds: lastSeen))
        }
        return items
    }

    /// A stream as it is told of. For a digest without what is settled: each owner drops that in its own time.
    private func copy(of key: StreamKey, in mailbox: Mailbox, isDigest: Bool) -> StreamCopy? {
        guard let stream = mailbox.streams[key] else { return nil }
        var copy = StreamCopy(key: key, sender: stream.sender, watermarks: [], pending: [])
        // First what was for nobody and what is gone, which count for every device.
        let gone = isDigest ? [] : [InboundStream.everybody]
        for device in [InboundStream.nobody] + gone + [InboundStream.person] + mailbox.devices
        where stream.stored(by: device) > 0 {
            copy.watermarks.append(.init(device: device, upTo: stream.stored(by: device)))
        }
        copy.lost = stream.lost.map { .init(from: $0.from, upTo: $0.upTo) }
        let settled = isDigest ? stream.settledUpTo : 0
        copy.pending = stream.pending.compactMap { $0.location == nil || $0.number <= settled ? nil : $0.number }
        return copy.watermarks.isEmpty && copy.lost.isEmpty && copy.pending.isEmpty ? nil : copy
    }

    /// About what a piece takes on the wire.
    private static func bytes(of item: CopyItem) -> Int {
        switch item {
        case .register(_, let state): 128 + state.value.count
        case .stream(_, let stream): 64 + stream.watermarks.count * 12 + (stream.lost.count + stream.pending.count) * 2
        case .receipt(let receipt): 96 + receipt.progress.known.count * 20
        case .lastSeen: 64
        }
    }

    // MARK: Comparing

    /// A digest of what is held of a slot on disk and some device waits for: equal copies have equal digests.
    func digest(of slot: Slot) -> UInt64 {
        var digest = SlotDigest()
        for user in users(of: slot) {
            for item in pieces(of: user, after: nil, isDigest: true) { digest.add(item) }
        }
        return digest.value
    }

    // MARK: Taking

    /// A run of messages of one stream that the other replica holds and this one lacks.
    struct MissingRun: Equatable, Sendable {
        let user: Address
        let sender: Address
        let key: StreamKey
        var from: StreamNumber
        let upTo: StreamNumber
        /// How many there are at most.
        var count: Int
    }

    /// Takes the maxima of a page into the state and the log, and tells which messages are still to be read.
    mutating func take(_ page: CopyPage, of slot: Slot, into actions: inout [ShardAction]) -> [MissingRun] {
        var records: [ReplicaRecord] = []
        var missing: [MissingRun] = []
        for item in page.items {
            // Of somebody deleted only the word that this is so is taken.
            if let user = item.mailboxUser, entries[user]?.isDeleted == true { continue }
            switch item {
            case .register(let user, let state):
                if let merged = mergeRegister(user, of: slot, state, into: &actions) {
                    records.append(.register(key: user, merged))
                }
            case .stream(let user, let stream):
                let index = enter(user, of: slot)
                records.append(contentsOf: mergeLosses(of: user, at: index, stream))
                records.append(contentsOf: mergeWatermarks(of: user, at: index, stream))
                missing.append(contentsOf: runs(missingIn: user, stream))
                noteSettled(at: index)
            case .receipt(let receipt):
                if let merged = merge(receipt, of: slot, into: &actions) { records.append(.receipt(merged)) }
            case .lastSeen(let user, let milliseconds):
                let index = enter(user, of: slot)
                guard entries.values[index].lastSeen.merge(milliseconds) else { continue }
                presenceMayHaveChanged(of: user)
                records.append(.lastSeen(user, milliseconds: milliseconds))
            }
        }
        records = takeStalledLosses(of: records).map(\.record) + records
        log(records.map { ($0, $0.logRecord(slot: slot)) }, of: slot, into: &actions)
        flushFreed(into: &actions)
        return missing
    }

    /// The highest ballots of both; `nil` when this replica has them on disk. What is only in memory is logged again: the log
    /// may have refused it.
    private mutating func mergeRegister(
        _ key: Address, of slot: Slot, _ other: RegisterState, into actions: inout [ShardAction]
    ) -> RegisterState? {
        enter(key, of: slot)
        let own = registers[key] ?? Register()
        let merged = own.state.merged(with: other)
        guard merged != own.durable else { return nil }
        registers[key, default: Register()].state = merged
        if merged.accepted != own.state.accepted {
            for lost in takeAccount(key, of: slot, merged.value) { actions.append(lost) }
            presenceRuleMayHaveChanged(by: key)
        }
        return merged
    }

    /// The other replica knows of numbers that are lost. One that is held here, by a copy that was given up for lost and has come
    /// back, goes: readers may have been told.
    private mutating func mergeLosses(
        of user: Address, at index: Int, _ stream: StreamCopy
    ) -> [ReplicaRecord] {
        stream.lost.compactMap { run in
            entries.values[index].mailbox.lose(
                stream.key, from: stream.sender, LostNumbers(from: run.from, upTo: run.upTo), freed: &freed
            ).map { ReplicaRecord.lost(of: user, stream.key, from: stream.sender, $0) }
        }
    }

    private mutating func mergeWatermarks(
        of user: Address, at index: Int, _ stream: StreamCopy
    ) -> [ReplicaRecord] {
        var records: [ReplicaRecord] = []
        for watermark in stream.watermarks {
            let rose = entries.values[index].mailbox.acknowledge(
                stream.key, from: stream.sender, device: watermark.device, upTo: watermark.upTo, freed: &freed)
            guard rose else { continue }
            records.append(
                .watermark(
                    .init(
                        user: user, device: watermark.device, key: stream.key, sender: stream.sender,
                        upTo: watermark.upTo)))
        }
        return records
    }

    private func runs(missingIn user: Address, _ stream: StreamCopy) -> [MissingRun] {
        guard let mailbox = entries[user]?.mailbox else { return [] }
        let held = mailbox.streams[stream.key]
        var runs: [MissingRun] = []
        for number in stream.pending
        where held?.entry(number) == nil && held?.isLost(number) != true
            && !mailbox.isGone(stream.key, number: number)
        {
            if let last = runs.indices.last, runs[last].upTo == number - 1, runs[last].count < Limits.windowMax {
                runs[last] = MissingRun(
                    user: user, sender: stream.sender, key: stream.key, from: runs[last].from, upTo: number,
                    count: runs[last].count + 1)
            } else {
                runs.append(
                    MissingRun(
                        user: user, sender: stream.sender, key: stream.key, from: number, upTo: number, count: 1))
            }
        }
        return runs
    }

    /// Takes messages that were read from the other replica.
    mutating func take(
        _ messages: [GatewayReply.Fetched.Message], of run: MissingRun, slot: Slot, into actions: inout [ShardAction]
    ) {
        var records: [(ReplicaRecord, LogRecord)] = []
        for message in messages where message.number <= run.upTo && entries[run.user]?.isDeleted != true {
            guard let mailbox = entries[run.user]?.mailbox, mailbox.streams[run.key]?.entry(message.number) == nil,
                !mailbox.isGone(run.key, number: message.number)
            else { continue }
            let hash = SHA256.hash64(message.body)
            let end = ReplicaMachine.end(
                of: message.body, sentAtMilliseconds: message.sentAtMilliseconds, for: run.user)
            endings.note(end, in: run.user)
            let head = ReplicaRecord.MessageHead(
                recipient: run.user, sender: run.sender, key: run.key, number: message.number, bodyHash: hash,
                sentAtMilliseconds: message.sentAtMilliseconds, end: end)
            entries[run.user]?.mailbox.append(
                run.key, from: run.sender, number: message.number, bodyHash: hash, bodyBytes: message.body.count,
                sentAtMilliseconds: message.sentAtMilliseconds, end: end)
            let record = ReplicaRecord.message(head)
            records.append((record, record.logRecord(slot: slot, body: message.body)))
        }
        log(records, of: slot, into: &actions)
    }

    private mutating func log(
        _ records: [(record: ReplicaRecord, logRecord: LogRecord)], of slot: Slot, into actions: inout [ShardAction]
    ) {
        guard !records.isEmpty else { return }
        let token = newToken()
        appends[token] = .copied(
            slot: slot, records.map { CopiedRecord(record: $0.record, bodyBytes: $0.logRecord.body.count) })
        copying[slot, default: 0] += 1
        actions.append(.append(records.map(\.logRecord), isDurable: true, token: token))
    }

    /// The log has answered an append of copied pieces. Returns whether it was the last under way.
    mutating func endCopying(_ slot: Slot) -> Bool {
        let left = (copying[slot] ?? 0) - 1
        copying[slot] = left > 0 ? left : nil
        return left <= 0
    }

    /// Says in the log that everything of a merge stands before this: the log has answered all of it. The others may give up
    /// their copies then.
    mutating func endMerge(of slot: Slot, version: UInt64, into actions: inout [ShardAction]) {
        let marks = takeStalledMarks(of: slot)
        var records = marks.map(\.record)
        var copies = marks.map(\.logRecord)
        if let parts = damage[slot], quarantined.contains(slot) {
            let restored = ReplicaRecord.restored(slot, mendedParts(of: slot) + parts)
            records.append(restored)
            copies.append(restored.logRecord(slot: slot))
        }
        let token = newToken()
        appends[token] = .merged(slot: slot, version: version, records)
        copies.append(ReplicaRecord.merged(slot, version: version).logRecord(slot: slot))
        actions.append(.append(copies, isDurable: true, token: token))
    }

    // MARK: Dropping

    /// Whether anything of the slot is held.
    func holdsAnything(of slot: Slot) -> Bool { !users(of: slot).isEmpty }

    /// Gives up a slot that others own now. The log's records of it are dead; should a restart find them before they are
    /// cleaned away, the slot is given up again.
    mutating func drop(_ slot: Slot, into actions: inout [ShardAction]) {
        for user in users(of: slot) {
            groups.remove(user)
            lists[user] = nil
            if let entry = entries.removeValue(forKey: user) {
                entry.mailbox.release(into: &freed)
                freed.add(segment: entry.lastSeen.segment, bytes: PendingMessage.headBytesEstimate)
                for subscription in entry.subscriptions {
                    sessionUsers.removeValue(
                        forKey: SessionName(node: subscription.gateway, session: subscription.session))
                }
            }
            if let register = registers.removeValue(forKey: user) {
                freed.add(segment: register.segment, bytes: PendingMessage.headBytesEstimate)
            }
        }
        leaveAll(of: slot)
        settling[slot] = nil
        mergedVersions[slot] = nil
        flushFreed(into: &actions)
    }
}
