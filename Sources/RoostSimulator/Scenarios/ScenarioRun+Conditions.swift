import RoostCore
import RoostNode

/// What is so, and how it is said.
extension ScenarioRun {
    func holds(_ condition: Condition) -> Bool {
        switch condition {
        case .sent(let author):
            let person = simulation.people[author.place]
            return person.left + person.groupLeft == 0
                && person.outbox.allSatisfy { $0.sentUpTo == $0.produced }
                && person.groupOutbox.allSatisfy { $0.sentUpTo == $0.produced }
        case .heard(let reader, let count, let author):
            let key = simulation.people[author.place].streamKey
            return simulation.people[reader.place].watermarks[key] ?? 0 >= StreamNumber(count)
        case .delivered(let count, let author, let reader):
            return outbox(author, to: reader)?.deliveredUpTo ?? 0 >= StreamNumber(count)
        case .read(let count, let author, let reader):
            return outbox(author, to: reader)?.readUpTo ?? 0 >= StreamNumber(count)
        case .toldOfEnds(let author, let reader):
            guard let outbox = outbox(author, to: reader), outbox.produced > 0 else { return false }
            return (1...outbox.produced).allSatisfy { number in
                simulation.lifetimeSeconds(from: author.place, to: outbox.to, number: number) == 0
                    || outbox.ended.contains(number)
            }
        case .linked(let owner):
            return simulation.people[owner.place].linking == nil
        case .out(let device):
            return isOut(device)
        case .kept(let count):
            return simulation.nodes.contains { $0.isUp && $0.shard.counts.pendingMessages >= count }
        case .nothingKept:
            return simulation.nodes.allSatisfy { node in
                guard node.isUp else {
                    return node.life == 0 || node.isRemoved || node.isLost || node.stranger == .clone
                }
                return node.shard.counts.pendingMessages == node.shard.counts.strayMessages
            }
        case .made(let group):
            return simulation.groupLoad.groups[group.place].isMade
        case .changed(let change):
            if case .value = simulation.groupLoad.changes[change.place].answer { return true }
            return false
        case .refused(let change):
            if case .refused = simulation.groupLoad.changes[change.place].answer { return true }
            return false
        case .answered(let change):
            return simulation.groupLoad.changes[change.place].isAnswered
        case .heardInGroup(let reader, let count, let author, let group):
            return heard(reader, from: author, in: group) >= count
        case .toldOf(let change, let reader):
            return isTold(reader, of: change)
        case .shutOut(let author, let group):
            return simulation.people[author.place].groupOutbox.contains { $0.group == group.place && $0.refusals > 0 }
        case .oneOf(let one, let other):
            return holds(one) != holds(other)
        }
    }

    private func outbox(_ author: Role, to reader: Role) -> Person.Outbox? {
        let first = simulation.first(of: reader.place)
        return simulation.people[author.place].outbox.first { $0.to == first }
    }

    private func isOut(_ device: Role) -> Bool {
        guard case .done = simulation.people[device.place].revocation else { return false }
        return !simulation.nodes.contains { node in
            node.isUp && node.sessions.values.contains { $0.person == device.place }
        }
    }

    /// How many messages of somebody have come to somebody out of a group.
    private func heard(_ reader: Role, from author: Role, in group: GroupRole) -> Int {
        let group = simulation.groupLoad.groups[group.place]
        return group.received[reader.place]?.count { place in
            if case .message(let message) = group.order[place] { return message.author == author.place }
            return false
        } ?? 0
    }

    private func isTold(_ reader: Role, of change: AskedChange) -> Bool {
        let group = simulation.groupLoad.groups[simulation.groupLoad.changes[change.place].group]
        return group.received[reader.place]?.contains { place in
            if case .event(let version, _, _, _) = group.order[place] { return group.changes[version] == change.place }
            return false
        } ?? false
    }

    // MARK: Text

    func text(_ condition: Condition) -> String {
        switch condition {
        case .sent(let author): "all that \(name(author)) has to say is sent"
        case .heard(let reader, let count, let author): "\(name(reader)) has \(count) messages of \(name(author))"
        case .delivered(let count, let author, let reader):
            "\(name(author)) was told that \(name(reader)) has \(count)"
        case .read(let count, let author, let reader):
            "\(name(author)) was told that \(name(reader)) has read \(count)"
        case .toldOfEnds(let author, let reader):
            "\(name(author)) was told that all that was not to last has ended before \(name(reader)) had it"
        case .linked(let owner): "\(name(owner)) has linked a device"
        case .out(let device): "\(name(device)) is out"
        case .kept(let count): "some node keeps \(count) messages"
        case .nothingKept: "no node keeps anything"
        case .made: "the group is made"
        case .changed(let change): "change \(change.place) was made"
        case .refused(let change): "change \(change.place) was refused"
        case .answered(let change): "change \(change.place) was answered"
        case .heardInGroup(let reader, let count, let author, _):
            "\(name(reader)) has \(count) messages of \(name(author)) out of the group"
        case .toldOf(let change, let reader): "\(name(reader)) was told of change \(change.place)"
        case .shutOut(let author, _): "\(name(author)) was told that it is not in the group"
        case .oneOf(let one, let other): "either \(text(one)), or \(text(other))"
        }
    }
}
