import RoostCore
import RoostNode
import RoostSession

/// Groups of the people of a run, and changes of their lists.
extension Simulation {
    // MARK: The beginning

    /// Makes the groups through two nodes at once, until somebody says that they are made.
    mutating func makeGroups() {
        for index in 0..<options.groups {
            var founders = people.indices.filter { _ in random.below(3) > 0 }
            if founders.isEmpty { founders = [0] }
            groupLoad.groups.append(
                .init(address: Address(group: random.next() | 1), founders: founders))
            for person in people.indices { people[person].groupOutbox.append(GroupOutbox(group: index)) }
            let others = founders.dropFirst().map { people[$0].user }
            let made = Group.made(
                by: people[founders[0]].user, name: "group \(index)", with: Array(others), id: random.next(),
                atMilliseconds: 1)
            guard case .success(let group) = made else { return violate(.liveness, "group \(index) cannot be made") }
            for _ in 0..<10 where !groupLoad.groups[index].isMade {
                for _ in 0..<2 {
                    beginGroupChange(planGroupChange(.create(group), id: 0, of: index), at: anyNode())
                }
                for _ in 0..<100 where !groupLoad.open.isEmpty { step(until: now + .milliseconds(250)) }
            }
            guard groupLoad.groups[index].isMade else { return violate(.liveness, "group \(index) was not made") }
        }
    }

    // MARK: Changes

    mutating func planGroupChange(_ change: GroupChange, id: UInt64, of group: Int) -> Int {
        groupLoad.changes.append(.init(group: group, change: change, id: id))
        return groupLoad.changes.count - 1
    }

    /// Changes of lists at moments of the safety phase.
    mutating func planMemberChanges() {
        guard !groupLoad.groups.isEmpty else { return }
        for _ in 0..<options.memberChanges {
            let begin = moment()
            // Sometimes two at once, through different nodes.
            for _ in 0..<(1 + random.below(2)) {
                agenda.add(.changeGroup(node: anyNode(), group: random.below(groupLoad.groups.count)), at: begin)
            }
        }
    }

    mutating func changeGroup(_ group: Int, at node: Int) {
        let founder = people[groupLoad.groups[group].founders[0]].user
        let somebody = people[random.below(people.count)].user
        let author = random.below(4) > 0 ? founder : people[random.below(people.count)].user
        let edit: Group.Edit =
            switch random.below(9) {
            case 0, 1, 2: .add([somebody])
            case 3, 4, 5: .remove([somebody])
            case 6: .leave
            case 7: .rename("name \(random.below(100))")
            default: .promote(somebody)
            }
        // The founder stays, so that changes go on.
        if author == founder, edit == .leave || edit == .remove([founder]) { return }
        let id = random.next()
        let change = GroupChange.edit(edit, by: author, id: id, atMilliseconds: 1)
        beginGroupChange(planGroupChange(change, id: id, of: group), at: node)
    }

    mutating func beginGroupChange(_ index: Int, at node: Int) {
        guard nodes[node].isRunning else { return }
        // When it is asked again it may have been made the first time.
        groupLoad.changes[index].begin = groupLoad.changes[index].begin ?? now
        groupLoad.changes[index].node = node
        groupLoad.open.append(index)
        let request = RegisterRequest.change(
            groupLoad.groups[groupLoad.changes[index].group].address, .group(groupLoad.changes[index].change))
        trace.note(now, .account, UInt64(node), UInt64(index), saying: "n\(node) is asked: \(request)")
        shard(node) { machine, now, actions in
            machine.registerRequested(
                request, token: GroupLoad.firstToken + UInt64(index), now: now, into: &actions)
        }
    }

    mutating func groupChangeAnswered(_ token: UInt64, _ answer: RegisterAnswer) {
        let index = Int(token - GroupLoad.firstToken)
        guard groupLoad.open.contains(index) else { return }
        groupLoad.open.removeAll { $0 == index }
        groupLoad.changes[index].answer = answer
        let change = groupLoad.changes[index]
        trace.note(now, .registerAnswer, token, saying: "group change \(index): \(answer)".prefix(60).description)
        guard case .value(let value) = answer, let list = Group(stored: value) else { return }
        groupLoad.groups[change.group].isMade = true
        if let made = list.made.first(where: { $0.id == change.id }) {
            groupLoad.groups[change.group].changes[made.version] = index
        }
    }

    // MARK: Writing

    /// Writes a message to a group, member or not.
    mutating func produceForGroup(_ index: Int) {
        people[index].groupLeft -= 1
        let place = random.below(people[index].groupOutbox.count)
        people[index].groupOutbox[place].produced += 1
        pumpGroups(index)
    }

    /// Puts on the connection what has not been.
    mutating func pumpGroups(_ index: Int) {
        guard case .online(_, let connection) = people[index].link else { return }
        for place in people[index].groupOutbox.indices where !people[index].groupOutbox[place].isPausing {
            while people[index].groupOutbox[place].next <= people[index].groupOutbox[place].produced {
                let outbox = people[index].groupOutbox[place]
                let message = GroupLoad.Message(author: index, stream: outbox.stream, number: outbox.next)
                let send = ClientFrame.Send(
                    to: groupLoad.groups[outbox.group].address.text, stream: outbox.stream, number: outbox.next,
                    body: GroupLoad.body(group: outbox.group, message), isRetry: outbox.next <= outbox.written)
                if groupLoad.groups[outbox.group].written[message] == nil {
                    groupLoad.groups[outbox.group].written[message] = now
                }
                people[index].groupOutbox[place].written = max(outbox.written, outbox.next)
                people[index].groupOutbox[place].next += 1
                say(.send(send), person: index, connection: connection)
            }
        }
    }

    /// Begins again with what is not `sent`, on this connection or a new one.
    mutating func resendToGroups(_ index: Int) {
        for place in people[index].groupOutbox.indices {
            people[index].groupOutbox[place].isPausing = false
            people[index].groupOutbox[place].next = people[index].groupOutbox[place].sentUpTo + 1
        }
        pumpGroups(index)
    }

    mutating func resendToGroup(_ index: Int, connection: Int, group: Int) {
        guard case .online(_, connection) = people[index].link,
            let place = people[index].groupOutbox.firstIndex(where: { $0.group == group })
        else { return }
        people[index].groupOutbox[place].isPausing = false
        people[index].groupOutbox[place].next = people[index].groupOutbox[place].sentUpTo + 1
        pumpGroups(index)
    }

    /// A message to a group was refused.
    mutating func refusedByGroup(_ group: Int, _ error: ErrorFrame, person: Int, connection: Int) {
        guard let place = people[person].groupOutbox.firstIndex(where: { $0.group == group }),
            people[person].groupOutbox[place].stream == error.stream
        else { return }
        switch error.code {
        case .notAMember:
            return people[person].groupOutbox[place].giveUp()
        case .unavailable, .overloaded, .tooManyUnsent, .sequenceGap, .mailboxFull, .diskFull:
            break
        case .sessionReplaced, .deviceRemoved, .unauthenticated:
            return
        case .badFrame, .bodyTooLarge, .badUserName, .unknownUser, .badNumber, .sequenceReused, .badAck, .notYours,
            .tooLate, .accountDisabled, .rateLimited, .tooManyWatched:
            return violate(
                .clientRules, "\(people[person].name) kept the rules and was refused: \(error.code) \(error.text)")
        }
        guard !people[person].groupOutbox[place].isPausing else { return }
        people[person].groupOutbox[place].isPausing = true
        agenda.add(
            .resendToGroup(person: person, connection: connection, group: group),
            at: now + .milliseconds(50 + UInt64(random.below(500))))
    }

    /// A gateway says that messages to a group are sent.
    mutating func groupSent(_ group: Int, by person: Int, stream: UInt64, upTo: StreamNumber) {
        var number = upTo
        while number > 0 {
            let message = GroupLoad.Message(author: person, stream: stream, number: number)
            guard groupLoad.groups[group].sent[message] == nil else { break }
            groupLoad.groups[group].sent[message] = now
            number -= 1
        }
    }

    /// A person hears it.
    mutating func heardSent(_ group: Int, person: Int, stream: UInt64, upTo: StreamNumber) {
        guard let place = people[person].groupOutbox.firstIndex(where: { $0.group == group }),
            people[person].groupOutbox[place].stream == stream
        else { return }
        people[person].groupOutbox[place].sentUpTo = max(people[person].groupOutbox[place].sentUpTo, upTo)
    }
}
