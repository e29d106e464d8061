import RoostCore
import RoostRing

/// I5 and I6: the chain of rings, and the shape of each.
extension Simulation {
    /// A node goes by a ring from now on.
    mutating func checkAdoption(of ring: EpochRecord, _ table: RingTable, on index: Int) {
        // What an older directory goes by says nothing of what its node has adopted.
        guard nodes[index].stranger == nil else { return }
        let node = nodes[index].id
        let before = record.adopted[node] ?? 0
        if ring.number < before {
            violate(.epochChain, "n\(index) falls from epoch \(before) to \(ring.number)")
        }
        record.adopted[node] = ring.number
        guard let known = record.epochs[ring.number] else {
            record.epochs[ring.number] = ring
            return checkNew(ring, table)
        }
        if known != ring { violate(.epochChain, "n\(index) adopts another record of epoch \(ring.number)") }
    }

    private mutating func checkNew(_ ring: EpochRecord, _ table: RingTable) {
        if let previous = record.epochs[ring.number - 1], !ring.follows(previous) {
            violate(.epochChain, "epoch \(ring.number) does not grow out of epoch \(previous.number)")
        }
        if let next = record.epochs[ring.number + 1], !next.follows(ring) {
            violate(.epochChain, "epoch \(next.number) does not grow out of epoch \(ring.number)")
        }
        checkShape(of: ring)
        noteBereft(ring)
        guard ring.number > record.ring?.epoch ?? 0 else { return }
        record.ring = table
        record.ringRecord = ring
        checkKept("epoch \(ring.number) is in force")
    }

    /// A loss was accepted: what is on none of the owners that are left may be missing from now on, and nothing else.
    private mutating func noteBereft(_ ring: EpochRecord) {
        guard let previous = record.epochs[ring.number - 1] else { return }
        for (place, line) in previous.lines.enumerated() {
            let left = line.owners.map { previous.members[Int($0)].id }.filter { !isLost($0) }
            let owners = ring.lines[place].owners.map { ring.members[Int($0)].id }
            guard line.owners.count == 3, left.count == 1, owners == left else { continue }
            let slot = Slot(place)
            record.bereft.insert(slot)
            for person in people {
                for outbox in person.outbox where self.slot(of: people[outbox.to].name) == slot {
                    noteLoss(of: outbox, by: person, leaving: left)
                }
            }
        }
    }

    private mutating func noteLoss(of outbox: Person.Outbox, by person: Person, leaving left: [NodeID]) {
        let stream = RunRecord.Stream(sender: person.index, reader: outbox.to)
        let key = StreamKey(device: person.device, stream: Person.streamNumber)
        let stored = people[outbox.to].watermarks[key] ?? 0
        let sent = record.sent[stream] ?? 0
        record.sentAtLoss[stream] = sent
        for number in stride(from: stored + 1, through: max(sent, outbox.written), by: 1) {
            let message = DiskIndex.Message(recipient: people[outbox.to].user, key: key, number: number)
            if left.contains(where: { places[$0].map { nodes[$0].disk.index.holds(message) } ?? false }) {
                record.kept[stream, default: []].insert(number)
            } else if number <= sent {
                record.excused[stream, default: []].insert(number)
            }
        }
    }

    /// Owners are distinct members; when nothing moves, each slot has its full number and the shares differ by one at most.
    private mutating func checkShape(of ring: EpochRecord) {
        let steady = ring.isAtRest
        let wanted = Placement.replicaCount(members: ring.members.count)
        var shares = [Int](repeating: 0, count: ring.members.count)
        for (slot, line) in ring.lines.enumerated() {
            guard Set(line.owners).count == line.owners.count, !line.owners.isEmpty else {
                return violate(.ring, "epoch \(ring.number): slot \(slot) has the owners \(line.owners)")
            }
            if steady, line.owners.count != wanted {
                return violate(.ring, "epoch \(ring.number): slot \(slot) has \(line.owners.count) of \(wanted) owners")
            }
            for owner in line.owners { shares[Int(owner)] += 1 }
        }
        guard steady else { return }
        // A zone's share may have to differ from another's; within a zone nothing excuses it.
        for zone in Set(ring.members.map(\.zone)).sorted() {
            let own = zip(ring.members, shares).filter { $0.0.zone == zone }.map(\.1)
            guard let most = own.max(), let least = own.min(), most - least > 1 else { continue }
            violate(.ring, "epoch \(ring.number): shares from \(least) to \(most) in zone \(zone)")
        }
    }
}
