import RoostCore
import RoostNode
import RoostSession

extension Simulation {
    private static let thinkMillisecondsMax = 1500

    // MARK: Accounts

    /// Registers everybody through some node each, and lets them begin.
    mutating func register() {
        for index in 0..<options.people {
            guard let user = UserName("person-\(index)") else { return violate("no such name") }
            let secret = (0..<AccessToken.secretBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let token = AccessToken(user: user, device: random.next() | 1, secret: secret)
            let window = options.hasSmallWindows ? 1 + random.below(3) : 0
            people.append(
                Person(
                    index: index, user: user, device: token.device, token: token, window: window,
                    left: options.messagesEach))
            // Two nodes at once: exactly one of them may succeed.
            let first = random.below(nodes.count)
            let second = random.below(nodes.count)
            for (place, node) in [first, second].enumerated() {
                create(index, salt: UInt8(place), at: node, answer: UInt64(index * 2 + place + 1))
            }
        }
        for _ in 0..<100 where accountAnswers.count < 2 * people.count { step(until: now + .milliseconds(250)) }
        for index in people.indices {
            let answers = [accountAnswers[UInt64(index * 2 + 1)], accountAnswers[UInt64(index * 2 + 2)]]
            let made = answers.count { answer in
                if case .account(.some) = answer { true } else { false }
            }
            // Two winners never; none only while somebody cannot tell.
            let isUnknown = answers.contains { $0 == .outcomeUnknown || $0 == .unavailable }
            if made > 1 || made == 0 && !isUnknown {
                violate("\(people[index].name) was registered \(made) times: \(answers)")
            }
            if made == 0 { createAtLast(index) }
        }
        for index in people.indices {
            for _ in 0..<(1 + random.below(2)) {
                let to = random.below(people.count)
                if !people[index].outbox.contains(where: { $0.to == to }) { people[index].outbox.append(.init(to: to)) }
            }
            agenda.add(.connect(person: index), at: now + .milliseconds(UInt64(random.below(1000))))
            agenda.add(.produce(person: index), at: now + .milliseconds(UInt64(random.below(1000))))
        }
    }

    private mutating func create(_ index: Int, salt: UInt8, at node: Int, answer: UInt64) {
        let person = people[index]
        let device = Account.Device(
            id: person.device, secretHash: person.token.secretHash, addedAtMilliseconds: 1)
        let password = PasswordRecord(costLog2: 15, blockSize: 8, parallelism: 3, salt: [salt], hash: [2])
        let account = Account(name: person.user, password: password, devices: [device])
        shard(node) { machine, now, actions in
            machine.accountRequested(.change(person.user, .create(account)), token: answer, now: now, into: &actions)
        }
    }

    /// Nobody could tell whether the account was made: asks again, alone, until somebody can.
    private mutating func createAtLast(_ index: Int) {
        let answer = UInt64(1000 + index)
        for _ in 0..<10 {
            accountAnswers[answer] = nil
            create(index, salt: 0, at: random.below(nodes.count), answer: answer)
            for _ in 0..<100 where accountAnswers[answer] == nil { step(until: now + .milliseconds(250)) }
            switch accountAnswers[answer] {
            case .account(.some), .refused(.exists): return
            case .account(.none), .refused, .unavailable, .outcomeUnknown, nil: continue
            }
        }
        violate("\(people[index].name) could not be registered: \(String(describing: accountAnswers[answer]))")
    }

    // MARK: Writing

    mutating func produce(_ index: Int) {
        guard people[index].left > 0, !people[index].outbox.isEmpty else { return }
        people[index].left -= 1
        let stream = random.below(people[index].outbox.count)
        people[index].outbox[stream].produced += 1
        pump(index)
        agenda.add(
            .produce(person: index), at: now + .milliseconds(UInt64(1 + random.below(Simulation.thinkMillisecondsMax))))
    }

    /// Puts on the connection what has not been.
    private mutating func pump(_ index: Int) {
        guard case .online(_, let connection) = people[index].link else { return }
        for stream in people[index].outbox.indices where !people[index].outbox[stream].isPausing {
            while people[index].outbox[stream].next <= people[index].outbox[stream].produced {
                let outbox = people[index].outbox[stream]
                let send = ClientFrame.Send(
                    to: people[outbox.to].name, stream: Person.streamNumber, number: outbox.next,
                    body: Person.body(from: index, to: outbox.to, number: outbox.next),
                    isRetry: outbox.next <= outbox.written)
                people[index].outbox[stream].written = max(outbox.written, outbox.next)
                people[index].outbox[stream].next += 1
                say(.send(send), person: index, connection: connection)
            }
        }
    }

    mutating func resend(_ index: Int, connection: Int, to: Int) {
        guard case .online(_, connection) = people[index].link,
            let stream = people[index].outbox.firstIndex(where: { $0.to == to })
        else { return }
        people[index].outbox[stream].isPausing = false
        people[index].outbox[stream].next = people[index].outbox[stream].sentUpTo + 1
        pump(index)
    }

    private mutating func say(_ frame: ClientFrame, person: Int, connection: Int) {
        let arrival = max(now + clientLatency(), lastClientArrival[connection * 2] ?? .zero)
        lastClientArrival[connection * 2] = arrival
        agenda.add(.clientFrame(person: person, connection: connection, frame), at: arrival)
    }

    private mutating func clientLatency() -> TimeSpan { TimeSpan(nanoseconds: 20_000 + random.next() % 2_000_000) }

    // MARK: Connections

    mutating func connect(_ index: Int) {
        guard people[index].link == .offline else { return }
        let node = random.below(nodes.count)
        guard nodes[node].isUp, nodes[node].hasRing else { return connectLater(index) }
        nextConnection += 1
        let connection = nextConnection
        people[index].link = .greeting(node: node, connection: connection)
        people[index].unacknowledged = [:]
        var token: GatewayToken = 0
        shard(node) { machine, now, _ in token = machine.clientOpened(bearerToken: nil, now: now) }
        nodes[node].sessions[token] = (index, connection)
        nodes[node].tokens[connection] = token
        trace.note(now, "\(people[index].name) connects to n\(node)")
        let hello = ClientFrame.Hello(token: people[index].token.text, window: people[index].window)
        say(.hello(hello), person: index, connection: connection)
    }

    private mutating func connectLater(_ index: Int) {
        agenda.add(.connect(person: index), at: now + .milliseconds(100 + UInt64(random.below(3000))))
    }

    mutating func breakConnection(_ index: Int) {
        switch people[index].link {
        case .offline: return
        case .greeting(let node, let connection), .online(let node, let connection):
            trace.note(now, "\(people[index].name) loses its connection to n\(node)")
            people[index].link = .offline
            connectLater(index)
            guard let token = nodes[node].tokens.removeValue(forKey: connection) else { return }
            nodes[node].sessions[token] = nil
            shard(node) { machine, now, actions in machine.clientClosed(session: token, now: now, into: &actions) }
        }
    }

    mutating func clientFrame(_ person: Int, connection: Int, _ frame: ClientFrame) {
        guard let node = nodes.firstIndex(where: { $0.tokens[connection] != nil }),
            let token = nodes[node].tokens[connection], nodes[node].isUp
        else { return }
        let wall = clock(node).nanoseconds / 1_000_000
        trace.note(now, "\(people[person].name) says \(frame)")
        shard(node) { machine, now, actions in
            machine.clientSent(frame, session: token, now: now, wallMilliseconds: wall, into: &actions)
        }
    }

    mutating func sendToClient(_ frame: ServerFrame, from node: Int, token: GatewayToken) {
        guard let (person, connection) = nodes[node].sessions[token] else { return }
        let arrival = max(now + clientLatency(), lastClientArrival[connection * 2 + 1] ?? .zero)
        lastClientArrival[connection * 2 + 1] = arrival
        agenda.add(.serverFrame(person: person, connection: connection, frame), at: arrival)
    }

    mutating func closeClient(from node: Int, token: GatewayToken, _ code: CloseCode) {
        guard let (person, connection) = nodes[node].sessions.removeValue(forKey: token) else { return }
        nodes[node].tokens[connection] = nil
        let arrival = max(now + clientLatency(), lastClientArrival[connection * 2 + 1] ?? .zero)
        agenda.add(.serverClosed(person: person, connection: connection, code), at: arrival)
        // The shell hears of the socket's end later, as in production.
        shardLater(node, token)
    }

    private mutating func shardLater(_ node: Int, _ token: GatewayToken) {
        closing.append((node, nodes[node].life, token))
    }

    mutating func serverClosed(_ person: Int, connection: Int, _ code: CloseCode) {
        switch people[person].link {
        case .greeting(_, connection), .online(_, connection):
            trace.note(now, "\(people[person].name) is closed: \(code)")
            people[person].link = .offline
            if code == .unauthenticated { violate("\(people[person].name) was not let in with its own token") }
            connectLater(person)
        case .offline, .greeting, .online:
            break
        }
        for (node, life, token) in closing where nodes[node].isUp && nodes[node].life == life {
            shard(node) { machine, now, actions in machine.clientClosed(session: token, now: now, into: &actions) }
        }
        closing = []
    }

    /// Receipts may be lost with a link; a client that misses one asks.
    mutating func ask(_ person: Int, connection: Int) {
        guard case .online(_, connection) = people[person].link else { return }
        for stream in people[person].outbox where stream.deliveredUpTo < stream.sentUpTo {
            let query = ClientFrame.query(id: 1, to: people[stream.to].name, stream: Person.streamNumber)
            say(query, person: person, connection: connection)
        }
        agenda.add(.ask(person: person, connection: connection), at: now + .seconds(5))
    }

    // MARK: Reading

    mutating func serverFrame(_ person: Int, connection: Int, _ frame: ServerFrame) {
        switch people[person].link {
        case .greeting(let node, connection):
            trace.note(now, "\(people[person].name) hears \(frame)")
            guard case .welcome = frame else { return }
            people[person].link = .online(node: node, connection: connection)
            for stream in people[person].outbox.indices {
                people[person].outbox[stream].isPausing = false
                people[person].outbox[stream].next = people[person].outbox[stream].sentUpTo + 1
            }
            pump(person)
            agenda.add(.ask(person: person, connection: connection), at: now + .seconds(5))
        case .online(_, connection):
            trace.note(now, "\(people[person].name) hears \(frame)")
            hear(frame, person: person, connection: connection)
        case .offline, .greeting, .online:
            break
        }
    }

    private mutating func hear(_ frame: ServerFrame, person: Int, connection: Int) {
        switch frame {
        case .sent(let to, let number, let upTo):
            guard let stream = outbox(person, to: to), number == Person.streamNumber else {
                return violate("\(people[person].name) was told of a stream it does not have")
            }
            if upTo > people[person].outbox[stream].written {
                violate("\(people[person].name) was told that \(upTo) is sent and never sent it")
            }
            people[person].outbox[stream].sentUpTo = max(people[person].outbox[stream].sentUpTo, upTo)
        case .message(let message):
            take(message, person: person, connection: connection)
        case .receipt(let reader, _, let deliveredUpTo, _):
            guard let stream = outbox(person, to: reader) else { return }
            let reached = people[people[person].outbox[stream].to].watermarks[
                StreamKey(device: people[person].device, stream: Person.streamNumber)]
            if deliveredUpTo > reached ?? 0 {
                violate("\(people[person].name) was told of a delivery that has not happened")
            }
            people[person].outbox[stream].deliveredUpTo = max(
                people[person].outbox[stream].deliveredUpTo, deliveredUpTo)
        case .error(let error):
            refused(error, person: person, connection: connection)
        case .state(let state):
            guard let stream = outbox(person, to: state.to) else { return }
            people[person].outbox[stream].deliveredUpTo = max(
                people[person].outbox[stream].deliveredUpTo, state.deliveredUpTo)
        case .welcome, .accepted, .pong, .drained, .bye:
            break
        }
    }

    private func outbox(_ person: Int, to: UserName) -> Int? {
        people[person].outbox.firstIndex { people[$0.to].user == to }
    }

    private mutating func take(_ message: ServerFrame.Message, person: Int, connection: Int) {
        guard let from = people.firstIndex(where: { $0.user == message.from && $0.device == message.key.device }) else {
            return violate("\(people[person].name) got a message of nobody")
        }
        if message.body != Person.body(from: from, to: person, number: message.number) {
            violate("\(people[person].name) got another message than was sent: \(message.from) \(message.number)")
        }
        let watermark = people[person].watermarks[message.key] ?? 0
        switch message.number {
        case ...watermark:
            repeated += 1
        case watermark + 1:
            people[person].watermarks[message.key] = message.number
            people[person].receivedCount += 1
        default:
            violate("\(people[person].name) has stored \(watermark) and got \(message.number) of \(message.from)")
        }
        if people[person].unacknowledged.isEmpty {
            agenda.add(
                .acknowledge(person: person, connection: connection),
                at: now + .milliseconds(UInt64(random.below(options.hasSmallWindows ? 400 : 20))))
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
    }

    private mutating func refused(_ error: ErrorFrame, person: Int, connection: Int) {
        switch error.code {
        case .unavailable, .overloaded, .tooManyUnsent, .sequenceGap, .mailboxFull, .diskFull:
            guard let to = people.firstIndex(where: { $0.name == error.to }) else { return }
            if error.code == .sequenceGap, let stream = people[person].outbox.first(where: { $0.to == to }),
                error.expected <= stream.sentUpTo, error.number == stream.sentUpTo + 1
            {
                return violate("\(people[person].name) has \(stream.sentUpTo) sent; the node expects \(error.expected)")
            }
            guard let stream = people[person].outbox.firstIndex(where: { $0.to == to && !$0.isPausing }) else { return }
            people[person].outbox[stream].isPausing = true
            agenda.add(
                .resend(person: person, connection: connection, to: to),
                at: now + .milliseconds(50 + UInt64(random.below(500))))
        case .sessionReplaced, .deviceRemoved, .unauthenticated:
            break
        case .badFrame, .bodyTooLarge, .badUserName, .unknownUser, .badNumber, .sequenceReused, .badAck:
            violate("\(people[person].name) kept the rules and was refused: \(error.code) \(error.text)")
        }
    }
}
