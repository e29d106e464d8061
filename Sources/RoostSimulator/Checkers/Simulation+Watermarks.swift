import RoostCore
import RoostMailbox
import RoostNode

/// I3: no replica believes that a device has stored more than it has.
extension Simulation {
    /// Looks at what a replica is about to log.
    mutating func checkWatermarks(_ records: [LogRecord], on index: Int) {
        for record in records where record.kind == ReplicaRecord.Kind.watermark.rawValue {
            do throws(ByteReaderError) {
                guard case .watermark(let watermark) = try ReplicaRecord(kind: record.kind, head: record.head) else {
                    continue
                }
                if watermark.device == InboundStream.person { checkSeen(watermark, on: index) }
                if watermark.device == InboundStream.everybody { checkFloor(watermark, on: index) }
                guard
                    let place = people.firstIndex(where: { $0.user == watermark.user && $0.device == watermark.device }
                    ),
                    case let person = people[place], !isDone(watermark.key, watermark.upTo, device: place)
                else { continue }
                let stored = person.watermarks[watermark.key] ?? 0
                violate(
                    .watermark, "n\(index) logs that \(person.name) has stored \(watermark.upTo), it has \(stored)")
            } catch {
                violate(.log, "n\(index) logs what it cannot read: \(error)")
            }
        }
    }

    private mutating func checkSeen(_ mark: ReplicaRequest.Acknowledge, on index: Int) {
        guard let person = people.firstIndex(where: { $0.user == mark.user }) else { return }
        let seen = seenUpTo(mark.key, by: person)
        guard mark.upTo > seen else { return }
        violate(.watermark, "n\(index) logs that \(people[person].name) has seen \(mark.upTo), it has \(seen)")
    }
}
