import RoostCore
import RoostNode
import RoostSession

extension Simulation {
    mutating func serverFrame(_ person: Int, connection: Int, _ frame: ServerFrame) {
        switch people[person].link {
        case .greeting(let node, connection):
            noteHeard(frame, person: person, connection: connection)
            guard case .welcome = frame else { return }
            people[person].link = .online(node: node, connection: connection)
            checkAdmission(of: person, connection: connection)
            for stream in people[person].outbox.indices {
                people[person].outbox[stream].isPausing = false
                people[person].outbox[stream].next = people[person].outbox[stream].sentUpTo + 1
            }
            pump(person)
            beginWatching(person, connection: connection)
            resendToGroups(person)
            agenda.add(.ask(person: person, connection: connection), at: now + .seconds(5))
        case .online(_, connection):
            noteHeard(frame, person: person, connection: connection)
            hear(frame, person: person, connection: connection)
        case .offline, .greeting, .online:
            break
        }
    }

    private mutating func noteHeard(_ frame: ServerFrame, person: Int, connection: Int) {
        trace.note(
            now, .hears, UInt64(person), UInt64(connection), frame.fingerprint,
            saying: "\(people[person].name) hears \(frame)")
    }

    private mutating func hear(_ frame: ServerFrame, person: Int, connection: Int) {
        switch frame {
        case .sent(let to, let number, let upTo):
            if let group = groupLoad.place(of: to) {
                return heardSent(group, person: person, stream: number, upTo: upTo)
            }
            guard let stream = outbox(person, to: to), number == Person.streamNumber else {
                return violate(.delivery, "\(people[person].name) was told of a stream it does not have")
            }
            if upTo > people[person].outbox[stream].written {
                violate(.sentDurable, "\(people[person].name) was told that \(upTo) is sent and never sent it")
            }
            people[person].outbox[stream].sentUpTo = max(people[person].outbox[stream].sentUpTo, upTo)
        case .message(let message):
            take(message, person: person, connection: connection)
        case .receipt(let receipt):
            hear(receipt, person: person, connection: connection)
        case .error(let error):
            refused(error, person: person, connection: connection)
        case .state(let state):
            guard let stream = outbox(person, to: state.to) else { return }
            let key = StreamKey(device: people[person].device, stream: Person.streamNumber)
            checkRead(state.readUpTo, by: people[person].outbox[stream].to, key: key, toldTo: person)
            people[person].outbox[stream].deliveredUpTo = max(
                people[person].outbox[stream].deliveredUpTo, state.deliveredUpTo)
        case .presence(let user, let state):
            hearPresence(of: user, state, person: person)
        case .groupReceipt(let group, let progress):
            hearGroupReceipt(of: group, progress, person: person)
        case .typing(let typing):
            hearTyping(typing, person: person)
        case .drained:
            people[person].hasDrained = true
            people[person].saidRead = [:]
            sayReads(person)
        case .welcome, .accepted, .pong, .bye:
            break
        }
    }

    /// How far some device of the reader of a stream has really stored it.
    func stored(_ person: Int, _ stream: Int) -> StreamNumber {
        let key = people[person].streamKey
        return everyDevice(of: people[person].outbox[stream].to).map {
            reach(people[$0].watermarks[key] ?? 0, key, on: $0)
        }.max() ?? 0
    }

    func outbox(_ person: Int, to: Address) -> Int? {
        people[person].outbox.firstIndex { people[$0.to].user == to }
    }

    private mutating func take(_ message: ServerFrame.Message, person: Int, connection: Int) {
        let group = groupLoad.place(of: message.from)
        if group == nil { checkUnwanted(message.key, message.number, to: person, connection: connection) }
        guard group.map({ checkGroupDelivery(message, group: $0, to: person) }) ?? checkDelivery(message, to: person)
        else { return }
        let watermark = people[person].watermarks[message.key] ?? 0
        if message.number > watermark {
            people[person].watermarks[message.key] = message.number
            noteUnsent(message.key, message.number, person: person)
            noteStored(message, by: person)
            if group == nil, people[person].first == nil, !message.key.isCopy { people[person].receivedCount += 1 }
            people[person].inFlight += 1
            readLater(person)
        } else {
            // It takes no room: the node may know by now that it has been stored before.
            repeated += 1
            readAgain(message.key, message.number, person: person)
        }
        checkWindow(of: person)
        if people[person].unacknowledged.isEmpty {
            agenda.add(
                .acknowledge(person: person, connection: connection),
                at: now + .milliseconds(UInt64(random.below(options.smallWindows > 0 ? 400 : 20))))
        }
        people[person].unacknowledged[message.key] = max(
            people[person].unacknowledged[message.key] ?? 0, message.number)
    }

    mutating func acknowledge(_ person: Int, connection: Int) {
        guard case .online(_, connection) = people[person].link else { return }
        for (key, number) in people[person].unacknowledged.sorted(by: { $0.key < $1.key }) {
            say(.ack(key, upTo: number), person: person, connection: connection)
        }
        people[person].unacknowledged = [:]
        people[person].inFlight = 0
    }

    /// The loss that was accepted took what the owners knew of this stream.
    private mutating func giveUp(_ person: Int, to: Int) {
        for stream in people[person].outbox.indices where people[person].outbox[stream].to == to {
            people[person].outbox[stream].isGivenUp = true
            people[person].outbox[stream].produced = people[person].outbox[stream].sentUpTo
        }
    }

    private mutating func refused(_ error: ErrorFrame, person: Int, connection: Int) {
        if let group = Address(error.to).flatMap(groupLoad.place(of:)) {
            return refusedByGroup(group, error, person: person, connection: connection)
        }
        switch error.code {
        case .unavailable, .overloaded, .tooManyUnsent, .sequenceGap, .mailboxFull, .diskFull:
            guard let to = people.firstIndex(where: { $0.name == error.to }) else { return }
            if error.code == .sequenceGap, let stream = people[person].outbox.first(where: { $0.to == to }),
                error.expected <= stream.sentUpTo, error.number == stream.sentUpTo + 1
            {
                if record.bereft.contains(slot(of: error.to)) { return giveUp(person, to: to) }
                return violate(
                    .clientRules,
                    "\(people[person].name) has \(stream.sentUpTo) sent; the node expects \(error.expected)")
            }
            guard let stream = people[person].outbox.firstIndex(where: { $0.to == to && !$0.isPausing }) else { return }
            people[person].outbox[stream].isPausing = true
            agenda.add(
                .resend(person: person, connection: connection, to: to),
                at: now + .milliseconds(50 + UInt64(random.below(500))))
        case .sessionReplaced, .deviceRemoved, .accountDisabled, .unauthenticated:
            break
        case .badAck where record.bereft.contains(slot(of: people[person].name)):
            // The owner that was left does not know what this device had stored.
            break
        case .badAck where isUnsentRead(of: error.number, person: person):
            break
        case .sequenceReused where record.bereft.contains(slot(of: error.to)):
            guard let to = people.firstIndex(where: { $0.name == error.to }) else { return }
            giveUp(person, to: to)
        case .badFrame, .bodyTooLarge, .badUserName, .unknownUser, .badNumber, .sequenceReused, .badAck, .notAMember,
            .notYours, .tooLate, .rateLimited, .tooManyWatched:
            violate(.clientRules, "\(people[person].name) kept the rules and was refused: \(error.code) \(error.text)")
        }
    }
}
