import RoostCore
import RoostSession

/// Messages with a lifetime: whoever has not stored one when it ends gets the word that it has ended, not before; and who sent it is
/// told.
extension Simulation {
    /// How long a message lives, a part of them; 0 for ever.
    func lifetimeSeconds(from: Int, to: Int, number: StreamNumber) -> UInt32 {
        let mix = UInt64(from) * 7 + UInt64(to) * 13 + number * 31
        guard options.lifetimeSeconds > 0, mix % 3 != 0 else { return 0 }
        return UInt32(1 + mix % UInt64(options.lifetimeSeconds))
    }

    /// A message as it was sent.
    func content(from: Int, to: Int, number: StreamNumber) -> MessageContent {
        MessageContent(
            MessageHeader(lifetimeSeconds: lifetimeSeconds(from: from, to: to, number: number)),
            body: Person.body(from: from, to: to, number: number))
    }

    /// Whether a device may be told that a message has ended.
    mutating func mayHaveEnded(from: Int, to: Int, number: StreamNumber) -> Bool {
        let lifetime = lifetimeSeconds(from: from, to: to, number: number)
        guard lifetime > 0 else { return false }
        // Clocks that are not the same may end it at any time.
        guard options.skewSeconds == 0, options.clockJumps == 0 else { return true }
        let written = record.written[.init(sender: from, reader: to)]?[number] ?? .distantFuture
        return now >= written + .seconds(UInt64(lifetime))
    }

    /// A device has stored a message, or the word that it has ended.
    mutating func noteStored(_ message: ServerFrame.Message, by person: Int) {
        guard options.lifetimeSeconds > 0, !message.key.isCopy,
            let from = people.firstIndex(where: { $0.user == message.from && $0.device == message.key.device })
        else { return }
        let stream = RunRecord.Stream(sender: from, reader: first(of: person))
        if message.content.header.kind == .expired {
            record.ended[stream, default: []].insert(message.number)
        } else {
            record.storedWhole[stream, default: []].insert(message.number)
        }
    }

    /// The sender hears what has ended.
    mutating func hearEnded(_ receipt: StreamReceipt, author: Int, stream: Int) {
        let reader = people[author].outbox[stream].to
        for run in receipt.expired.runs {
            for number in run.from...run.upTo where number <= people[author].outbox[stream].written {
                if !mayHaveEnded(from: author, to: reader, number: number) {
                    violate(.ending, "\(people[author].name) was told that \(number) has ended, which had time left")
                }
            }
            if run.upTo > people[author].outbox[stream].written {
                violate(.ending, "\(people[author].name) was told of the end of \(run.upTo), which it never wrote")
            }
        }
        _ = people[author].outbox[stream].ended.formUnion(receipt.expired)
    }

    /// What ended and no device ever had, and its sender was not told of; `nil` for nothing. An owner that dies may take the word
    /// along, and another then believes that the message was delivered.
    var untoldEnd: String? {
        guard !hasLosses else { return nil }
        for (stream, numbers) in record.ended.sorted(by: {
            ($0.key.sender, $0.key.reader) < ($1.key.sender, $1.key.reader)
        }) {
            guard let outbox = people[stream.sender].outbox.first(where: { $0.to == stream.reader }) else { continue }
            let untold = numbers.subtracting(record.storedWhole[stream] ?? []).filter {
                !outbox.ended.contains($0) && !isWaived(stream, $0)
            }
            if let number = untold.min() {
                return
                    "\(people[stream.sender].name) was never told that \(number) to \(people[stream.reader].name) has ended"
            }
        }
        return nil
    }

    /// Whether a node may have died with what it was about to say, or a disk with what it had been told.
    var hasLosses: Bool {
        options.crashes + options.crashesAll + options.wipes + options.bitRots + options.lostMajorities
            + options.restores + options.clones + options.ringChanges > 0
    }
}
