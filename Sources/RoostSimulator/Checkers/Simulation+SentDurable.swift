import RoostCore
import RoostNode
import RoostRing

/// I1: `sent` means on the synced disks of a majority of the owners, less those whose disks are lost.
extension Simulation {
    /// A gateway says `sent`: the client may not have heard it, but from now on it must be true.
    mutating func checkSent(by sender: Int, to reader: Address, upTo: StreamNumber, at node: Int) {
        guard let place = people.firstIndex(where: { $0.user == reader }) else {
            return violate(.delivery, "n\(node) says that something to nobody is sent")
        }
        let stream = RunRecord.Stream(sender: sender, reader: place)
        let known = record.sent[stream] ?? 0
        guard upTo > known else { return }
        record.sent[stream] = upTo
        if let lost = record.toldLost[stream]?.filter({ $0 > known && $0 <= upTo }).min() {
            return violate(.sentDurable, "n\(node) says that \(lost) is sent, and \(reader) was told that it is lost")
        }
        check(stream, from: known + 1, upTo: upTo, "n\(node) says sent")
        checkCopies(stream, from: known + 1, upTo: upTo, "n\(node) says sent")
    }

    /// Looks at every message that is sent and not delivered: a disk or the ring has changed.
    mutating func checkKept(_ reason: String) {
        let streams = record.sent.keys.sorted { ($0.sender, $0.reader) < ($1.sender, $1.reader) }
        for stream in streams where violations.isEmpty {
            check(stream, from: 1, upTo: record.sent[stream] ?? 0, reason)
            checkCopies(stream, from: 1, upTo: record.sent[stream] ?? 0, reason)
        }
    }

    private mutating func check(
        _ stream: RunRecord.Stream, from: StreamNumber, upTo: StreamNumber, _ reason: String
    ) {
        let key = people[stream.sender].streamKey
        check(stream, key, in: stream.reader, from: from, upTo: upTo, reason)
    }

    /// The copies that other devices of the sender are owed.
    private mutating func checkCopies(
        _ stream: RunRecord.Stream, from: StreamNumber, upTo: StreamNumber, _ reason: String
    ) {
        guard let outbox = people[stream.sender].outbox.first(where: { $0.to == stream.reader }),
            let first = outbox.copiedFrom
        else { return }
        let key = people[stream.sender].copyKey(to: people[stream.reader].user)
        check(stream, key, in: self.first(of: stream.sender), from: max(from, first), upTo: upTo, reason)
    }

    /// Looks at a stream, or the copies of it, in somebody's mailbox.
    private mutating func check(
        _ stream: RunRecord.Stream, _ key: StreamKey, in mailbox: Int, from: StreamNumber, upTo: StreamNumber,
        _ reason: String
    ) {
        let reader = people[mailbox]
        let stored = doneUpTo(key, reader: mailbox)
        guard upTo > stored, upTo >= from, let ring = record.ring else { return }
        let slot = ring.slot(of: reader.user)
        let owners = ring.owners(of: slot).current
        let lost = owners.count { owner in
            places[owner].map { nodes[$0].isLost || nodes[$0].disk.hurt.contains(slot) } ?? false
        }
        for number in max(from, stored + 1)...upTo {
            let message = DiskIndex.Message(recipient: reader.user, key: key, number: number)
            let holders = owners.filter { owner in
                places[owner].map { nodes[$0].disk.index.holds(message) } ?? false
            }
            guard holders.count < owners.count / 2 + 1 - lost, record.excused[stream]?.contains(number) != true,
                !isWaived(stream, number, copies: key.isCopy)
            else {
                continue
            }
            let name = "\(people[stream.sender].name) → \(reader.name) \(number)"
            return violate(
                .sentDurable,
                "\(reason): \(holders.count) of \(owners.count) owners, \(lost) hurt, have \(name) on disk")
        }
    }
}
