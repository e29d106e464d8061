import RoostCore
import RoostLog
import RoostMembership
import RoostNode
import RoostRing
import RoostSession
import RoostWire

extension Simulation {
    /// The node's own monotonic clock.
    func clock(_ node: Int) -> Instant { now + nodes[node].skew }

    /// The node's wall clock, in milliseconds.
    func wallClock(_ node: Int) -> UInt64 { nodes[node].wallMilliseconds + now.nanoseconds / 1_000_000 }

    // MARK: Lives

    /// Starts a node from what its disk holds.
    mutating func start(_ index: Int) {
        let node = nodes[index]
        guard !node.isUp, !node.isRemoved, !node.isLost, isStartable(index) else { return }
        node.life += 1
        node.disk.boot += 1
        let ring = ring(on: index)
        let address = SimulatedNode.address(node.host)
        var process = SeededRandom(seed: node.id.low ^ UInt64(index) << 32 ^ UInt64(node.life))
        let check = IdentityCheck(
            node: node.id, own: IdentityClaim(address: address, boot: node.disk.boot, process: process.next()),
            ringAddress: ring?.members.first { $0.id == node.id }?.address)
        guard !isTaken(check, startOf: index) else {
            trace.note(now, .directoryRefused, UInt64(index), saying: "n\(index) finds its original and does not start")
            record.refused += 1
            return
        }
        node.disk.address = address
        node.isUp = true
        var random = SeededRandom(seed: self.random.next())
        node.shard = ShardMachine(
            node: node.id, nodeName: "n\(index)", shard: 0, random: SeededRandom(seed: random.next()))
        let corruptions = replay(on: index)
        node.lives = LifeMachine(
            node: node.id,
            own: NodeLife(boot: node.disk.boot, process: check.own.process, position: node.disk.log.durablePosition),
            isLogDamaged: !corruptions.isEmpty, memory: memory(on: index), now: clock(index))
        node.control = SimulatedNode.control(
            index: index, host: node.host, id: node.id, boot: node.disk.boot, record: ring, vote: vote(on: index),
            hosts: occupants.count, random: random)
        node.hasRing = false
        node.table = nil
        node.timerAt = .distantFuture
        node.lastSync = now
        node.peers = []
        node.sessions = [:]
        node.tokens = [:]
        node.boots = [:]
        node.earlyVotes = [:]
        trace.note(
            now, .start, UInt64(index), node.disk.boot, UInt64(node.disk.log.recordCount),
            saying: "n\(index) starts, life \(node.disk.boot), \(node.disk.log.recordCount) records")
        shard(index) { machine, now, actions in machine.replayed(into: &actions) }
        tellDamage(corruptions, of: ring?.lines.count ?? 0, on: index)
        control(index) { machine, now, actions in machine.start(now: now, into: &actions) }
    }

    /// The ring that a new life begins with.
    private mutating func ring(on index: Int) -> EpochRecord? {
        guard let bytes = nodes[index].disk.ring else { return nil }
        do throws(RingError) {
            return try EpochRecord(decoding: bytes)
        } catch {
            violate(.log, "n\(index) cannot read its own ring: \(error)")
            return nil
        }
    }

    /// `kill -9`: one node, or all.
    mutating func crash(_ which: Int?, millisecondsDown: Int? = nil) {
        for index in which.map({ $0...$0 }) ?? 0...(nodes.count - 1) where nodes[index].isUp {
            let node = nodes[index]
            node.isUp = false
            node.isPaused = false
            node.stalled = []
            node.disk.cleaning = nil
            node.disk.log.crash(random: &random)
            trace.note(now, .crash, UInt64(index), UInt64(node.disk.log.end.bytes), saying: "n\(index) is killed")
            for session in node.sessions.values.sorted(by: { $0.connection < $1.connection }) {
                agenda.add(
                    .serverClosed(person: session.person, connection: session.connection, .internalError),
                    at: now + .milliseconds(UInt64(random.below(50))))
            }
            for other in nodes.indices where other != index { breakLink(from: other, to: index, within: 50) }
            for other in nodes.indices { links[linkIndex(index, other)] = nil }
            accounts.nodeDied(index)
            groupLoad.nodeDied(index)
            handleLoad.nodeDied(index)
            relationsLost(with: index)
            guard node.stranger == nil else {
                strangerEnded(index)
                continue
            }
            let down = millisecondsDown ?? 200 + random.below(options.downMilliseconds)
            agenda.add(.restart(node: index), at: now + .milliseconds(UInt64(down)))
        }
    }

    // MARK: Turns

    /// Lets a node's control machine take an event.
    mutating func control(
        _ index: Int, _ event: (inout ControlMachine, Instant, inout [ControlAction]) -> Void
    ) {
        guard nodes[index].isRunning else { return }
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
        shard(index) { simulation, actions in
            event(&simulation.nodes[index].shard, simulation.clock(index), &actions)
        }
    }

    /// Lets a node's shard take what the simulation hands it.
    mutating func shard(_ index: Int, _ event: (inout Simulation, inout [ShardAction]) -> Void) {
        guard nodes[index].isRunning else { return }
        var actions = shardActions
        shardActions = []
        event(&self, &actions)
        // What a node says to itself is heard in the same turn, as in production.
        var place = 0
        while place < actions.count {
            let action = actions[place]
            place += 1
            lieAbout(action, on: index, into: &actions)
            if case .send(let peer, let message) = action {
                noteSent(message, from: index, to: peer)
                guard peer == nodes[index].id else {
                    if let to = route(from: index, to: peer) { send(.message(message), from: index, to: to) }
                    continue
                }
                hear(roundTrip(message), from: index, on: index, into: &actions)
            } else {
                carryOut(action, on: index)
            }
        }
        actions.removeAll(keepingCapacity: true)
        shardActions = actions
        schedule(index)
    }

    /// A message comes to a node's shard, or what a broken rule makes of it.
    mutating func hear(_ message: PeerMessage, from: Int, on index: Int, into actions: inout [ShardAction]) {
        for (sender, told) in lies(about: message, from: from, to: index) {
            let before = actions.count
            nodes[index].shard.peerSent(told, from: nodes[sender].id, now: clock(index), into: &actions)
            checkFence(message, on: index, actions[before...])
        }
    }

    mutating func schedule(_ index: Int) {
        let node = nodes[index]
        let deadline = min(node.shardDeadline, node.controlDeadline)
        guard deadline < node.timerAt else { return }
        node.timerAt = deadline
        // Never at once again: a deadline in the past costs a microsecond, so that time goes on.
        let pause = max(deadline.since(clock(index)), TimeSpan(nanoseconds: 1000))
        agenda.add(.nodeTimer(node: index, life: node.life, deadline: deadline), at: now + pause)
    }

    mutating func nodeTimer(_ index: Int, life: Int, deadline: Instant) {
        let node = nodes[index]
        // Only the latest counts: others were set before something came up that was due earlier.
        guard node.isUp, node.life == life, node.timerAt == deadline else { return }
        node.timerAt = .distantFuture
        let isShardDue = clock(index) >= node.shardDeadline
        let isControlDue = clock(index) >= node.controlDeadline
        if isShardDue {
            let wall = wallClock(index) + (mutant == .endedEarly ? 3_600_000 : 0)
            shard(index) { machine, now, actions in
                machine.timerFired(now: now, wallMilliseconds: wall, into: &actions)
            }
        }
        if isControlDue { control(index) { machine, now, actions in machine.timerFired(now: now, into: &actions) } }
        schedule(index)
    }

    // MARK: Actions

    private mutating func carryOut(_ action: ControlAction, on index: Int) {
        switch action {
        case .sendDatagram(let datagram, let address):
            sendDatagram(datagram, from: index, to: address)
        case .send(let peer, let message):
            if let to = route(from: index, to: peer) { send(.control(message), from: index, to: to) }
        case .link(let peers):
            link(to: peers, on: index)
        case .persist(let record):
            persist(record, on: index)
        case .persistVote(let vote, let token):
            persistVote(vote, token: token, on: index)
        case .changeAnswer(let token, let answer):
            trace.note(now, .change, UInt64(index), token, saying: "change \(token): \(answer)".prefix(90).description)
        case .removed(let record), .outvoted(let record):
            removed(index, epoch: record.number)
        case .adopt(let record):
            adopt(record, on: index)
        case .initAnswer(_, let answer):
            trace.note(now, .initialized, UInt64(index), saying: "init: \(answer)".prefix(80).description)
        case .identityConflict(let address):
            guard options.restores + options.clones > 0 else {
                return violate(.directories, "n\(index) sees its identity used from \(address)")
            }
            trace.note(now, .claimed, UInt64(index), saying: "n\(index) sees its identity used from \(address)")
            let life = nodes[index].life
            agenda.add(.claimed(node: index, life: life, address: address), at: now + latency() + latency())
        case .forked(let epoch, let peer):
            violate(.epochChain, "n\(index) and \(peer) go by different records of epoch \(epoch)")
        case .ringRefused(let peer, let refusal):
            // A node that waits hears of rings without it all the time.
            if case .notAMember = refusal, nodes[index].table == nil { break }
            violate(.epochChain, "n\(index) refused the ring of \(peer): \(refusal)")
        case .memberChanged(let node, let status):
            trace.note(now, .status, UInt64(index), node.low, saying: "n\(index) holds \(node) for \(status)")
        case .datagramDropped:
            break
        }
    }

    private mutating func link(to peers: [ControlAction.Peer], on index: Int) {
        let known = nodes[index].peers
        nodes[index].peers = peers.compactMap { place(of: $0.node, at: $0.address) }
        for to in nodes[index].peers where !known.contains(to) {
            // A node that is said to be elsewhere is not spoken to any more where it was.
            for before in known where nodes[before].id == nodes[to].id { links[linkIndex(index, before)] = nil }
            agenda.add(.dial(from: index, to: to), at: now + latency())
        }
    }

    private mutating func adopt(_ record: EpochRecord, on index: Int) {
        nodes[index].hasRing = true
        trace.note(now, .adopted, UInt64(index), record.number, saying: "n\(index) adopts epoch \(record.number)")
        let table = RingTable(record)
        nodes[index].table = table
        let node = nodes[index].id
        nodes[index].disk.index.giveUp { !table.owners(of: table.slot(of: $0)).contains(node) }
        nodes[index].lives.keep(only: nodes[index].control.members.map(\.description.id))
        checkAdoption(of: record, table, on: index)
        shard(index) { machine, now, actions in machine.ringAdopted(table, now: now, into: &actions) }
        lieAboutMerges(table, on: index)
        lieAboutOldCopies(table, of: record, on: index)
    }

    private mutating func carryOut(_ action: ShardAction, on index: Int) {
        switch action {
        case .send:
            preconditionFailure("sends are carried out where they are found")
        case .frame(let token, let frame):
            sendToClient(frame, from: index, token: token)
        case .close(let token, let code):
            closeClient(from: index, token: token, code)
        case .append(let records, let isDurable, let token):
            append(records, isDurable: isDurable, token: token, on: index)
        case .read(let locations, let token):
            read(locations, token: token, on: index)
        case .freed(let segment, let bytes):
            guard mutant != .freedNotTold else { break }
            nodes[index].disk.log.release(segment: segment, bytes: bytes)
            agenda.add(.clean(node: index, life: nodes[index].life), at: now)
        case .cleaned(let segment):
            cleaned(segment, on: index)
        case .merged(let slot, let version):
            merged(slot, version: version, on: index)
        case .restored(let slot):
            restored(slot, on: index)
        case .lost(let damagedSlots, let messages):
            trace.note(
                now, .lost, UInt64(index), UInt64(damagedSlots), messages,
                saying: "n\(index) gives up \(messages) messages and what \(damagedSlots) damaged slots held")
        case .mailboxAnswer(let token, let answer):
            relationAnswered(token, isSo: answer == .erased)
        case .registerAnswer(let token, let answer):
            registerAnswered(token, answer)
        }
    }
}
