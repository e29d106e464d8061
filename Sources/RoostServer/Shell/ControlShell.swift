import Logging
import NIOCore
import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostStorage

/// Runs the ``ControlMachine`` on the node's first event loop: gossip socket, ring file, links, and operators' questions.
final class ControlShell: @unchecked Sendable {
    // `@unchecked`: every member is touched on `loop` alone, but for the constants.

    let loop: any EventLoop
    let local: MemberDescription
    let counters: NodeCounters
    private let logger: Logger
    private let directory: DataDirectory
    private let log: LogService
    private let shards: [ShardShell]
    private let peers: [ShardPeers]
    private var machine: ControlMachine
    private var actions: [ControlAction] = []
    private var gossip: GossipPort?
    private var timer: Scheduled<Void>?
    private var timerDeadline = Instant.distantFuture
    private var initAnswers: [UInt64: @Sendable (InitAnswer) -> Void] = [:]
    private var statusCollections: [UInt64: StatusCollection] = [:]
    private var nextToken: UInt64 = 1
    private(set) var isDraining = false

    /// Statuses that are being asked for.
    private final class StatusCollection {
        var statuses: [NodeID: NodeStatus]
        let expected: Int
        let finish: @Sendable ([NodeStatus]) -> Void

        init(statuses: [NodeID: NodeStatus], expected: Int, finish: @escaping @Sendable ([NodeStatus]) -> Void) {
            self.statuses = statuses
            self.expected = expected
            self.finish = finish
        }
    }

    /// How long nodes may take to say how they are.
    private static let statusPatience = TimeAmount.milliseconds(1000)

    init(
        machine: ControlMachine, loop: any EventLoop, directory: DataDirectory, log: LogService, shards: [ShardShell],
        peers: [ShardPeers], counters: NodeCounters, logger: Logger
    ) {
        self.machine = machine
        self.loop = loop
        local = machine.local
        self.directory = directory
        self.log = log
        self.shards = shards
        self.peers = peers
        self.counters = counters
        self.logger = logger
    }

    /// Begins to gossip through this socket.
    func start(_ gossip: GossipPort) {
        self.gossip = gossip
        turn { machine, actions in machine.start(now: Clock.now, into: &actions) }
    }

    // MARK: Turns

    private func turn(_ event: (inout ControlMachine, inout [ControlAction]) -> Void) {
        loop.assertInEventLoop()
        event(&machine, &actions)
        while !actions.isEmpty {
            let batch = actions
            actions.removeAll(keepingCapacity: true)
            for action in batch { carryOut(action) }
        }
        schedule()
    }

    private func schedule() {
        let deadline = machine.nextDeadline
        guard deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        guard deadline < .distantFuture else { return }
        let pause = Int64(clamping: deadline.since(Clock.now).nanoseconds)
        timer = loop.scheduleTask(in: .nanoseconds(pause)) { [self] in
            timerDeadline = .distantFuture
            turn { machine, actions in machine.timerFired(now: Clock.now, into: &actions) }
        }
    }

    private func carryOut(_ action: ControlAction) {
        switch action {
        case .sendDatagram(let datagram, let address):
            gossip?.send(datagram, to: address)
        case .send(let peer, let message):
            _ = shards[0].send(message, to: peer)
        case .link(let targets):
            link(to: targets)
        case .persist(let record):
            persist(record)
        case .adopt(let record):
            adopt(record)
        case .initAnswer(let token, let answer):
            initAnswers.removeValue(forKey: token)?(answer)
        case .memberChanged(let node, let status):
            logger.info("gossip holds a node for \(status)", metadata: ["node": "\(name(of: node))"])
        case .identityConflict(let address):
            logger.error(
                "another process uses this node's identity: is its data directory a copy?",
                metadata: ["address": "\(address)"])
        case .datagramDropped(let reason):
            counters.datagramDropped("\(reason)".prefix { $0 != "(" }.description)
        case .ringRefused(let peer, let refusal):
            logger.warning("a ring was not taken", metadata: ["node": "\(name(of: peer))", "reason": "\(refusal)"])
        }
    }

    private func name(of node: NodeID) -> String {
        machine.members.first { $0.description.id == node }?.description.name ?? "\(node)"
    }

    private func link(to targets: [ControlAction.Peer]) {
        for (shard, peers) in zip(shards, peers) {
            shard.loop.execute {
                shard.link(to: targets.map { ($0.node, $0.address) }, delegate: peers)
            }
        }
    }

    private func persist(_ record: EpochRecord) {
        // Rings are rare: a few milliseconds of this loop are the simplest way to have it on disk first.
        do {
            try directory.write(RingFile.name, record.encode())
            machine.persisted(record, now: Clock.now, into: &actions)
        } catch {
            logger.critical("the ring could not be written", metadata: ["error": "\(error)"])
        }
    }

    private func adopt(_ record: EpochRecord) {
        let table = RingTable(record)
        let owned = table.slots(of: local.id).count
        logger.notice(
            "ring adopted",
            metadata: [
                "epoch": "\(record.number)", "cluster": "\(record.clusterID)", "members": "\(record.members.count)",
                "slots": "\(owned)",
            ])
        for (shard, peers) in zip(shards, peers) {
            shard.loop.execute {
                peers.adopt(record.clusterID)
                shard.adopt(table)
            }
        }
    }

    // MARK: Events

    func received(_ datagram: GossipDatagram, from address: String) {
        turn { machine, actions in machine.received(datagram, from: address, now: Clock.now, into: &actions) }
    }

    func datagramRefused() {
        counters.datagramDropped("malformed")
    }

    /// A message about the cluster came over a link, on any loop.
    func peerSent(_ message: ControlMessage, from peer: NodeID) {
        loop.execute { [self] in
            switch message {
            case .fetchRing, .ring:
                turn { machine, actions in machine.received(message, from: peer, now: Clock.now, into: &actions) }
            case .askStatus(let token):
                ownStatus { status in
                    _ = self.shards[0].send(.status(token: token, status), to: peer)
                }
            case .status(let token, let status):
                guard let collection = statusCollections[token], status.id == peer else { return }
                collection.statuses[peer] = status
                if collection.statuses.count == collection.expected { finishStatus(token) }
            }
        }
    }

    // MARK: Operators

    /// Makes a cluster of the nodes that wait.
    func initialize(expected: Int) async -> InitAnswer {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                nextToken += 1
                let token = nextToken
                initAnswers[token] = { continuation.resume(returning: $0) }
                turn { machine, actions in
                    machine.initRequested(token: token, expected: expected, now: Clock.now, into: &actions)
                }
            }
        }
    }

    /// The ring in force.
    func record() async -> EpochRecord? {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in continuation.resume(returning: machine.record) }
        }
    }

    /// How every node is that this one knows of, by name. One that does not answer in time is `unreachable`.
    func statuses() async -> [NodeStatus] {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                ownStatus { own in
                    self.collectStatuses(own) { continuation.resume(returning: $0) }
                }
            }
        }
    }

    /// How this node is; answered on the loop.
    func ownStatus(_ answer: @escaping @Sendable (NodeStatus) -> Void) {
        loop.assertInEventLoop()
        let record = machine.record
        let slots = record.map { RingTable($0).slots(of: local.id).count } ?? 0
        let isDraining = isDraining
        let futures = shards.map { shard in shard.loop.submit { shard.counts } }
        EventLoopFuture.whenAllSucceed(futures, on: loop).assumeIsolated().whenSuccess { [self] counts in
            answer(
                NodeStatus(
                    name: local.name, id: local.id, boot: local.boot, address: local.address,
                    clientAddress: local.clientAddress, zone: local.zone,
                    state: isDraining ? .draining : record == nil ? .waiting : .serving, epoch: record?.number ?? 0,
                    slots: slots, sessions: counts.reduce(0) { $0 + $1.sessions },
                    pendingMessages: counts.reduce(0) { $0 + $1.pendingMessages }, logBytes: log.bytesOnDisk,
                    isDiskFull: log.isDiskFull))
        }
    }

    private func collectStatuses(_ own: NodeStatus, _ finish: @escaping @Sendable ([NodeStatus]) -> Void) {
        nextToken += 1
        let token = nextToken
        let others = machine.members.filter { $0.description.id != local.id && $0.status != .left }
        statusCollections[token] = StatusCollection(
            statuses: [local.id: own], expected: others.count + 1, finish: finish)
        for member in others { _ = shards[0].send(.askStatus(token: token), to: member.description.id) }
        if others.isEmpty { return finishStatus(token) }
        loop.scheduleTask(in: ControlShell.statusPatience) { [self] in finishStatus(token) }
    }

    private func finishStatus(_ token: UInt64) {
        guard let collection = statusCollections.removeValue(forKey: token) else { return }
        for member in machine.members where collection.statuses[member.description.id] == nil && member.status != .left
        {
            let known = member.description
            collection.statuses[known.id] = NodeStatus(
                name: known.name, id: known.id, boot: known.boot, address: known.address,
                clientAddress: known.clientAddress, zone: known.zone, state: .unreachable)
        }
        collection.finish(collection.statuses.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) })
    }

    // MARK: Stopping

    /// Tells the others that this node goes.
    func drain() {
        loop.assertInEventLoop()
        isDraining = true
        turn { machine, actions in machine.leave(now: Clock.now, into: &actions) }
    }

    func stop() {
        timer?.cancel()
        gossip = nil
    }
}

/// Where the ring in force is kept.
enum RingFile {
    static let name = "ring"
}
