import RoostCore
import RoostNode
import RoostSession

/// People read what they have stored, are told how far others are with what they sent, and say that they know it.
extension Simulation {
    private static let readingMillisecondsMax = 3000
    /// Between a receipt and the word that it is known.
    private static let knowingPause = TimeSpan.seconds(1)

    /// Whether a person lets others know what it has read: all but the third.
    static func sharesReads(_ index: Int) -> Bool { index % 4 != 2 }

    // MARK: Reading

    /// What has come is read some time later.
    mutating func readLater(_ index: Int) {
        guard !people[index].isReading else { return }
        people[index].isReading = true
        agenda.add(
            .readMessages(person: index),
            at: now + .milliseconds(UInt64(receiptRandom.below(Simulation.readingMillisecondsMax))))
    }

    mutating func readMessages(_ index: Int) {
        people[index].isReading = false
        for (key, stored) in people[index].watermarks
        where !key.isCopy && people.contains(where: { $0.device == key.device }) {
            people[index].seen[key] = stored
        }
        sayReads(index)
    }

    /// Says what has been read, once the backlog of the connection is through: before that the node may not know what this device
    /// has stored.
    mutating func sayReads(_ index: Int) {
        guard case .online(_, let connection) = people[index].link, people[index].hasDrained else { return }
        for (key, upTo) in people[index].seen.sorted(by: { $0.key < $1.key })
        where upTo > people[index].saidRead[key] ?? 0 {
            guard let sender = people.first(where: { $0.device == key.device }) else { continue }
            people[index].saidRead[key] = upTo
            noteUnsent(key, upTo, person: index)
            say(.read(from: sender.name, key, upTo: upTo), person: index, connection: connection)
        }
    }

    /// Up to where a person has seen a stream, on any of its devices.
    func seenUpTo(_ key: StreamKey, by first: Int) -> StreamNumber {
        everyDevice(of: first).map { reach(people[$0].seen[key] ?? 0, key, on: $0) }.max() ?? 0
    }

    /// One owner may deliver what is not `sent`, and forget that it was stored: of that a read is refused until it comes again.
    mutating func noteUnsent(_ key: StreamKey, _ number: StreamNumber, person: Int) {
        guard let sender = people.first(where: { $0.device == key.device }),
            number > record.sent[.init(sender: sender.index, reader: first(of: person))] ?? 0
        else { return }
        people[person].unsentReads.insert(number)
    }

    /// The owners have lost the word that it was stored, and with it perhaps that it was read.
    mutating func readAgain(_ key: StreamKey, _ number: StreamNumber, person: Int) {
        guard number <= people[person].seen[key] ?? 0 else { return }
        people[person].saidRead[key] = min(people[person].saidRead[key] ?? 0, number - 1)
        readLater(person)
    }

    /// Whether a read is of a message that one owner has delivered and no majority ever held: it is delivered again when it is sent.
    func isUnsentRead(of number: StreamNumber, person: Int) -> Bool {
        people[person].unsentReads.contains(number)
    }

    // MARK: Receipts

    mutating func hear(_ receipt: StreamReceipt, person: Int, connection: Int) {
        guard let (author, stream) = outbox(of: receipt, toldTo: person) else { return }
        let reader = people[author].outbox[stream].to
        if receipt.deliveredUpTo > stored(author, stream) {
            violate(.watermark, "\(people[person].name) was told of a delivery that has not happened")
        }
        checkRead(receipt.readUpTo, by: reader, key: receipt.key, toldTo: person)
        let name = Person.ReceiptName(reader: reader, key: receipt.key)
        let known = people[person].known[name] ?? (0, 0, 0)
        if record.isTellingNothing, receipt.deliveredUpTo <= known.delivered, receipt.readUpTo <= known.read,
            receipt.expired.count <= known.ended
        {
            violate(.receipts, "\(people[person].name) has said that it knows a receipt, and is told it again")
        }
        if author == person {
            people[person].outbox[stream].deliveredUpTo = max(
                people[person].outbox[stream].deliveredUpTo, receipt.deliveredUpTo)
            people[person].outbox[stream].readUpTo = max(people[person].outbox[stream].readUpTo, receipt.readUpTo)
            hearEnded(receipt, author: author, stream: stream)
        }
        if people[person].receiptsDue.isEmpty {
            agenda.add(.knowReceipts(person: person, connection: connection), at: now + Simulation.knowingPause)
        }
        people[person].receiptsDue.append(receipt)
    }

    /// The stream that a receipt is about: of the device that is told, or of the person's other one.
    private func outbox(of receipt: StreamReceipt, toldTo person: Int) -> (author: Int, stream: Int)? {
        guard let author = everyDevice(of: first(of: person)).first(where: { people[$0].device == receipt.key.device })
        else { return nil }
        return outbox(author, to: receipt.reader).map { (author, $0) }
    }

    /// Nobody is told of a read that has not happened, or that is not shared by both.
    mutating func checkRead(_ upTo: StreamNumber, by reader: Int, key: StreamKey, toldTo person: Int) {
        guard upTo > 0 else { return }
        if upTo > seenUpTo(key, by: reader) {
            violate(.watermark, "\(people[person].name) was told of a read that has not happened")
        }
        if !Simulation.sharesReads(reader) {
            violate(.receipts, "\(people[person].name) was told what \(people[reader].name) has read, who hides it")
        }
        if !Simulation.sharesReads(first(of: person)) {
            violate(.receipts, "\(people[person].name) was told what others have read, and hides it itself")
        }
    }

    mutating func knowReceipts(_ person: Int, connection: Int) {
        guard case .online(_, connection) = people[person].link else { return }
        let receipts = people[person].receiptsDue
        people[person].receiptsDue = []
        guard !receipts.isEmpty else { return }
        for receipt in receipts {
            guard let (author, stream) = outbox(of: receipt, toldTo: person) else { continue }
            let name = Person.ReceiptName(reader: people[author].outbox[stream].to, key: receipt.key)
            let known = people[person].known[name] ?? (0, 0, 0)
            people[person].known[name] = (
                max(known.delivered, receipt.deliveredUpTo), max(known.read, receipt.readUpTo),
                max(known.ended, receipt.expired.count)
            )
        }
        say(.receiptsKnown(receipts), person: person, connection: connection)
    }

    // MARK: In the end

    /// When everything is done everybody connects anew, twice. The first time owners may have to tell what they knew to be known
    /// before a crash. Who has said since what it knows is not told it once more.
    mutating func checkReceiptsKnown() {
        guard record.bereft.isEmpty else { return }
        awaitNodes()
        reconnectAll()
        record.isTellingNothing = true
        reconnectAll()
        record.isTellingNothing = false
    }

    /// A node that comes back with what it had may lack for a while what the others know to be known.
    private mutating func awaitNodes() {
        for _ in 0..<240 where violations.isEmpty {
            let areAllUp = nodes.allSatisfy { node in
                node.stranger != .olderState
                    && (node.isUp || node.life == 0 || node.isRemoved || node.isLost || node.stranger == .clone)
            }
            if areAllUp, unequalCopies == nil { return }
            step(until: now + .seconds(5))
        }
    }

    private mutating func reconnectAll() {
        for index in people.indices { breakConnection(index) }
        for _ in 0..<240 where violations.isEmpty {
            step(until: now + .seconds(5))
            let isDone = people.allSatisfy { person in
                if person.revocation != .none { return true }
                if case .online = person.link { return person.receiptsDue.isEmpty && person.hasDrained }
                return false
            }
            if isDone, unequalCopies == nil { return }
        }
        if violations.isEmpty { violate(.liveness, unequalCopies ?? "not everybody has connected again") }
    }
}
