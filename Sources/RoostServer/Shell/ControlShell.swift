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
    let logger: Logger
    let directory: DataDirectory
    let log: LogService
    let shards: [ShardShell]
    private let peers: [ShardPeers]
    let lives: PeerLives
    private(set) var machine: ControlMachine
    private var actions: [ControlAction] = []
    private var gossip: GossipPort?
    private var timer: Scheduled<Void>?
    private var timerDeadline = Instant.distantFuture
    private var keeping: RepeatedTask?
    private var initAnswers: [UInt64: @Sendable (InitAnswer) -> Void] = [:]
    private var changeAnswers: [UInt64: @Sendable (RingChangeAnswer) -> Void] = [:]
    var statusCollections: [UInt64: StatusCollection] = [:]
    private var lastToken: UInt64 = 0
    /// Says once that this node has to stop: it is a member no more, or must not serve.
    let ends: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation
    /// Why it must not serve; `nil` for a node that is well, or has left.
    private(set) var refusal: NodeRefusal?
    private(set) var isDraining = false

    init(
        machine: ControlMachine, loop: any EventLoop, directory: DataDirectory, log: LogService, shards: [ShardShell],
        peers: [ShardPeers], lives: PeerLives, counters: NodeCounters, logger: Logger
    ) {
        self.machine = machine
        self.loop = loop
        local = machine.local
        self.directory = directory
        self.log = log
        self.shards = shards
        self.peers = peers
        self.lives = lives
        self.counters = counters
        self.logger = logger
        (ends, end) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins to gossip through this socket.
    func start(_ gossip: GossipPort) {
        self.gossip = gossip
        turn { machine, actions in machine.start(now: Clock.now, into: &actions) }
        keeping = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in
            self?.keepLives()
        }
    }

    /// Goes on to gossip through another socket.
    func resume(_ gossip: GossipPort) {
        loop.assertInEventLoop()
        self.gossip = gossip
    }

    // MARK: Turns

    func turn(_ event: (inout ControlMachine, inout [ControlAction]) -> Void) {
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
        case .persistVote(let vote, let token):
            persist(vote, token: token)
        case .changeAnswer(let token, let answer):
            changeAnswers.removeValue(forKey: token)?(answer)
        case .removed(let record):
            removed(by: record)
        case .outvoted(let record):
            refuse(
                .outvoted(
                    node: local.name, directory: directory.path, cluster: record.clusterID, epoch: record.number))
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
            verifyIdentity(claimedAt: address)
        case .datagramDropped(let reason):
            counters.datagramDropped("\(reason)".prefix { $0 != "(" }.description)
        case .forked(let epoch, let peer):
            logger.critical(
                "a node goes by another ring of the same epoch: this must not happen; keep both data directories",
                metadata: ["node": "\(name(of: peer))", "epoch": "\(epoch)"])
        case .ringRefused(let peer, let refusal):
            logger.warning("a ring was not taken", metadata: ["node": "\(name(of: peer))", "reason": "\(refusal)"])
        }
    }

    func name(of node: NodeID) -> String {
        machine.members.first { $0.description.id == node }?.description.name ?? "\(node)"
    }

    private func link(to targets: [ControlAction.Peer]) {
        guard refusal == nil else { return }
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

    private func persist(_ vote: EpochVote, token: UInt64) {
        do {
            try directory.write(VoteFile.name, vote.encode())
            machine.votePersisted(token, now: Clock.now, into: &actions)
        } catch {
            // Nothing was promised: the others decide without this voter.
            logger.critical("a vote could not be written", metadata: ["error": "\(error)"])
        }
    }

    private func removed(by record: EpochRecord) {
        logger.notice(
            "this node is a member no more and stops; its data directory is of no use to it any more",
            metadata: ["epoch": "\(record.number)", "cluster": "\(record.clusterID)"])
        end.yield()
    }

    /// Stops this node for good: from now on it speaks to nobody.
    func refuse(_ reason: NodeRefusal) {
        loop.assertInEventLoop()
        guard refusal == nil else { return }
        refusal = reason
        lives.with { $0.end() }
        gossip = nil
        logger.critical("this node must not serve and stops", metadata: ["reason": "\(reason)"])
        for shard in shards { shard.loop.execute { shard.closeLinks() } }
        if reason.isForGood {
            do {
                try directory.write(RefusalFile.name, Array(reason.description.utf8))
            } catch {
                logger.critical("the refusal could not be written", metadata: ["error": "\(error)"])
            }
        }
        end.yield()
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
        let known = machine.members.map(\.description.id)
        lives.with { $0.keep(only: known) }
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
            case .fetchRing, .ring, .prepareEpoch, .prepareRescue, .epochPromised, .acceptEpoch, .epochAccepted,
                .epochConflict,
                .merged:
                turn { machine, actions in machine.received(message, from: peer, now: Clock.now, into: &actions) }
            case .askStatus(let token):
                ownStatus { status in
                    _ = self.shards[0].send(.status(token: token, status), to: peer)
                }
            case .status(let token, let status):
                received(status, token: token, from: peer)
            }
        }
    }

    /// Everything that this node is to hold of a slot is on its disk; said by a shard, on any loop.
    func slotMerged(slot: Slot, version: UInt64) {
        loop.execute { [self] in
            turn { machine, actions in
                machine.slotMerged(slot, version: version, now: Clock.now, into: &actions)
            }
        }
    }

    // MARK: Operators

    /// Makes a cluster of the nodes that wait.
    func initialize(expected: Int, slotCount: SlotCount) async -> InitAnswer {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                let token = takeToken()
                initAnswers[token] = { continuation.resume(returning: $0) }
                turn { machine, actions in
                    machine.initRequested(
                        token: token, expected: expected, slotCount: slotCount, now: Clock.now, into: &actions)
                }
            }
        }
    }

    /// Changes the ring, or says why not; returns when it is decided.
    func change(_ request: RingRequest) async throws(RingRequestError) -> RingChangeAnswer {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<RingChangeAnswer, RingRequestError>, Never>) in
            loop.execute { [self] in
                do throws(RingRequestError) {
                    let change = try machine.change(for: request)
                    let token = takeToken()
                    changeAnswers[token] = { continuation.resume(returning: .success($0)) }
                    logger.notice("an operator asks for a change of the ring", metadata: ["change": "\(request)"])
                    turn { machine, actions in
                        machine.changeRequested(token: token, change, now: Clock.now, into: &actions)
                    }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Reads what the machine knows.
    func read<Value: Sendable>(_ value: @escaping @Sendable (borrowing ControlMachine) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in continuation.resume(returning: value(machine)) }
        }
    }

    /// A number that names one question of an operator's.
    func takeToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }

    // MARK: Stopping

    /// Tells the others that this node goes. One that must not serve says nothing: it would be taken for the node whose
    /// identity it has.
    func drain() {
        loop.assertInEventLoop()
        isDraining = true
        guard refusal == nil else { return }
        turn { machine, actions in machine.leave(now: Clock.now, into: &actions) }
    }

    func stop() {
        timer?.cancel()
        keeping?.cancel()
        gossip = nil
        keepLives(isLast: true)
    }
}

/// Where the ring in force is kept.
enum RingFile {
    static let name = "ring"
}

/// Where this node's part in deciding the next ring is kept.
enum VoteFile {
    static let name = "vote"
}
