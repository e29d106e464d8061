import OrderedCollections
import RoostCore
import RoostMailbox

/// Messages that end undelivered. Each owner drops what is due by its own clock: it logs the word that the message has ended under the
/// message's number and gives up the place where the message stands. A reader gets that word in its place, and its sender is told.
extension ReplicaMachine {
    /// A message that has ended here before any device had stored it: its sender is to be told.
    struct Ended: Equatable, Sendable {
        let user: Address
        let sender: Address
        let key: StreamKey
        var numbers: NumberRuns
    }

    /// Messages that are ended in one append.
    static let endingsAtOnce = 1024

    /// How long after a refusal by the log it is tried again.
    static let endingPause: UInt32 = 1

    /// When a message ends in a mailbox. In a group's it waits to be put in order, and does not.
    static func end(of body: [UInt8], sentAtMilliseconds: UInt64, for recipient: Address) -> MessageEnd {
        guard recipient.kind != .group else { return .never }
        return MessageContent.end(of: body, sentAtMilliseconds: sentAtMilliseconds)
    }

    /// Ends what is due.
    /// - Returns: whether that may not have been all.
    mutating func endMessages(wallMilliseconds: UInt64, into actions: inout [ShardAction]) -> Bool {
        var records: [ReplicaRecord] = []
        var logRecords: [LogRecord] = []
        while records.count < ReplicaMachine.endingsAtOnce, let user = endings.next(wallMilliseconds: wallMilliseconds)
        {
            guard let entry = entries[user] else { continue }
            let limit = ReplicaMachine.endingsAtOnce - records.count
            let (due, next) = entry.mailbox.endings(wallMilliseconds: wallMilliseconds, limit: limit)
            // What is not on disk yet is looked at a moment later.
            if let next {
                endings.note(due.count == limit ? next : max(next, .soon(after: wallMilliseconds)), in: user)
            }
            for ending in due {
                let head = ReplicaRecord.MessageHead(
                    recipient: user, sender: ending.sender, key: ending.key, number: ending.message.number,
                    bodyHash: ending.message.bodyHash, sentAtMilliseconds: ending.message.sentAtMilliseconds,
                    end: .passed)
                records.append(.message(head))
                logRecords.append(
                    ReplicaRecord.message(head).logRecord(slot: entry.slot, body: MessageContent.expired.bytes))
            }
        }
        guard !records.isEmpty else { return false }
        let token = newToken()
        appends[token] = .ended(records, wallMilliseconds: wallMilliseconds)
        actions.append(.append(logRecords, isDurable: true, token: token))
        return records.count == ReplicaMachine.endingsAtOnce
    }

    /// The word that messages have ended is on disk.
    mutating func endedDurable(_ records: [ReplicaRecord], locations: [LogLocation]) {
        for (record, location) in zip(records, locations) {
            settle(record, bodyBytes: MessageContent.expired.bytes.count, at: location)
            if case .message(let head) = record { noteEnded(head) }
        }
    }

    /// A message has ended, now or, as the log remembers, in an earlier life, which may not have come to tell its sender.
    mutating func noteEnded(_ head: ReplicaRecord.MessageHead) {
        // Nobody waits to be told of the copy of what one's own device has sent.
        guard !head.key.isCopy, let run = NumberRuns.Run(from: head.number, upTo: head.number) else { return }
        if ended.last?.user == head.recipient, ended.last?.key == head.key {
            ended[ended.count - 1].numbers.insert(run)
        } else {
            ended.append(Ended(user: head.recipient, sender: head.sender, key: head.key, numbers: NumberRuns([run])))
        }
    }

    /// What has ended since this was asked last and no device had stored by then.
    mutating func takeEnded() -> [Ended] {
        guard !ended.isEmpty else { return [] }
        defer { ended = [] }
        return ended.compactMap { ended in
            var told = ended
            guard let mailbox = entries[ended.user]?.mailbox else { return nil }
            told.numbers.remove(upTo: mailbox.streams[ended.key].map { max($0.deliveredUpTo, $0.goneUpTo) } ?? .max)
            return told.numbers.isEmpty ? nil : told
        }
    }

    /// The log did not take it: tried again a moment later.
    mutating func endingRefused(_ records: [ReplicaRecord], wallMilliseconds: UInt64) {
        for case .message(let head) in records {
            endings.note(.soon(after: wallMilliseconds), in: head.recipient)
        }
    }
}

extension MessageEnd {
    /// A moment after a time: of what could not be ended then.
    static func soon(after wallMilliseconds: UInt64) -> MessageEnd {
        MessageEnd(seconds: UInt32(clamping: wallMilliseconds / 1000) + ReplicaMachine.endingPause)
    }
}
