import RoostCore
import RoostNode
import RoostRing
import RoostSession

/// People watch each other and type. What they are shown is checked at once where it must never be, and for being right when all is
/// healed.
extension Simulation {
    private static let typingMillisecondsMax = 4000
    /// A frame takes at most so long between a client and its node.
    private static let clientLatencyMax = TimeSpan.milliseconds(20)

    /// What a person lets others see: every third one does not show whether it is there.
    static func privacy(of index: Int) -> Privacy {
        let sharesReads = sharesReads(index)
        guard index % 3 == 2 else { return Privacy(readReceipts: sharesReads) }
        return Privacy(presence: index % 2 == 0 ? .nobody : .contacts, readReceipts: sharesReads)
    }

    /// Whether a person shows another how it stands; while that is being changed it may be either.
    private func isShown(_ person: Int, to watcher: Int) -> Bool {
        let standing = relations.standings[.init(owner: person, other: first(of: watcher))] ?? .init()
        guard !standing.isBlocked else { return false }
        switch Simulation.privacy(of: person).presence {
        case .everyone: return true
        case .contacts: return standing.isContact
        case .nobody: return false
        }
    }

    /// Whether there was never a time in which a person showed another how it stands.
    private func isNeverShown(_ person: Int, to watcher: Int) -> Bool {
        switch Simulation.privacy(of: person).presence {
        case .everyone: false
        case .contacts: !relations.everContacts.contains(.init(owner: person, other: first(of: watcher)))
        case .nobody: true
        }
    }

    /// Everybody watches some others, and types to those to whom it writes.
    mutating func planPresence() {
        for index in people.indices {
            people[index].watches = (0...2).map { _ in presenceRandom.below(people.count) }.filter { $0 != index }
            typeLater(index)
        }
    }

    private mutating func typeLater(_ index: Int) {
        let pause = 200 + presenceRandom.below(Simulation.typingMillisecondsMax)
        agenda.add(.type(person: index), at: now + .milliseconds(UInt64(pause)))
    }

    mutating func type(_ index: Int) {
        guard isFaulty || people[index].left > 0 else { return }
        typeLater(index)
        guard case .online(_, let connection) = people[index].link,
            let stream = people[index].outbox.randomElement(using: &presenceRandom)
        else { return }
        let isRecording = presenceRandom.below(4) == 0
        say(
            .typing(to: people[stream.to].name, isRecording: isRecording), person: index, connection: connection)
    }

    /// A node has heard that somebody types.
    mutating func noteTyping(_ frame: ClientFrame, by person: Int) {
        guard case .typing(let to, _) = frame, let reader = people.firstIndex(where: { $0.name == to }) else { return }
        record.typings[.init(sender: person, reader: reader)] = now
    }

    mutating func beginWatching(_ index: Int, connection: Int) {
        people[index].shown = [:]
        people[index].shownGroups = [:]
        let names = people[index].watches.map { people[$0].name }
        let groups = groupLoad.groups.map(\.address.text)
        say(.watch(names + groups), person: index, connection: connection)
    }

    // MARK: What must never be

    mutating func hearPresence(of user: Address, _ state: PresenceState, person: Int) {
        if let group = groupLoad.place(of: user) {
            if state != .unknown {
                violate(.presence, "\(people[person].name) is shown \(user) as if it were a person")
            }
            people[person].shownGroups[group] = .some(nil)
            return
        }
        guard let other = people.firstIndex(where: { $0.user == user }), people[person].watches.contains(other) else {
            return violate(.presence, "\(people[person].name) is shown \(user), whom it does not watch")
        }
        if isNeverShown(other, to: person), state != .unknown {
            violate(.presence, "\(people[person].name) is shown \(user), who does not show it: \(state)")
        }
        people[person].shown[other] = state
    }

    /// Of no more members than there are, and of none that it has what nobody wrote.
    mutating func hearGroupReceipt(of address: Address, _ progress: GroupProgress, person: Int) {
        guard let group = groupLoad.place(of: address) else {
            return violate(.presence, "\(people[person].name) is shown \(address), which it does not watch")
        }
        let counts = (progress.delivered + progress.read).map(\.members)
        let persons = people.count { $0.first == nil }
        if counts.contains(where: { $0 > progress.members }) || Int(progress.members) > persons {
            violate(.presence, "\(people[person].name) is shown \(progress) of group \(group), of \(persons) people")
        }
        people[person].shownGroups[group] = progress
    }

    mutating func hearTyping(_ typing: ServerFrame.Typing, person: Int) {
        guard let sender = people.firstIndex(where: { $0.user == typing.from }),
            let heard = record.typings[.init(sender: sender, reader: first(of: person))]
        else { return violate(.presence, "\(people[person].name) is told of somebody who never typed to it") }
        // A clock that jumps tells no age.
        guard options.clockJumps == 0 else { return }
        let end = heard + Limits.typingLifetime + Simulation.clientLatencyMax
        if now + .milliseconds(UInt64(typing.milliseconds)) > end {
            violate(
                .presence, "\(people[person].name) is told that \(typing.from) types, \(now.since(heard)) after it did")
        }
    }

    // MARK: What must be in the end

    /// When everything is done some people leave, a node dies with the sessions of some, and the others have to be shown it.
    mutating func checkPresence() {
        guard record.bereft.isEmpty else { return }
        step(until: now + .seconds(1))
        let doomed = doomedNode
        for index in people.indices {
            guard case .online(let node, _) = people[index].link, index % 3 == 0 || node == doomed else { continue }
            people[index].isResting = true
            if node != doomed { breakConnection(index) }
        }
        if let doomed { crash(doomed, millisecondsDown: 120_000) }
        // Whoever has lost its node may try several that are not there: counted is from when all are back.
        var end = now + .seconds(60)
        let last = now + .seconds(240)
        while now < min(end, last), wrongView != nil, violations.isEmpty {
            step(until: now + .milliseconds(500))
            let isAnyAway = people.contains { !$0.isResting && $0.link == .offline }
            if isAnyAway { end = now + .seconds(60) }
        }
        if let wrongView { violate(.presence, wrongView) }
    }

    /// A node with sessions, in a cluster that goes on without it.
    private var doomedNode: Int? {
        guard let owners = record.ring?.owners(of: Slot(0)), owners.currentCount >= 3 else { return nil }
        for person in people where person.index % 3 == 1 {
            if case .online(let node, _) = person.link { return node }
        }
        return nil
    }

    /// What somebody is shown that is not so; `nil` when everybody is shown what is.
    private var wrongView: String? {
        for person in people where !person.isResting {
            guard case .online = person.link else { return "\(person.name) is not online again" }
            for other in person.watches {
                guard let shown = person.shown[other] else {
                    return "\(person.name) is not shown \(people[other].name)"
                }
                guard !isRight(shown, of: other, by: person.index) else { continue }
                let links = devices(of: other).map { people[$0].link }
                return "\(person.name) is shown \(people[other].name): \(shown), its links are \(links)"
            }
            if let wrong = wrongView(ofGroupsBy: person) { return wrong }
        }
        return nil
    }

    /// Everybody has everything: members are shown that all are at the end of the order, as far as nobody died who was about to say so,
    /// and nobody else is shown anything.
    private func wrongView(ofGroupsBy person: Person) -> String? {
        for index in groupLoad.groups.indices {
            guard let shown = person.shownGroups[index] else { return "\(person.name) is not shown group \(index)" }
            let members = membersInTheEnd(of: index)
            let top = GroupProgress.Step(upTo: groupLoad.groups[index].top, members: UInt32(members.count))
            let isMember = members.contains(first(of: person.index))
            let isExact = shown?.delivered == [top] || hasLosses && shown?.deliveredCount(of: top.upTo + 1) == 0
            if isMember ? isExact && shown?.members == top.members : shown == nil { continue }
            let standing = isMember ? "a member" : "not a member"
            return
                "\(person.name), \(standing), is shown \(String(describing: shown)) of group \(index), all have \(top)"
        }
        return nil
    }

    private func isRight(_ shown: PresenceState, of index: Int, by watcher: Int) -> Bool {
        guard isShown(index, to: watcher) else { return shown == .unknown }
        let links = devices(of: index).map { people[$0].link }
        let isOnline = links.contains { if case .online = $0 { true } else { false } }
        switch shown {
        case .online: return isOnline
        case .offline(let lastSeen): return links.allSatisfy { $0 == .offline } && lastSeen > 0
        case .unknown: return false
        }
    }
}
