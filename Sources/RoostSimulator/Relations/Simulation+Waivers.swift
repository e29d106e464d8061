import RoostConsensus
import RoostCore
import RoostRing

/// Numbers that need not arrive, for their author is blocked or the conversation was erased, and numbers that must not.
extension Simulation {
    /// How far each device of a person has written to another one.
    func written(from sender: Int, to reader: Int) -> [Int: StreamNumber] {
        var written: [Int: StreamNumber] = [:]
        for device in everyDevice(of: sender) {
            written[device] = people[device].outbox.first { $0.to == reader }?.written ?? 0
        }
        return written
    }

    /// Whether the reader of a stream need not get a number of it; with `copies`, whether the sender's other devices need not.
    func isWaived(_ stream: RunRecord.Stream, _ number: StreamNumber, copies: Bool = false) -> Bool {
        guard !relations.waivers.isEmpty else { return false }
        let sender = first(of: stream.sender)
        return relations.waivers.contains { waiver in
            waiver.sender == sender && waiver.reader == stream.reader && (!copies || waiver.includesCopies)
                && waiver.contains(number, of: stream.sender)
        }
    }

    /// The highest number up to `upTo` that the reader has to get, 0 for none.
    func lastDue(_ stream: RunRecord.Stream, upTo: StreamNumber) -> StreamNumber {
        var number = upTo
        while number > 0, isWaived(stream, number) { number -= 1 }
        return number
    }

    /// How far a device that has stored everything up to `watermark` needs nothing more.
    func reach(_ watermark: StreamNumber, _ key: StreamKey, on device: Int) -> StreamNumber {
        guard !relations.waivers.isEmpty, let (stream, copies) = stream(of: key, to: device) else { return watermark }
        var number = watermark
        while number < people[stream.sender].outbox.first(where: { $0.to == stream.reader })?.written ?? 0,
            isWaived(stream, number + 1, copies: copies)
        { number += 1 }
        return number
    }

    /// Which stream of whom comes to a device under a key.
    private func stream(of key: StreamKey, to device: Int) -> (RunRecord.Stream, isCopy: Bool)? {
        if let (sibling, place) = copied(key, of: device) {
            return (.init(sender: sibling, reader: people[sibling].outbox[place].to), true)
        }
        guard !key.isCopy, let sender = people.first(where: { $0.device == key.device }) else { return nil }
        return (.init(sender: sender.index, reader: first(of: device)), false)
    }

    /// Somebody writes a number: if the reader has blocked the author, and all owners of the reader know it, it must not arrive. An owner
    /// that has missed the word of it may pass something on until it has heard, and so may one that is about to take over.
    mutating func noteSilenced(_ stream: RunRecord.Stream, _ number: StreamNumber) {
        let pair = RelationLoad.Pair(owner: stream.reader, other: first(of: stream.sender))
        guard relations.standings[pair]?.isBlocked == true, relations.first(of: pair.owner)?.ends(pair) != true,
            let key = people[pair.owner].user.people, let ring = record.ring
        else { return }
        let slot = ring.slot(of: key)
        // What was answered a majority has accepted: where all have accepted the same, all have that.
        let accepted = ring.owners(of: slot).map { owner in
            places[owner].map { nodes[$0].disk.index.register(key).accepted } ?? .zero
        }
        guard Set(accepted).count == 1, accepted.first != .zero else { return }
        relations.silenced[stream, default: [:]][number] = ring.version(of: slot)
    }

    /// A block is about to end: what is not `sent` by then may come when it is sent again.
    mutating func endSilence(_ pair: RelationLoad.Pair) {
        for device in everyDevice(of: pair.other) {
            let stream = RunRecord.Stream(sender: device, reader: pair.owner)
            let sent = record.sent[stream] ?? 0
            relations.silenced[stream] = relations.silenced[stream]?.filter { $0.key <= sent }
        }
    }

    /// A message arrives on a connection that its device has not stored before: nothing that was written while its reader had blocked who wrote it, and nothing of a
    /// conversation that was erased before the connection began.
    mutating func checkUnwanted(_ key: StreamKey, _ number: StreamNumber, to device: Int, connection: Int) {
        guard number > people[device].watermarks[key] ?? 0, let (stream, isCopy) = stream(of: key, to: device) else {
            return
        }
        let sender = first(of: stream.sender)
        let name = "\(people[device].name) got \(number) of \(people[sender].name)"
        if !isCopy, let version = relations.silenced[stream]?[number], let ring = record.ring,
            ring.version(of: ring.slot(of: people[stream.reader].user)) == version
        {
            return violate(.blocks, "\(name), whom it had blocked before that was written")
        }
        let isErased = relations.erased.contains { erased in
            erased.lastConnection < connection && number <= erased.sent[stream] ?? 0
                && (!isCopy || erased.includesCopies)
        }
        if isErased { violate(.erased, "\(name), of a conversation that was erased before it connected") }
    }
}
