import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox

extension ReplicaMachine {
    /// A segment is to be emptied: what of it is still live here is logged again, and what made the rest dead is logged.
    mutating func clean(segment: UInt32, _ records: [StoredRecord], into actions: inout [ShardAction]) {
        var moved: [ReplicaRecord] = []
        var copies: [LogRecord] = []
        // A segment may hold one thing twice; both would look alive.
        var marks: Set<Mark> = []
        var keys: Set<Address> = []
        var restored: Set<Slot> = []
        for stored in records {
            guard var record = ReplicaMachine.record(of: stored), isLive(record, at: stored.location) else { continue }
            if let mark = Mark(record), !marks.insert(mark).inserted { continue }
            switch record {
            case .register(let key, _):
                guard keys.insert(key).inserted else { continue }
            case .restored(let slot, _):
                guard restored.insert(slot).inserted else { continue }
                record = .restored(slot, mendedParts(of: slot))
            case .receipt(let receipt):
                // Which devices know it may be more by now.
                if let latest = logged(receipt) { record = .receipt(latest) }
            case .expansion(let head):
                record = .expansion(stillNeeded(head, at: stored.location))
            case .message, .watermark, .merged, .lost, .lastSeen:
                break
            }
            moved.append(record)
            copies.append(record.logRecord(slot: stored.slot, body: stored.body))
        }
        for (record, logRecord) in takeStalledMarks() where Mark(record).map(marks.contains) != true {
            moved.append(record)
            copies.append(logRecord)
        }
        guard !copies.isEmpty else { return cleaned(segment, into: &actions) }
        append(Move(records: moved, copies: copies, segment: segment), into: &actions)
    }

    mutating func append(_ move: Move, into actions: inout [ShardAction]) {
        let token = newToken()
        appends[token] = .moved(move)
        actions.append(.append(move.copies, isDurable: true, token: token))
    }

    /// What a log record says; `nil` for one that this version cannot read, which was never taken into the state either.
    private static func record(of stored: StoredRecord) -> ReplicaRecord? {
        do throws(ByteReaderError) {
            return try ReplicaRecord(kind: stored.kind, head: stored.head)
        } catch {
            return nil
        }
    }

    func isLive(_ record: ReplicaRecord, at location: LogLocation) -> Bool {
        switch record {
        case .message(let head):
            return entries[head.recipient]?.mailbox.streams[head.key]?.entry(head.number)?.location == location
        case .watermark(let watermark):
            let stream = entries[watermark.user]?.mailbox.streams[watermark.key]
            return stream?.watermarks.contains {
                $0.device == watermark.device && $0.upTo == watermark.upTo && $0.segment == location.segment
            } ?? false
        case .receipt(let receipt):
            let key = ReceiptTable.Key(stream: receipt.key, reader: receipt.reader)
            return entries[receipt.user]?.mailbox.receipts.isLive(key, receipt.progress, in: location.segment) ?? false
        case .register(let key, let state):
            return registers[key].map { $0.durable == state && $0.segment == location.segment } ?? false
        case .lastSeen(let user, let milliseconds):
            return entries[user]?.lastSeen.isLive(milliseconds, in: location.segment) ?? false
        case .merged:
            return false
        case .restored(let slot, _):
            return madeGood[slot]?.segment == location.segment
        case .lost(let loss):
            let lost = entries[loss.user]?.mailbox.streams[loss.key]?.lost
            return lost?.contains {
                $0.from == loss.from && $0.upTo == loss.upTo && $0.segment == location.segment
            } ?? false
        case .expansion(let head):
            return !stillNeeded(head, at: location).recipients.isEmpty
        }
    }

    /// Nothing of a segment is needed any more. What was damaged in it is gone with it.
    private mutating func cleaned(_ segment: UInt32, into actions: inout [ShardAction]) {
        forgetDamage(in: segment)
        flushFreed(into: &actions)
        actions.append(.cleaned(segment: segment))
    }

    /// Copies of live records are durable in another segment.
    mutating func movedDurable(_ move: Move, locations: [LogLocation], into actions: inout [ShardAction]) {
        for (place, location) in locations.enumerated() {
            settle(move.records[place], bodyBytes: move.copies[place].body.count, at: location)
        }
        cleaned(move.segment, into: &actions)
    }

    /// A record stands at this place of the log: what it holds lives there from now on, unless it is outdated.
    mutating func settle(_ record: ReplicaRecord, bodyBytes: Int = 0, at location: LogLocation) {
        let bytes = UInt32(bodyBytes) + PendingMessage.headBytesEstimate
        if case .expansion(let head) = record { return settle(head, bytes: bytes, at: location) }
        if case .restored(let slot, let parts) = record { return settle(parts, of: slot, at: location) }
        guard let index = record.user.flatMap({ entries.index(forKey: $0) }) else {
            // A mark, or of a slot that was dropped meanwhile.
            freed.add(segment: location.segment, bytes: bytes)
            return
        }
        switch record {
        case .message(let head) where head.end == .passed:
            let isHeld = entries.values[index].mailbox.end(
                head.key, number: head.number, bodyBytes: bodyBytes, location: location, freed: &freed)
            if !isHeld { freed.add(segment: location.segment, bytes: bytes) }
        case .message(let head):
            let known = entries.values[index].mailbox.streams[head.key]?.entry(head.number)
            // Every device has stored it by now, or the place before this one is not its place any more.
            if entries.values[index].mailbox.setLocation(location, key: head.key, number: head.number) {
                if let known { freed.add(known) }
            } else {
                freed.add(segment: location.segment, bytes: bytes)
            }
        case .watermark(let watermark):
            entries.values[index].mailbox.setWatermarkSegment(
                location.segment, key: watermark.key, device: watermark.device, upTo: watermark.upTo, freed: &freed)
        case .receipt(let receipt):
            entries.values[index].mailbox.receipts.setSegment(
                location.segment, key: .init(stream: receipt.key, reader: receipt.reader), receipt.progress,
                freed: &freed)
        case .register(let key, let state):
            guard let register = registers[key], register.durable.merged(with: state) == state else {
                freed.add(segment: location.segment, bytes: PendingMessage.headBytesEstimate)
                return
            }
            freed.add(segment: register.segment, bytes: PendingMessage.headBytesEstimate)
            registers[key]?.durable = state
            registers[key]?.segment = location.segment
        case .lost(let loss):
            entries.values[index].mailbox.setLossSegment(
                location.segment, key: loss.key, LostNumbers(from: loss.from, upTo: loss.upTo), freed: &freed)
        case .lastSeen(_, let milliseconds):
            let isDeleted = entries.values[index].isDeleted
            let dead =
                isDeleted
                ? location.segment : entries.values[index].lastSeen.settle(milliseconds, in: location.segment)
            freed.add(segment: dead, bytes: PendingMessage.headBytesEstimate)
        case .merged, .restored, .expansion:
            break
        }
    }

    /// The whole log has come by. Only now is it known which devices each account has: an older state of it would have dropped
    /// what waits for one that was added later.
    mutating func replayed(into actions: inout [ShardAction]) {
        for key in registers.keys.sorted() {
            guard let slot = entries[key]?.slot, let value = registers[key]?.state.value else { continue }
            for action in takeAccount(key, of: slot, value) { actions.append(action) }
        }
        flushFreed(into: &actions)
    }

    /// At start, a record of the log comes by, oldest first.
    mutating func replay(_ record: ReplicaRecord, of slot: Slot, bodyBytes: Int, at location: LogLocation) {
        if let user = record.user { enter(user, of: slot) }
        switch record {
        case .message(let head):
            entries[head.recipient]?.mailbox.append(
                head.key, from: head.sender, number: head.number, bodyHash: head.bodyHash, bodyBytes: bodyBytes,
                sentAtMilliseconds: head.sentAtMilliseconds, end: head.end)
            endings.note(head.end, in: head.recipient)
            if head.end == .passed { noteEnded(head) }
        case .watermark(let watermark):
            _ = entries[watermark.user]?.mailbox.acknowledge(
                watermark.key, from: watermark.sender, device: watermark.device, upTo: watermark.upTo, freed: &freed)
        case .receipt(let receipt):
            _ = entries[receipt.user]?.mailbox.receipts.merge(
                .init(stream: receipt.key, reader: receipt.reader), receipt.progress)
        case .register(let key, let state):
            // A copy made by the cleaner may stand behind something newer.
            let latest = registers[key, default: Register()].state.merged(with: state)
            registers[key, default: Register()].state = latest
        case .lastSeen(let user, let milliseconds):
            _ = entries[user]?.lastSeen.merge(milliseconds)
        case .merged(let slot, let version):
            mergedVersions[slot] = version
        case .restored(let slot, let parts):
            mend(parts, of: slot)
        case .lost(let loss):
            _ = entries[loss.user]?.mailbox.lose(
                loss.key, from: loss.sender, LostNumbers(from: loss.from, upTo: loss.upTo), freed: &freed)
        case .expansion(let head):
            replay(head, bodyBytes: bodyBytes)
        }
        settle(record, bodyBytes: bodyBytes, at: location)
    }
}
