import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostSession
import RoostWire

extension Simulation {
    /// The node's own clock.
    func clock(_ node: Int) -> Instant { now + nodes[node].skew }

    // MARK: Lives

    /// Starts a node from what its disk holds.
    mutating func start(_ index: Int) {
        guard !nodes[index].isUp else { return }
        nodes[index].isUp = true
        nodes[index].life += 1
        nodes[index].disk.boot += 1
        let disk = nodes[index].disk
        var random = SeededRandom(seed: self.random.next())
        var shard = ShardMachine(
            node: nodes[index].id, nodeName: "n\(index)", shard: 0, random: SeededRandom(seed: random.next()))
        for (place, record) in disk.records.enumerated() {
            do throws(ByteReaderError) {
                try shard.replay(
                    kind: record.kind, head: record.head, bodyBytes: record.body.count, at: disk.location(place))
            } catch {
                violate("n\(index) cannot read its own log: \(error)")
            }
        }
        var record: EpochRecord?
        if let ring = disk.ring {
            do throws(RingError) {
                record = try EpochRecord(decoding: ring)
            } catch {
                violate("n\(index) cannot read its own ring: \(error)")
            }
        }
        nodes[index].shard = shard
        nodes[index].control = SimulatedNode.control(
            index: index, id: nodes[index].id, boot: disk.boot, record: record, nodes: nodes.count, random: random)
        nodes[index].hasRing = false
        nodes[index].timerAt = .distantFuture
        nodes[index].peers = []
        nodes[index].sessions = [:]
        nodes[index].tokens = [:]
        nodes[index].lives = [:]
        trace.note(now, "n\(index) starts, life \(disk.boot), \(disk.records.count) records")
        control(index) { machine, now, actions in machine.start(now: now, into: &actions) }
    }

    /// `kill -9`: one node, or all.
    mutating func crash(_ which: Int?) {
        for index in which.map({ $0...$0 }) ?? 0...(nodes.count - 1) where nodes[index].isUp {
            nodes[index].isUp = false
            nodes[index].disk.crash(random: &random)
            trace.note(now, "n\(index) is killed, \(nodes[index].disk.records.count) records stay")
            for session in nodes[index].sessions.values.sorted(by: { $0.connection < $1.connection }) {
                agenda.add(
                    .serverClosed(person: session.person, connection: session.connection, .internalError),
                    at: now + .milliseconds(UInt64(random.below(50))))
            }
            for other in nodes.indices where other != index { breakLink(from: other, to: index, within: 50) }
            for other in nodes.indices { links[linkIndex(index, other)] = nil }
            agenda.add(.restart(node: index), at: now + .milliseconds(200 + UInt64(random.below(8000))))
        }
    }

    // MARK: Turns

    /// Lets a node's control machine take an event.
    mutating func control(
        _ index: Int, _ event: (inout ControlMachine, Instant, inout [ControlAction]) -> Void
    ) {
        guard nodes[index].isUp else { return }
        var actions = controlActions
        controlActions = []
        event(&nodes[index].control, clock(index), &actions)
        for action in actions { carryOut(action, on: index) }
        actions.removeAll(keepingCapacity: true)
        controlActions = actions
        schedule(index)
    }

    /// Lets a node's shard take an event.
    mutating func shard(_ index: Int, _ event: (inout ShardMachine, Instant, inout [ShardAction]) -> Void) {
        guard nodes[index].isUp else { return }
        var actions = shardActions
        shardActions = []
        event(&nodes[index].shard, clock(index), &actions)
        // What a node says to itself is heard in the same turn, as in production.
        var place = 0
        while place < actions.count {
            if case .send(let peer, let message) = actions[place], peer == nodes[index].id {
                nodes[index].shard.peerSent(roundTrip(message), from: peer, now: clock(index), into: &actions)
            } else {
                carryOut(actions[place], on: index)
            }
            place += 1
        }
        actions.removeAll(keepingCapacity: true)
        shardActions = actions
        schedule(index)
    }

    private mutating func schedule(_ index: Int) {
        let deadline = min(nodes[index].shard.nextDeadline, nodes[index].control.nextDeadline)
        guard deadline < nodes[index].timerAt else { return }
        nodes[index].timerAt = deadline
        // Never at once again: a deadline in the past costs a microsecond, so that time goes on.
        let pause = max(deadline.since(clock(index)), TimeSpan(nanoseconds: 1000))
        agenda.add(.nodeTimer(node: index, life: nodes[index].life), at: now + pause)
    }

    mutating func nodeTimer(_ index: Int, life: Int) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        nodes[index].timerAt = .distantFuture
        if clock(index) >= nodes[index].shard.nextDeadline {
            shard(index) { machine, now, actions in machine.timerFired(now: now, into: &actions) }
        }
        control(index) { machine, now, actions in
            if now >= machine.nextDeadline { machine.timerFired(now: now, into: &actions) }
        }
    }

    // MARK: Actions

    private mutating func carryOut(_ action: ControlAction, on index: Int) {
        switch action {
        case .sendDatagram(let datagram, let address):
            sendDatagram(datagram, from: index, to: address)
        case .send(let peer, let message):
            guard let to = nodes.firstIndex(where: { $0.id == peer }) else { return }
            send(.control(message), from: index, to: to)
        case .link(let peers):
            for peer in peers {
                guard let to = nodes.firstIndex(where: { $0.id == peer.node }), !nodes[index].peers.contains(to) else {
                    continue
                }
                nodes[index].peers.append(to)
                agenda.add(.dial(from: index, to: to), at: now + latency())
            }
        case .persist(let record):
            agenda.add(.ringSynced(node: index, life: nodes[index].life, record), at: now + syncTime())
        case .adopt(let record):
            nodes[index].hasRing = true
            trace.note(now, "n\(index) adopts epoch \(record.number)")
            let table = RingTable(record)
            shard(index) { machine, now, actions in machine.ringAdopted(table, now: now, into: &actions) }
        case .initAnswer(_, let answer):
            trace.note(now, "init: \(answer)".prefix(80).description)
        case .identityConflict(let address):
            violate("n\(index) sees its identity used from \(address)")
        case .ringRefused(let peer, let refusal):
            violate("n\(index) refused the ring of \(peer): \(refusal)")
        case .memberChanged(let node, let status):
            trace.note(now, "n\(index) holds \(node) for \(status)")
        case .datagramDropped:
            break
        }
    }

    private mutating func carryOut(_ action: ShardAction, on index: Int) {
        let life = nodes[index].life
        switch action {
        case .send(let peer, let message):
            guard let to = nodes.firstIndex(where: { $0.id == peer }) else { return }
            send(.message(message), from: index, to: to)
        case .frame(let token, let frame):
            sendToClient(frame, from: index, token: token)
        case .close(let token, let code):
            closeClient(from: index, token: token, code)
        case .append(let records, let isDurable, let token):
            let locations = nodes[index].disk.write(records)
            let count = nodes[index].disk.records.count
            if isDurable {
                let done = max(now + syncTime(), nodes[index].lastSync)
                nodes[index].lastSync = done
                agenda.add(
                    .synced(node: index, life: life, count: count, token: token, locations: locations), at: done)
            } else {
                agenda.add(
                    .written(node: index, life: life, token: token, locations: locations),
                    at: max(now + .milliseconds(1), nodes[index].lastSync))
            }
        case .read(let locations, let token):
            let bodies = locations.map { nodes[index].disk.body(at: $0) }
            agenda.add(.read(node: index, life: life, token: token, bodies: bodies), at: now + syncTime())
        case .freed, .cleaned:
            // The virtual disk keeps everything.
            break
        case .accountAnswer(let token, let answer):
            accountAnswers[token] = answer
        }
    }

    // MARK: Disk

    private mutating func syncTime() -> TimeSpan {
        TimeSpan(nanoseconds: 50_000 + random.next() % options.syncMax.nanoseconds)
    }

    mutating func synced(_ index: Int, life: Int, count: Int, token: UInt64, locations: [LogLocation]) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        nodes[index].disk.sync(count)
        trace.note(now, "n\(index) synced \(count)")
        shard(index) { machine, now, actions in
            machine.appended(token, locations: locations, now: now, into: &actions)
        }
    }

    mutating func written(_ index: Int, life: Int, token: UInt64, locations: [LogLocation]) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        shard(index) { machine, now, actions in
            machine.appended(token, locations: locations, now: now, into: &actions)
        }
    }

    mutating func readDone(_ index: Int, life: Int, token: UInt64, bodies: [[UInt8]?]) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        shard(index) { machine, now, actions in machine.read(token, bodies: bodies, now: now, into: &actions) }
    }

    mutating func ringSynced(_ index: Int, life: Int, _ record: EpochRecord) {
        guard nodes[index].isUp, nodes[index].life == life else { return }
        nodes[index].disk.ring = record.encode()
        control(index) { machine, now, actions in machine.persisted(record, now: now, into: &actions) }
    }
}
