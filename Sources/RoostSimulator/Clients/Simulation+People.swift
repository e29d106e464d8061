import RoostCore
import RoostNode
import RoostSession

extension Simulation {
    private static let thinkMillisecondsMax = 1500

    // MARK: Writing

    mutating func produce(_ index: Int) {
        guard people[index].left + people[index].groupLeft > 0, !people[index].outbox.isEmpty else { return }
        if people[index].groupLeft > 0, people[index].left == 0 || random.below(2) == 0 {
            produceForGroup(index)
        } else {
            people[index].left -= 1
            let stream = random.below(people[index].outbox.count)
            if !people[index].outbox[stream].isGivenUp { people[index].outbox[stream].produced += 1 }
            pump(index)
        }
        agenda.add(
            .produce(person: index), at: now + .milliseconds(UInt64(1 + random.below(Simulation.thinkMillisecondsMax))))
    }

    /// Puts on the connection what has not been.
    mutating func pump(_ index: Int) {
        guard case .online(_, let connection) = people[index].link else { return }
        for stream in people[index].outbox.indices where !people[index].outbox[stream].isPausing {
            while people[index].outbox[stream].next <= people[index].outbox[stream].produced {
                let outbox = people[index].outbox[stream]
                let send = ClientFrame.Send(
                    to: people[outbox.to].name, stream: Person.streamNumber, number: outbox.next,
                    content: content(from: index, to: outbox.to, number: outbox.next),
                    isRetry: outbox.next <= outbox.written)
                if outbox.next > outbox.written {
                    noteFirstWriting(index, stream: stream, number: outbox.next, connection: connection)
                    let stream = RunRecord.Stream(sender: index, reader: outbox.to)
                    record.written[stream, default: [:]][outbox.next] = now
                    noteSilenced(stream, outbox.next)
                }
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

    mutating func say(_ frame: ClientFrame, person: Int, connection: Int) {
        let node: Int
        switch people[person].link {
        case .offline: return
        case .greeting(let at, _), .online(let at, _): node = at
        }
        let arrival = max(now + clientLatency(), lastClientArrival[connection * 2] ?? .zero)
        lastClientArrival[connection * 2] = arrival
        agenda.add(.clientFrame(node: node, person: person, connection: connection, frame), at: arrival)
    }

    private mutating func clientLatency() -> TimeSpan { TimeSpan(nanoseconds: 20_000 + random.next() % 2_000_000) }

    // MARK: Connections

    mutating func connect(_ index: Int) {
        guard people[index].link == .offline, !people[index].isResting else { return }
        let host = people[index].wantedHost.take() ?? random.below(occupants.count)
        let node = occupants[host]
        guard nodes[node].isRunning, nodes[node].hasRing else { return connectLater(index) }
        nextConnection += 1
        let connection = nextConnection
        people[index].link = .greeting(node: node, connection: connection)
        people[index].unacknowledged = [:]
        people[index].inFlight = 0
        people[index].hasDrained = false
        people[index].receiptsDue = []
        var token: GatewayToken = 0
        shard(node) { machine, now, _ in token = machine.clientOpened(bearerToken: nil, now: now) }
        nodes[node].sessions[token] = (index, connection)
        nodes[node].tokens[connection] = token
        trace.note(
            now, .connect, UInt64(index), UInt64(connection), UInt64(node),
            saying: "\(people[index].name) connects to n\(node)")
        let hello = ClientFrame.Hello(token: people[index].token.text, window: people[index].window)
        say(.hello(hello), person: index, connection: connection)
    }

    mutating func connectLater(_ index: Int) {
        agenda.add(
            .connect(person: index), at: now + .milliseconds(100 + UInt64(random.below(options.awayMilliseconds))))
    }

    mutating func breakConnection(_ index: Int) {
        switch people[index].link {
        case .offline: return
        case .greeting(let node, let connection), .online(let node, let connection):
            trace.note(
                now, .disconnect, UInt64(index), UInt64(connection),
                saying: "\(people[index].name) loses its connection to n\(node)")
            people[index].link = .offline
            connectLater(index)
            guard let token = nodes[node].tokens[connection] else { return }
            // The node may take its time to notice: the device is back elsewhere while its old session stands.
            let lag = random.below(3) == 0 ? random.below(20_000) : random.below(5)
            agenda.add(
                .clientGone(node: node, life: nodes[node].life, token: token), at: now + .milliseconds(UInt64(lag)))
        }
    }

    /// A node hears that a client's socket is closed.
    mutating func clientGone(_ node: Int, life: Int, token: GatewayToken) {
        guard nodes[node].isUp, nodes[node].life == life else { return }
        if let session = nodes[node].sessions.removeValue(forKey: token) {
            nodes[node].tokens[session.connection] = nil
        }
        shard(node) { machine, now, actions in machine.clientClosed(session: token, now: now, into: &actions) }
    }

    mutating func clientFrame(_ person: Int, connection: Int, at node: Int, _ frame: ClientFrame) {
        guard let token = nodes[node].tokens[connection], nodes[node].isUp else { return }
        let wall = wallClock(node)
        trace.note(
            now, .says, UInt64(person), UInt64(connection), frame.fingerprint,
            saying: "\(people[person].name) says \(frame)")
        noteTyping(frame, by: person)
        shard(node) { machine, now, actions in
            machine.clientSent(frame, session: token, now: now, wallMilliseconds: wall, into: &actions)
        }
    }

    mutating func sendToClient(_ frame: ServerFrame, from node: Int, token: GatewayToken) {
        guard let (person, connection) = nodes[node].sessions[token] else { return }
        if case .sent(let to, let stream, let upTo) = frame {
            if let group = groupLoad.place(of: to) {
                groupSent(group, by: person, stream: stream, upTo: upTo)
            } else {
                checkSent(by: person, to: to, upTo: upTo, at: node)
            }
        }
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
        agenda.add(.clientGone(node: node, life: nodes[node].life, token: token), at: arrival)
    }

    mutating func serverClosed(_ person: Int, connection: Int, _ code: CloseCode) {
        switch people[person].link {
        case .greeting(_, connection), .online(_, connection):
            trace.note(
                now, .closed, UInt64(person), UInt64(connection), UInt64(code.rawValue),
                saying: "\(people[person].name) is closed: \(code)")
            people[person].link = .offline
            if code == .unauthenticated, people[person].revocation == .none {
                violate(.clientRules, "\(people[person].name) was not let in with its own token")
            }
            connectLater(person)
        case .offline, .greeting, .online:
            break
        }
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
}
