import RoostCore
import RoostNode

/// People who take others for contacts, block them, and erase what they have said to each other.
extension Simulation {
    /// Between two attempts.
    private static let wishPatience = TimeSpan.seconds(2)

    /// Wishes at moments of the safety phase. Each block ends in time, so that what comes after it can be looked at.
    mutating func planRelations() {
        let firsts = people.indices.filter { people[$0].first == nil }
        guard firsts.count > 1 else { return }
        func somePair() -> RelationLoad.Pair {
            let owner = relationRandom.below(firsts.count)
            let other = (owner + 1 + relationRandom.below(firsts.count - 1)) % firsts.count
            return .init(owner: firsts[owner], other: firsts[other])
        }
        for _ in 0..<options.contactChanges {
            let isOn = relationRandom.below(3) > 0
            agenda.add(.wish(.list(.contacts, isOn: isOn), somePair()), at: wishMoment())
        }
        for _ in 0..<options.blocks {
            let pair = somePair()
            let begin = wishMoment()
            agenda.add(.wish(.list(.blocked, isOn: true), pair), at: begin)
            let length = relationRandom.below(options.safetySeconds * 500)
            agenda.add(.wish(.list(.blocked, isOn: false), pair), at: begin + .milliseconds(UInt64(length)))
        }
        for _ in 0..<options.erasures { agenda.add(.wish(.erase, somePair()), at: wishMoment()) }
    }

    private mutating func wishMoment() -> Instant {
        now + .milliseconds(UInt64(relationRandom.below(options.safetySeconds * 1000)))
    }

    mutating func wish(_ wish: RelationLoad.Wish, _ pair: RelationLoad.Pair) {
        if relations.add(wish, pair) { askWish(of: pair.owner) }
    }

    /// Asks some node for what a person wants next.
    mutating func askWish(of person: Int) {
        guard let asking = relations.first(of: person), asking.at == nil else { return }
        let node = relationRandom.below(nodes.count)
        guard nodes[node].isRunning, nodes[node].hasRing, nodes[node].stranger == nil else {
            return agenda.add(.askWish(person: person), at: now + Simulation.wishPatience)
        }
        beginAttempt(asking)
        let token = relations.ask(person, at: node)
        trace.note(
            now, .account, UInt64(node), token,
            saying: "\(people[person].name) asks n\(node): \(asking.wish), \(people[asking.pair.other].name)")
        switch asking.wish {
        case .list(let list, let isOn):
            guard let key = people[person].user.people, let other = people[asking.pair.other].user.user else { return }
            let change = isOn ? PeopleChange.add(other, list) : PeopleChange.remove(other, list)
            shard(node) { machine, now, actions in
                machine.registerRequested(.change(key, .people(change)), token: token, now: now, into: &actions)
            }
        case .erase, .drop:
            let (user, other) = (people[person].user, people[asking.pair.other].user)
            let request =
                asking.wish == .erase ? MailboxRequest.erase(user: user, other: other) : .drop(user: user, from: other)
            shard(node) { machine, now, actions in
                machine.mailboxRequested(request, token: token, now: now, into: &actions)
            }
        }
    }

    /// From here on the wish may have come true.
    private mutating func beginAttempt(_ asking: RelationLoad.Asking) {
        let pair = asking.pair
        switch asking.wish {
        case .list(.contacts, let isOn):
            if isOn { relations.everContacts.insert(pair) }
        case .list(.blocked, isOn: true):
            guard relations.openWaivers[pair.owner] == nil else { return }
            relations.openWaivers[pair.owner] = relations.waivers.count
            relations.waivers.append(Waiver(sender: pair.other, reader: pair.owner, includesCopies: false))
        case .list(.blocked, isOn: false):
            endSilence(pair)
        case .drop:
            if relations.sentBefore[pair.owner] == nil {
                relations.sentBefore[pair.owner] = sent(between: pair).filter { $0.key.reader == pair.owner }
            }
        case .erase:
            if relations.sentBefore[pair.owner] == nil { relations.sentBefore[pair.owner] = sent(between: pair) }
            relations.openWaivers[pair.owner] = relations.waivers.count
            relations.waivers.append(Waiver(sender: pair.other, reader: pair.owner, includesCopies: true))
            relations.waivers.append(Waiver(sender: pair.owner, reader: pair.other, includesCopies: true))
        }
    }

    private func isOpen(_ waiver: Waiver, _ pair: RelationLoad.Pair) -> Bool {
        waiver.sender == pair.other && waiver.reader == pair.owner && waiver.upTo == nil
    }

    /// How far the streams between two people are `sent`.
    private func sent(between pair: RelationLoad.Pair) -> [RunRecord.Stream: StreamNumber] {
        record.sent.filter { stream, _ in
            let sender = first(of: stream.sender)
            return (sender, stream.reader) == (pair.owner, pair.other)
                || (sender, stream.reader) == (pair.other, pair.owner)
        }
    }

    // MARK: Answers

    mutating func relationAnswered(_ token: UInt64, isSo: Bool) {
        guard let person = relations.answered(token), let asking = relations.first(of: person) else { return }
        trace.note(now, .registerAnswer, token, isSo ? 1 : 0, saying: "wish of \(people[person].name): \(isSo)")
        endAttempt(asking)
        if isSo {
            takeStanding(asking)
            relations.fulfil(person)
        }
        agenda.add(.askWish(person: person), at: now + Simulation.wishPatience)
    }

    /// A node died with what it was asked.
    mutating func relationsLost(with node: Int) {
        for person in relations.nodeDied(node) {
            if let asking = relations.first(of: person) { endAttempt(asking) }
            agenda.add(.askWish(person: person), at: now + Simulation.wishPatience)
        }
    }

    /// Whatever an attempt to erase does from now on, it does to what was written by now.
    private mutating func endAttempt(_ asking: RelationLoad.Asking) {
        guard asking.wish == .erase, let place = relations.openWaivers.removeValue(forKey: asking.pair.owner) else {
            return
        }
        for index in place...(place + 1) {
            let waiver = relations.waivers[index]
            relations.waivers[index].upTo = written(from: waiver.sender, to: waiver.reader)
        }
    }

    private mutating func takeStanding(_ asking: RelationLoad.Asking) {
        let pair = asking.pair
        switch asking.wish {
        case .list(.contacts, let isOn):
            relations.standings[pair, default: .init()].isContact = isOn
        case .list(.blocked, isOn: true):
            relations.openWaivers[pair.owner] = nil
            relations.standings[pair, default: .init()].isBlocked = true
            relations.addNext(.drop, pair)
        case .list(.blocked, isOn: false):
            relations.standings[pair, default: .init()].isBlocked = false
            let end = written(from: pair.other, to: pair.owner)
            for place in relations.waivers.indices
            where isOpen(relations.waivers[place], pair) && !relations.waivers[place].includesCopies {
                relations.waivers[place].upTo = end
            }
        case .erase, .drop:
            guard let sent = relations.sentBefore.removeValue(forKey: pair.owner) else { return }
            relations.erased.append(
                .init(includesCopies: asking.wish == .erase, sent: sent, lastConnection: nextConnection))
        }
    }
}
