import RoostCore
import RoostSession

/// I2 and I11: what reaches a person was sent to that person, unchanged, and first deliveries ascend without gap.
extension Simulation {
    /// A message arrives. False when it breaks a rule.
    mutating func checkDelivery(_ message: ServerFrame.Message, to reader: Int) -> Bool {
        guard !message.key.isCopy else { return checkCopy(message, to: reader) }
        let name = people[reader].name
        let account = first(of: reader)
        guard let from = people.firstIndex(where: { $0.user == message.from && $0.device == message.key.device }),
            let stream = people[from].outbox.first(where: { $0.to == account })
        else {
            violate(.delivery, "\(name) got a message of nobody who writes to it")
            return false
        }
        let sender = people[from].name
        let hasEnded = message.content == .expired
        if hasEnded, !mayHaveEnded(from: from, to: account, number: message.number) {
            violate(.ending, "\(name) was told that \(message.number) of \(sender) has ended, which had time left")
        }
        guard hasEnded || message.content == content(from: from, to: account, number: message.number) else {
            violate(.delivery, "\(name) got another message than was sent: \(sender) \(message.number)")
            return false
        }
        guard message.number <= stream.written else {
            violate(.delivery, "\(name) got \(message.number) of \(sender), who wrote \(stream.written)")
            return false
        }
        let watermark = people[reader].watermarks[message.key] ?? 0
        // What is older than the device may have gaps: it got some of that because it was still there.
        let owed = owed(message.key, to: reader) ?? 1
        guard message.number <= owed || mayFollow(watermark, message, from: from, to: account) else {
            violate(.order, "\(name) has stored \(watermark) and got \(message.number) of \(sender)")
            return false
        }
        return true
    }

    /// Whether a message is the next of what the device has stored, or everything between was lost with its owners, and nobody who
    /// is left has it.
    private mutating func mayFollow(
        _ watermark: StreamNumber, _ message: ServerFrame.Message, from sender: Int, to reader: Int
    ) -> Bool {
        guard message.number > watermark + 1 else { return true }
        let stream = RunRecord.Stream(sender: sender, reader: reader)
        let lost = (watermark + 1..<message.number).filter { !isWaived(stream, $0) }
        guard !lost.isEmpty else { return true }
        guard message.lostFrom > 0, message.lostFrom <= watermark + 1, record.sentAtLoss[stream] != nil else {
            return false
        }
        record.toldLost[stream, default: []].formUnion(lost)
        return record.kept[stream]?.isDisjoint(with: lost) ?? true
    }
}
