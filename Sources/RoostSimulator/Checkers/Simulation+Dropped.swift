import RoostCore
import RoostMailbox
import RoostNode
import RoostSession

/// Nothing is given up that a device waits for, also one of which the owner has not heard. And what a device gets of what its user's
/// other one has sent is what that has sent.
extension Simulation {
    /// A replica is about to log that a stream is gone up to some number.
    mutating func checkFloor(_ floor: ReplicaRequest.Acknowledge, on index: Int) {
        guard let reader = people.firstIndex(where: { $0.user == floor.user }) else { return }
        for device in devices(of: reader) where !isDone(floor.key, floor.upTo, device: device) {
            let stored = people[device].watermarks[floor.key] ?? 0
            return violate(
                .dropped,
                "n\(index) gives up \(floor.upTo) of \(floor.key) to \(floor.user), whose device \(device) has stored \(stored)"
            )
        }
    }

    /// A copy of what the user's other device has sent arrives. False when it breaks a rule.
    mutating func checkCopy(_ message: ServerFrame.Message, to device: Int) -> Bool {
        let name = "\(people[device].name)'s device \(device)"
        guard message.from == people[device].user, let (sibling, place) = copied(message.key, of: device) else {
            violate(.delivery, "\(name) got a copy of what nobody sent")
            return false
        }
        let sender = people[sibling]
        let stream = sender.outbox[place]
        let (header, body) = message.content.parts
        let origin = MessageOrigin(
            author: sender.user, to: people[stream.to].user, key: sender.streamKey, number: message.number)
        let hasEnded =
            message.content == .expired && mayHaveEnded(from: sibling, to: stream.to, number: message.number)
        guard message.number <= stream.written,
            hasEnded
                || header.origin == origin
                    && Array(body) == Person.body(from: sibling, to: stream.to, number: message.number)
        else {
            violate(.delivery, "\(name) got another copy than was sent: \(message.number) of \(message.key)")
            return false
        }
        let stored = people[device].watermarks[message.key]
        var next = stored.map { $0 + 1 } ?? stream.copiedFrom ?? message.number
        // Copies that another device was owed before this one may come to it too; where its own begin there may be a gap.
        if people[first(of: device)].others.count > 1 {
            next = max(next, owed(message.key, to: device) ?? message.number)
        }
        guard message.number <= reach(next - 1, message.key, on: device) + 1 else {
            violate(.order, "\(name) has stored copies up to \(stored ?? 0) and got \(message.number)")
            return false
        }
        return true
    }
}
