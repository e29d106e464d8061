import RoostCore
import RoostNode

/// Groups, and changes of who is in them.
extension ScenarioRun {
    /// The first of these makes a group of all of them. Returns when some node has said that it is made.
    mutating func group(of members: [Role]) -> GroupRole {
        tell("\(members.map { name($0) }.joined(separator: ", ")) are to be a group")
        let place = simulation.groupLoad.groups.count
        simulation.groupLoad.groups.append(
            .init(address: Address(group: random.next() | 1), founders: members.map(\.place)))
        for person in simulation.people.indices where simulation.people[person].first == nil {
            simulation.people[person].groupOutbox.append(GroupOutbox(group: place))
        }
        let users = members.map { simulation.people[$0.place].user }
        switch Group.made(
            by: users[0], name: scenario.name, with: Array(users.dropFirst()), id: random.next(), atMilliseconds: 1)
        {
        case .success(let group): ask(.create(group), id: 0, of: GroupRole(place: place))
        case .failure(let refusal): preconditionFailure("no group: \(refusal)")
        }
        wait(until: .made(GroupRole(place: place)))
        return GroupRole(place: place)
    }

    /// Somebody puts somebody out of a group.
    mutating func remove(_ member: Role, from group: GroupRole, by author: Role) -> AskedChange {
        tell("\(name(author)) puts \(name(member)) out")
        return change(group, .remove([simulation.people[member.place].user]), by: author)
    }

    /// Somebody takes somebody into a group.
    mutating func add(_ member: Role, to group: GroupRole, by author: Role) -> AskedChange {
        tell("\(name(author)) takes \(name(member)) in")
        return change(group, .add([simulation.people[member.place].user]), by: author)
    }

    /// Somebody makes somebody an admin of a group.
    mutating func promote(_ member: Role, in group: GroupRole, by author: Role) -> AskedChange {
        tell("\(name(author)) makes \(name(member)) an admin")
        return change(group, .promote(simulation.people[member.place].user), by: author)
    }

    private mutating func change(_ group: GroupRole, _ edit: Group.Edit, by author: Role) -> AskedChange {
        let id = random.next()
        let user = simulation.people[author.place].user
        return ask(.edit(edit, by: user, id: id, atMilliseconds: 1), id: id, of: group)
    }

    @discardableResult
    private mutating func ask(_ change: GroupChange, id: UInt64, of group: GroupRole) -> AskedChange {
        let asked = AskedChange(place: simulation.planGroupChange(change, id: id, of: group.place))
        simulation.agenda.add(.insist(groupChange: asked.place), at: simulation.now)
        return asked
    }
}

extension Simulation {
    private static let insistPause = TimeSpan.seconds(2)

    /// Asks for a change of a group until it is known what has become of it, each time at whatever node comes to hand.
    mutating func insist(on change: Int) {
        guard !groupLoad.changes[change].isAnswered else { return }
        agenda.add(.insist(groupChange: change), at: now + Simulation.insistPause)
        guard !groupLoad.open.contains(change) else { return }
        beginGroupChange(change, at: random.below(occupants.count))
    }
}
