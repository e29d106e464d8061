import OrderedCollections
import RoostCore
import RoostMailbox

/// Marks: the maxima that a mailbox keeps, logged each time they rise.
///
/// A mark that has risen makes records dead: its own last one, and messages that every device has stored. They may only be
/// gone when the log has the mark. The log may refuse it, for its queue is full; so whatever ends a segment's or a copy's life
/// first logs every mark that waits. A refusal is told before anything else happens to the machine.
extension ReplicaMachine {
    /// A maximum that is logged each time it rises.
    enum Mark: Hashable, Sendable {
        /// How far a device has stored a stream of the user's mailbox.
        case watermark(Address, StreamKey, DeviceID)
        /// How far a reader is with a stream of the user.
        case receipt(Address, StreamKey, reader: Address)
        /// The run of lost numbers of a stream that begins here.
        case lost(Address, StreamKey, from: StreamNumber)
        /// When a device of the user was last heard from.
        case lastSeen(Address)

        /// The mark that a record is about; `nil` for a record of something else.
        init?(_ record: ReplicaRecord) {
            switch record {
            case .watermark(let watermark): self = .watermark(watermark.user, watermark.key, watermark.device)
            case .receipt(let receipt): self = .receipt(receipt.user, receipt.key, reader: receipt.reader)
            case .lost(let loss): self = .lost(loss.user, loss.key, from: loss.from)
            case .lastSeen(let user, _): self = .lastSeen(user)
            case .message, .register, .merged, .restored, .expansion: return nil
            }
        }

        var user: Address {
            switch self {
            case .watermark(let user, _, _), .receipt(let user, _, reader: _), .lost(let user, _, from: _),
                .lastSeen(let user):
                user
            }
        }
    }

    /// How many marks that had to wait are logged when the log has taken something.
    static let marksAtOnce = 32

    /// Logs a mark that has risen; it rides with whatever is synced next.
    mutating func logMark(_ record: ReplicaRecord, slot: Slot, into actions: inout [ShardAction]) {
        logMarks([(record, slot)], into: &actions)
    }

    /// Logs marks, all or none.
    mutating func logMarks(_ marks: [(record: ReplicaRecord, slot: Slot)], into actions: inout [ShardAction]) {
        guard !marks.isEmpty else { return }
        let marks = takeStalledLosses(of: marks.map(\.record)) + marks
        let token = newToken()
        appends[token] = .marks(marks.map(\.record))
        actions.append(
            .append(marks.map { $0.record.logRecord(slot: $0.slot) }, isDurable: false, token: token))
    }

    /// Logs how far streams of a user's are gone: a life that did not know would hold back from a new device what comes, for want of
    /// what nobody has any more.
    mutating func logFloors(
        _ floors: [Mailbox.Floor], of user: Address, slot: Slot, into actions: inout [ShardAction]
    ) {
        var rest = floors[...]
        while !rest.isEmpty {
            let marks = rest.prefix(ReplicaMachine.marksAtOnce).map { floor in
                let watermark = ReplicaRequest.Acknowledge(
                    user: user, device: InboundStream.everybody, key: floor.key, sender: floor.sender, upTo: floor.upTo)
                return (record: ReplicaRecord.watermark(watermark), slot: slot)
            }
            rest = rest.dropFirst(marks.count)
            logMarks(marks, into: &actions)
        }
    }

    /// The losses that had to wait of the streams whose watermarks are among these records. They go in with them: what is above
    /// a loss is dropped when the watermark rises, and a life that knew only the watermark would take what is lost for stored.
    mutating func takeStalledLosses(of records: [ReplicaRecord]) -> [(record: ReplicaRecord, slot: Slot)] {
        guard !stalledMarks.isEmpty else { return [] }
        let losses = stalledMarks.filter { mark in
            guard case .lost(let user, let key, from: _) = mark else { return false }
            return records.contains { record in
                guard case .watermark(let watermark) = record else { return false }
                return watermark.user == user && watermark.key == key
            }
        }
        stalledMarks.subtract(losses)
        return losses.compactMap(current)
    }

    /// The log did not take these records: the marks among them are logged when it has taken something else.
    mutating func stallMarks(of records: [ReplicaRecord]) {
        stalledMarks.append(contentsOf: records.lazy.compactMap { Mark($0) })
    }

    /// Logs a few of the marks that had to wait, as they are now.
    mutating func logStalledMarks(into actions: inout [ShardAction]) {
        guard !stalledMarks.isEmpty else { return }
        let marks = Array(stalledMarks.prefix(ReplicaMachine.marksAtOnce))
        stalledMarks.subtract(marks)
        logMarks(marks.compactMap(current), into: &actions)
    }

    /// Every mark, of one slot or of all, that the log has not taken, as it is now: it is logged with something else and need not
    /// wait any more. Those on their way were taken and stand before whatever is logged next.
    mutating func takeStalledMarks(of slot: Slot? = nil) -> [(record: ReplicaRecord, logRecord: LogRecord)] {
        guard !stalledMarks.isEmpty else { return [] }
        let marks = slot.map { slot in stalledMarks.filter { entries[$0.user]?.slot == slot } } ?? stalledMarks
        stalledMarks.subtract(marks)
        return marks.compactMap { mark in
            current(mark).map { record, slot in (record, record.logRecord(slot: slot)) }
        }
    }

    /// What a mark is now; `nil` for one of a slot that was dropped, and for a loss that is a part of a longer one by now.
    func current(_ mark: Mark) -> (record: ReplicaRecord, slot: Slot)? {
        guard let place = entries.index(forKey: mark.user) else { return nil }
        switch mark {
        case .watermark(let user, let key, let device):
            guard let stream = entries.values[place].mailbox.streams[key] else { return nil }
            let acknowledge = ReplicaRequest.Acknowledge(
                user: user, device: device, key: key, sender: stream.sender, upTo: stream.stored(by: device))
            return (.watermark(acknowledge), entries.values[place].slot)
        case .receipt(let user, let key, let reader):
            guard let receipt = entries.values[place].mailbox.receipts.entries[.init(stream: key, reader: reader)]
            else { return nil }
            return (.receipt(.init(user: user, key: key, reader: reader, receipt.progress)), entries.values[place].slot)
        case .lost(let user, let key, let from):
            guard let stream = entries.values[place].mailbox.streams[key],
                let run = stream.lost.first(where: { $0.from == from })
            else { return nil }
            let loss = ReplicaRecord.Loss(
                user: user, sender: stream.sender, key: key, from: run.from, upTo: run.upTo)
            return (.lost(loss), entries.values[place].slot)
        case .lastSeen(let user):
            guard entries.values[place].lastSeen.milliseconds > 0 else { return nil }
            return (
                .lastSeen(user, milliseconds: entries.values[place].lastSeen.milliseconds), entries.values[place].slot
            )
        }
    }
}
