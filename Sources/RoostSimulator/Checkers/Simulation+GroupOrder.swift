import RoostCore
import RoostNode
import RoostSession

/// I12: a group has one order. Each message that was `sent` to it has one place in it, and whoever is in the list in force at a place
/// gets what stands there, once, and nobody else does.
extension Simulation {
    /// Something comes to a person from a group. False when it breaks a rule.
    mutating func checkGroupDelivery(_ message: ServerFrame.Message, group: Int, to person: Int) -> Bool {
        let name = people[person].name
        guard let item = groupItem(message, group: group) else {
            violate(.delivery, "\(name) got of group \(group) what nobody wrote: \(message.number)")
            return false
        }
        if let known = groupLoad.groups[group].order[message.number], known != item {
            violate(.groupOrder, "\(name) got \(item) at \(message.number) of group \(group), where \(known) was told")
            return false
        }
        groupLoad.groups[group].order[message.number] = item
        if case .message(let written) = item {
            if let place = groupLoad.groups[group].places[written], place != message.number {
                violate(.groupOrder, "\(written) stands at \(place) and \(message.number) of group \(group)")
                return false
            }
            groupLoad.groups[group].places[written] = message.number
        }
        // What was there before a second device may have gaps.
        if let stored = people[person].watermarks[message.key], message.number > stored + 1,
            people[person].first == nil || message.number > owed(in: group, to: person) ?? message.number
        {
            violate(.order, "\(name) has stored \(stored) of group \(group) and got \(message.number)")
            return false
        }
        groupLoad.groups[group].received[person, default: []].insert(message.number)
        return true
    }

    /// The first place of a group's order that a second device is owed, as far as is known: what stands there was written, or asked
    /// for, after somebody was told that the device is linked. Whatever comes behind it reaches the mailboxes later.
    private func owed(in index: Int, to device: Int) -> StreamNumber? {
        guard let linkedAt = people[device].linkedAt else { return nil }
        let group = groupLoad.groups[index]
        return group.order.filter { _, item in
            let begin: Instant? =
                switch item {
                case .message(let message): group.written[message]
                case .event(let version, _, _, _): group.changes[version].flatMap { groupLoad.changes[$0].begin }
                }
            return begin.map { $0 > linkedAt } ?? false
        }.keys.min()
    }

    private func groupItem(_ message: ServerFrame.Message, group: Int) -> GroupLoad.Item? {
        let (header, body) = message.content.parts
        guard let origin = header.origin, origin.to == groupLoad.groups[group].address else { return nil }
        if header.kind == .groupEvent {
            return groupEvent(Array(body), version: origin.number, by: origin.author)
        }
        guard let author = people.firstIndex(where: { $0.user == origin.author && $0.device == origin.key.device })
        else { return nil }
        let written = GroupLoad.Message(author: author, stream: origin.key.stream, number: origin.number)
        return Array(body) == GroupLoad.body(group: group, written) ? .message(written) : nil
    }

    /// Reads an event's JSON, as far as the checks need it.
    private func groupEvent(_ body: [UInt8], version: UInt64, by author: Address) -> GroupLoad.Item? {
        let text = String(decoding: body, as: UTF8.self)
        guard text.hasPrefix("{\"version\":\(version),"),
            let kind = GroupEvent.Kind.allCases.first(where: { text.contains("\"event\":\"\($0)\"") })
        else { return nil }
        let named = people.filter { $0.first == nil }.map(\.user).filter { text.contains("\"\($0)\"") && $0 != author }
        let ownName = text.contains("\"members\":[\"\(author)\"]") ? [author] : []
        return .event(version: version, kind, by: author, named + ownName)
    }

    // MARK: The end

    /// Who is in a group when its whole order is known.
    func membersInTheEnd(of index: Int) -> Set<Int> {
        let group = groupLoad.groups[index]
        var members = Set<Int>()
        for place in group.order.keys.sorted() {
            guard case .event(_, let kind, let author, let named) = group.order[place] else { continue }
            apply(kind, by: author, named, founders: group.founders, to: &members)
        }
        return members
    }

    /// What is wrong with the groups; `nil` when nothing is.
    var unfinishedGroup: String? {
        for group in groupLoad.groups.indices {
            if let text = missing(in: group) { return text }
        }
        return nil
    }

    private func missing(in index: Int) -> String? {
        let group = groupLoad.groups[index]
        for (message, _) in group.sent where group.places[message] == nil {
            return "\(message) was sent to group \(index) and never came"
        }
        let seconds = people.filter { $0.first != nil && $0.revocation == .none }
            .map { (device: $0.index, first: first(of: $0.index), from: owed(in: index, to: $0.index) ?? .max) }
        var members = Set<Int>()
        for place in stride(from: 1, through: group.top, by: 1) {
            guard let item = group.order[place] else { return "nobody got \(place) of group \(index)" }
            let before = members
            if case .event(_, let kind, let author, let named) = item {
                apply(kind, by: author, named, founders: group.founders, to: &members)
            }
            let audience = before.union(members)
            for person in people.indices where audience.contains(person) {
                guard group.received[person]?.contains(place) == true else {
                    return "\(people[person].name) did not get \(place) of group \(index): \(item)"
                }
            }
            for second in seconds where audience.contains(second.first) && place >= second.from {
                guard group.received[second.device]?.contains(place) == true else {
                    return
                        "\(people[second.device].name)'s device \(second.device) did not get \(place) of group \(index): \(item)"
                }
            }
        }
        return nil
    }

    /// Looks at what nobody should have got, and at what stands on the wrong side of a change.
    mutating func checkGroups() {
        if let unfinishedGroup { violate(.groupOrder, unfinishedGroup) }
        for index in groupLoad.groups.indices where violations.isEmpty { checkAudience(of: index) }
        for index in groupLoad.groups.indices where violations.isEmpty { checkChanges(of: index) }
    }

    private mutating func checkAudience(of index: Int) {
        let group = groupLoad.groups[index]
        var members = Set<Int>()
        for place in stride(from: 1, through: group.top, by: 1) {
            guard let item = group.order[place] else { continue }
            let before = members
            if case .event(_, let kind, let author, let named) = item {
                apply(kind, by: author, named, founders: group.founders, to: &members)
            }
            for person in people.indices
            where group.received[person]?.contains(place) == true
                && !before.union(members).contains(first(of: person))
            {
                return violate(
                    .groupOrder, "\(people[person].name) got \(place) of group \(index) and was not in it: \(item)")
            }
        }
    }

    /// What was `sent` before a change was asked for stands before it.
    private mutating func checkChanges(of index: Int) {
        let group = groupLoad.groups[index]
        for (place, item) in group.order.sorted(by: { $0.key < $1.key }) {
            guard case .event(let version, _, _, _) = item, let change = group.changes[version],
                let begin = groupLoad.changes[change].begin
            else { continue }
            let late = group.sent.filter { $0.value < begin && (group.places[$0.key] ?? 0) > place }
            guard let (message, sent) = late.min(by: { $0.value < $1.value }) else { continue }
            return violate(
                .groupOrder,
                "\(message) was sent to group \(index) at \(sent), and stands behind version \(version), asked for at \(begin)"
            )
        }
    }

    private func apply(
        _ kind: GroupEvent.Kind, by author: Address, _ named: [Address], founders: [Int], to members: inout Set<Int>
    ) {
        func places(_ users: [Address]) -> [Int] { users.compactMap { user in people.firstIndex { $0.user == user } } }
        switch kind {
        case .created: members.formUnion(founders)
        case .added: members.formUnion(places(named))
        case .joined: members.formUnion(places([author]))
        case .removed: members.subtract(places(named))
        case .left: members.subtract(places([author]))
        case .dissolved: members = []
        case .renamed, .promoted, .demoted, .handedOver, .linkMade, .linkRevoked: break
        }
    }
}
