import RoostCore
import RoostNode

/// People who come, go and write.
extension ScenarioRun {
    /// Between two messages that somebody writes.
    private static let thinkMillisecondsMax = 600

    /// Who plays the part of this name.
    subscript(_ name: String) -> Role {
        guard let place = scenario.cast.firstIndex(of: name) else {
            preconditionFailure("\(scenario.name) has no \(name)")
        }
        return Role(place: place)
    }

    /// What the text of a violation calls somebody.
    func name(_ role: Role) -> String {
        let first = simulation.first(of: role.place)
        return first == role.place ? scenario.cast[first] : "\(scenario.cast[first])'s device \(role.place)"
    }

    /// Somebody connects to a machine, by its number from 1, or to any other where that does not answer.
    mutating func come(_ role: Role, at number: Int? = nil) {
        tell("\(name(role)) comes")
        simulation.people[role.place].isResting = false
        simulation.people[role.place].wantedHost = number.map { ($0 - 1) % simulation.options.nodes }
        simulation.agenda.add(.connect(person: role.place), at: simulation.now)
    }

    /// Somebody goes and stays away.
    mutating func leave(_ role: Role) {
        tell("\(name(role)) leaves")
        simulation.people[role.place].isResting = true
        simulation.breakConnection(role.place)
    }

    /// Somebody goes from one machine to another.
    mutating func travel(_ role: Role, to number: Int) {
        leave(role)
        come(role, at: number)
    }

    /// Somebody begins to write so many messages to somebody, one after the other, connected or not.
    mutating func say(_ count: Int, from author: Role, to reader: Role) {
        tell("\(name(author)) writes \(count) to \(name(reader))")
        let first = simulation.first(of: reader.place)
        if !simulation.people[author.place].outbox.contains(where: { $0.to == first }) {
            simulation.people[author.place].outbox.append(.init(to: first))
        }
        simulation.people[author.place].left += count
        write(count, from: author, to: .person(first))
    }

    /// Somebody begins to write so many messages to a group, in it or not.
    mutating func say(_ count: Int, from author: Role, in group: GroupRole) {
        tell("\(name(author)) writes \(count) to the group")
        simulation.people[author.place].groupLeft += count
        write(count, from: author, to: .group(group.place))
    }

    private mutating func write(_ count: Int, from author: Role, to recipient: Recipient) {
        var moment = simulation.now
        for _ in 0..<count {
            moment = moment + .milliseconds(UInt64(random.below(ScenarioRun.thinkMillisecondsMax)))
            simulation.agenda.add(.write(person: author.place, to: recipient), at: moment)
        }
    }
}

extension Simulation {
    /// Somebody in a scenario has written something.
    mutating func write(_ index: Int, to recipient: Recipient) {
        guard people[index].revocation == .none else { return }
        switch recipient {
        case .person(let reader):
            guard let stream = people[index].outbox.firstIndex(where: { $0.to == reader }) else { return }
            people[index].left -= 1
            people[index].outbox[stream].produced += 1
            pump(index)
        case .group(let group):
            guard let place = people[index].groupOutbox.firstIndex(where: { $0.group == group }) else { return }
            people[index].groupLeft -= 1
            people[index].groupOutbox[place].produced += 1
            pumpGroups(index)
        }
    }
}
