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
        case watermark(UserName, StreamKey, DeviceID)
        /// How far a reader is with a stream of the user.
        case receipt(UserName, StreamKey, reader: UserName)

        /// The mark that a record is about; `nil` for a record of something else.
        init?(_ record: ReplicaRecord) {
            switch record {
            case .watermark(let watermark): self = .watermark(watermark.user, watermark.key, watermark.device)
            case .receipt(let receipt): self = .receipt(receipt.user, receipt.key, reader: receipt.reader)
            case .message, .register, .merged: return nil
            }
        }

        var user: UserName {
            switch self {
            case .watermark(let user, _, _), .receipt(let user, _, reader: _): user
            }
        }
    }

    /// How many marks that had to wait are logged when the log has taken something.
    static let marksAtOnce = 32

    /// Logs a mark that has risen; it rides with whatever is synced next.
    mutating func logMark(_ record: ReplicaRecord, slot: Slot, into actions: inout [ShardAction]) {
        let token = newToken()
        appends[token] = .mark(record)
        actions.append(.append([record.logRecord(slot: slot)], isDurable: false, token: token))
    }

    /// The log did not take these records: the marks among them are logged when it has taken something else.
    mutating func stallMarks(of records: [ReplicaRecord]) {
        stalledMarks.append(contentsOf: records.lazy.compactMap { Mark($0) })
    }

    /// Logs a few of the marks that had to wait, as they are now.
    mutating func logStalledMarks(into actions: inout [ShardAction]) {
        for mark in Array(stalledMarks.prefix(ReplicaMachine.marksAtOnce)) {
            stalledMarks.remove(mark)
            if let (record, slot) = current(mark) { logMark(record, slot: slot, into: &actions) }
        }
    }

    /// Every mark, of one slot or of all, that the log has not taken, as it is now: it is logged with something else and need not
    /// wait any more. Those on their way were taken and stand before whatever is logged next.
    mutating func takeStalledMarks(of slot: Slot? = nil) -> [(record: ReplicaRecord, logRecord: LogRecord)] {
        let marks = slot.map { slot in stalledMarks.filter { entries[$0.user]?.slot == slot } } ?? stalledMarks
        stalledMarks.subtract(marks)
        return marks.compactMap { mark in
            current(mark).map { record, slot in (record, record.logRecord(slot: slot)) }
        }
    }

    /// What a mark is now; `nil` for one of a slot that was dropped.
    private func current(_ mark: Mark) -> (record: ReplicaRecord, slot: Slot)? {
        guard let entry = entries[mark.user] else { return nil }
        switch mark {
        case .watermark(let user, let key, let device):
            guard let stream = entry.mailbox.streams[key] else { return nil }
            let acknowledge = ReplicaRequest.Acknowledge(
                user: user, device: device, key: key, sender: stream.sender, upTo: stream.watermark(of: device))
            return (.watermark(acknowledge), entry.slot)
        case .receipt(let user, let key, let reader):
            guard let progress = entry.mailbox.receipts.entries[.init(stream: key, reader: reader)] else { return nil }
            let receipt = ReplicaRequest.Receipt(
                user: user, key: key, reader: reader, deliveredUpTo: progress.deliveredUpTo,
                readUpTo: progress.readUpTo)
            return (.receipt(receipt), entry.slot)
        }
    }
}
