import RoostCore
import RoostNode
import RoostStorage

/// What a node's log has of the conversation of two people: live, and dead where the cleaner has not been yet.
struct ConversationBytes: Codable {
    /// Records and the bytes of their heads and bodies.
    struct Amount: Codable {
        var records = 0
        var bytes = 0

        mutating func add(_ size: Int) {
            records += 1
            bytes += size
        }
    }

    /// One side and the other.
    let between: [String]
    /// What waits for a device of one of the two.
    var messages = Amount()
    /// What is known of how far the one has got with the other's messages.
    var receipts = Amount()
    /// How far streams are stored, passed over or erased: numbers, which keep what is late from being taken for new.
    var marks = Amount()
    /// Of no use any more.
    var dead = Amount()

    /// Counts the records of two people.
    /// - Parameters:
    ///   - left: one of them.
    ///   - right: the other.
    ///   - found: the records of mailboxes of either, in the log's order.
    ///   - shard: a machine by which the whole log has come.
    init(
        of left: Address, _ right: Address, _ found: [(record: ReplicaRecord, location: LogLocation, bytes: Int)],
        shard: ShardMachine
    ) {
        between = [left.text, right.text]
        // A copy names nobody but its own user; its stream follows from the one that it is a copy of.
        var copies: Set<StreamKey> = []
        for case (let sender, let recipient, let key?) in found.map({ ConversationBytes.stream($0.record) })
        where [left, right].contains(sender) && [left, right].contains(recipient) && !key.isCopy {
            copies.insert(.copy(of: key.device, to: recipient, stream: key.stream))
        }
        for (record, location, bytes) in found {
            guard case (let sender, let recipient, let key?) = ConversationBytes.stream(record),
                sender != recipient || left == right || copies.contains(key),
                [left, right].contains(sender), [left, right].contains(recipient)
            else { continue }
            guard shard.isLive(record, at: location) else {
                dead.add(bytes)
                continue
            }
            switch record {
            case .message: messages.add(bytes)
            case .receipt(let receipt)
            where receipt.progress.roseAtMilliseconds > 0 || !receipt.progress.expired.isEmpty:
                receipts.add(bytes)
            default: marks.add(bytes)
            }
        }
    }

    /// Who sends to whom on which stream; no stream for a record of something else.
    private static func stream(_ record: ReplicaRecord) -> (sender: Address, recipient: Address, key: StreamKey?) {
        switch record {
        case .message(let head): (head.sender, head.recipient, head.key)
        case .watermark(let watermark): (watermark.sender, watermark.user, watermark.key)
        case .receipt(let receipt): (receipt.user, receipt.reader, receipt.key)
        case .lost(let loss): (loss.sender, loss.user, loss.key)
        case .register(let key, _), .lastSeen(let key, _): (key, key, nil)
        case .expansion(let head): (head.group, head.group, nil)
        case .merged, .restored: (Address(group: 0), Address(group: 0), nil)
        }
    }

    /// For people.
    var text: String {
        func line(_ amount: Amount, _ name: String) -> String { "  \(amount.records) \(name), \(amount.bytes) bytes" }
        return
            ([
                "\(between.joined(separator: " and ")):", line(messages, "messages that wait for a device"),
                line(receipts, "receipts"), line(marks, "marks of how far streams are stored or erased"),
                line(dead, "dead records that the cleaner has not met"),
            ]).joined(separator: "\n")
    }
}
