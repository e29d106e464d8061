import NIOCore
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import RoostStorage
import RoostTransport
import RoostWire

/// Runs one ``ShardMachine`` on one event loop: brings it its events, carries out its actions, flushes once a turn.
///
/// Everything happens on the loop; there is no lock and no task. A message to this very node goes straight to the shard
/// it is for: in the same turn when that is this one, else in one hop for all of a turn's messages.
final class ShardShell: @unchecked Sendable {
    // `@unchecked`: handed between threads only as a reference; every member is touched on `loop` alone, but for the
    // constants.

    let shard: Int
    let loop: any EventLoop
    let node: NodeID
    let counters: NodeCounters
    private let log: LogService
    private var machine: ShardMachine
    private var actions: [ShardAction] = []
    private var isInTurn = false
    /// Messages to this shard of this node that came up during the turn.
    private var ownMessages: [PeerMessage] = []
    /// Messages to other shards of this node that came up during the turn.
    private var siblingMessages: [[PeerMessage]] = []
    private var siblings: [ShardShell] = []
    private var slotMerged: (Slot, UInt64) -> Void = { _, _ in }
    private var repairs: LogRepairs?
    private var clients: [GatewayToken: Client] = [:]
    private var tokens: [UInt64: GatewayToken] = [:]
    private var unflushedClients: [ClientConnection] = []
    private var links: [NodeID: PeerLink] = [:]
    private var unflushedLinks: [PeerLink] = []
    private var registerAnswers: [UInt64: @Sendable (RegisterAnswer) -> Void] = [:]
    private var mailboxAnswers: [UInt64: @Sendable (MailboxAnswer) -> Void] = [:]
    private var nextAccountToken: UInt64 = 1
    private var timer: Scheduled<Void>?
    private var timerDeadline = Instant.distantFuture

    /// A connected client.
    private struct Client {
        let connection: ClientConnection
        let encoding: ClientEncoding
        var needsFlush = false
    }

    init(machine: ShardMachine, loop: any EventLoop, log: LogService, counters: NodeCounters) {
        self.machine = machine
        shard = machine.shard
        node = machine.node
        self.loop = loop
        self.log = log
        self.counters = counters
    }

    /// Lets the shard know all of the node's, itself among them, and who is to hear of moved and damaged slots.
    func join(_ siblings: [ShardShell], repairs: LogRepairs, slotMerged: @escaping (Slot, UInt64) -> Void) {
        loop.assertInEventLoop()
        self.siblings = siblings
        self.slotMerged = slotMerged
        self.repairs = repairs
        siblingMessages = Array(repeating: [], count: siblings.count)
        // What the log's replay found dead, the log may take back.
        turn { machine, actions in machine.replayed(into: &actions) }
    }

    // MARK: Turns

    /// Lets the machine take an event and carries out everything that follows from it.
    func turn(_ event: (inout ShardMachine, inout [ShardAction]) -> Void) {
        loop.assertInEventLoop()
        precondition(!isInTurn, "a turn within a turn")
        isInTurn = true
        event(&machine, &actions)
        carryOut()
        while !ownMessages.isEmpty {
            let messages = ownMessages
            ownMessages.removeAll(keepingCapacity: true)
            let now = Clock.now
            for message in messages {
                machine.peerSent(message, from: node, now: now, into: &actions)
                carryOut()
            }
        }
        isInTurn = false
        flushSiblings()
        schedule()
    }

    /// Ends a cycle of turns: everything that was said goes out, in one write a socket.
    func flush() {
        for connection in unflushedClients {
            connection.flush()
            if let token = tokens[connection.id] { clients[token]?.needsFlush = false }
        }
        unflushedClients.removeAll(keepingCapacity: true)
        for link in unflushedLinks { link.flush() }
        unflushedLinks.removeAll(keepingCapacity: true)
    }

    private func carryOut() {
        var index = 0
        while index < actions.count {
            carryOut(actions[index])
            index += 1
        }
        actions.removeAll(keepingCapacity: true)
    }

    private func carryOut(_ action: ShardAction) {
        switch action {
        case .send(let peer, let message):
            send(message, to: peer)
        case .frame(let token, let frame):
            send(frame, to: token)
        case .close(let token, let code):
            guard let client = clients[token] else { return }
            client.connection.close(code: code.rawValue, reason: code.reason)
        case .append(let records, let isDurable, let token):
            let durability: LogDurability = isDurable ? .durable : .lazy
            if !log.append(records, durability: durability, shard: shard, token: token) {
                machine.appendRefused(token, now: Clock.now, into: &actions)
            }
        case .read(let locations, let token):
            log.read(locations, shard: shard, token: token)
        case .freed(let segment, let bytes):
            log.release(segment: segment, bytes: bytes)
        case .cleaned(let segment):
            log.cleaned(segment: segment, shard: shard)
        case .merged(let slot, let version):
            slotMerged(slot, version)
        case .restored(let slot):
            repairs?.restored(slot)
        case .lost(let damagedSlots, let messages):
            repairs?.lost(damagedSlots: damagedSlots, messages: messages)
        case .registerAnswer(let token, let answer):
            registerAnswers.removeValue(forKey: token)?(answer)
        case .mailboxAnswer(let token, let answer):
            mailboxAnswers.removeValue(forKey: token)?(answer)
        }
    }

    private func send(_ message: PeerMessage, to peer: NodeID) {
        guard peer == node else {
            guard let link = links[peer], link.isUp else { return }
            link.send(message)
            if unflushedLinks.last !== link, !unflushedLinks.contains(where: { $0 === link }) {
                unflushedLinks.append(link)
            }
            return
        }
        if case .expand(let expansion) = message {
            for (target, part) in expansion.parts(of: siblings.count) { hand(.expand(part), to: target) }
        } else {
            hand(message, to: message.shard(of: siblings.count))
        }
    }

    /// Hands a message of this node to one of its shards; `nil` for this one.
    private func hand(_ message: PeerMessage, to target: Int?) {
        switch target {
        case shard?: ownMessages.append(message)
        case .some(let other) where other < siblingMessages.count: siblingMessages[other].append(message)
        case .some: break
        case nil: ownMessages.append(message)
        }
    }

    private func flushSiblings() {
        for index in siblingMessages.indices where !siblingMessages[index].isEmpty {
            let messages = siblingMessages[index]
            siblingMessages[index].removeAll(keepingCapacity: true)
            let sibling = siblings[index]
            let node = node
            sibling.loop.execute { sibling.receive(messages.map { (node, $0) }) }
        }
    }

    private func schedule() {
        let deadline = ShardShell.nextDeadline(of: &machine)
        guard deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        let pause = Int64(clamping: deadline.since(Clock.now).nanoseconds)
        timer = loop.scheduleTask(in: .nanoseconds(pause)) { [self] in
            timerDeadline = .distantFuture
            turn { machine, actions in
                machine.timerFired(now: Clock.now, wallMilliseconds: Clock.wallMilliseconds, into: &actions)
            }
            flush()
        }
    }

    /// Asked of the machine where it is: read as a property of this object all of it is copied first, after every turn.
    private static func nextDeadline(of machine: inout ShardMachine) -> Instant { machine.nextDeadline }

    // MARK: Node

    /// Messages for this shard, from a node's link that ended on another loop or from another shard of this node.
    func receive(_ messages: [(peer: NodeID, message: PeerMessage)]) {
        let now = Clock.now
        turn { machine, actions in
            for (peer, message) in messages { machine.peerSent(message, from: peer, now: now, into: &actions) }
        }
        flush()
    }

    /// A ring was adopted.
    func adopt(_ ring: RingTable) {
        turn { machine, actions in machine.ringAdopted(ring, now: Clock.now, into: &actions) }
        flush()
    }

    /// Links to these nodes, and no others.
    func link(to peers: [(node: NodeID, address: String)], delegate: any PeerPortDelegate) {
        loop.assertInEventLoop()
        for (peer, link) in links where !peers.contains(where: { $0.node == peer && $0.address == link.address }) {
            link.close()
            links.removeValue(forKey: peer)
        }
        for (peer, address) in peers where links[peer] == nil && peer != node {
            links[peer] = PeerLink(to: peer, at: address, on: loop, delegate: delegate)
        }
    }

    func linkUp(_ peer: NodeID, isNewLife: Bool) {
        turn { machine, actions in
            let now = Clock.now
            if isNewLife { machine.nodeRestarted(peer, now: now, into: &actions) }
            machine.nodeReachable(peer, now: now, into: &actions)
        }
        flush()
    }

    func linkDown(_ peer: NodeID) {
        turn { machine, actions in machine.nodeUnreachable(peer, now: Clock.now, into: &actions) }
        flush()
    }

    /// Sends a message about the ring; false while the link is down.
    func send(_ message: ControlMessage, to peer: NodeID) -> Bool {
        guard let link = links[peer], link.isUp else { return false }
        link.send(message)
        link.flush()
        return true
    }

    /// What `status` shows.
    var counts: ShardMachine.Counts { machine.counts }

    /// Tells every client to come back elsewhere and closes.
    func drain(reason: String, spreadMilliseconds: UInt32) {
        turn { machine, actions in
            machine.drain(reason: reason, spreadMilliseconds: spreadMilliseconds, now: Clock.now, into: &actions)
        }
        flush()
    }

    /// Ends the links.
    func closeLinks() {
        for link in links.values { link.close() }
        links.removeAll()
    }

    // MARK: Log

    /// The log has answered.
    func logAnswered(_ completions: [LogCompletion]) {
        turn { machine, actions in
            let now = Clock.now
            for completion in completions {
                switch completion {
                case .appended(let token, let locations):
                    machine.appended(token, locations: locations, now: now, into: &actions)
                case .read(let token, let bodies):
                    machine.read(token, bodies: bodies, now: now, into: &actions)
                case .clean(let segment, let records):
                    machine.clean(segment: segment, records, into: &actions)
                case .diskFull(let isFull):
                    machine.setDiskFull(isFull)
                }
            }
        }
        flush()
    }

    /// The log cannot read a part of these slots.
    func slotsDamaged(_ slots: [SlotDamage]) {
        turn { machine, actions in machine.slotsDamaged(slots, now: Clock.now, into: &actions) }
        flush()
    }

    /// What waits for a user in this shard's copy; `nil` when there is none here.
    func queue(of user: Address) -> QueueFacts? { machine.queue(of: user) }

    // MARK: Accounts

    /// Carries out an account request; the answer comes on the loop.
    func request(_ request: RegisterRequest, answer: @escaping @Sendable (RegisterAnswer) -> Void) {
        let token = nextAccountToken
        nextAccountToken += 1
        registerAnswers[token] = answer
        turn { machine, actions in
            machine.registerRequested(request, token: token, now: Clock.now, into: &actions)
        }
        flush()
    }

    /// Carries out a question about mailboxes; the answer comes on the loop.
    func ask(_ request: MailboxRequest, answer: @escaping @Sendable (MailboxAnswer) -> Void) {
        let token = nextAccountToken
        nextAccountToken += 1
        mailboxAnswers[token] = answer
        turn { machine, actions in
            machine.mailboxRequested(request, token: token, now: Clock.now, into: &actions)
        }
        flush()
    }

    // MARK: Clients

    private func send(_ frame: ServerFrame, to token: GatewayToken) {
        guard let client = clients[token] else { return }
        client.connection.send(ClientFrameCodec.encode(frame, client.encoding))
        counters.sent(frame)
        guard !client.needsFlush else { return }
        clients[token]?.needsFlush = true
        unflushedClients.append(client.connection)
    }
}

extension ShardShell: ClientPortDelegate {
    func opened(_ connection: ClientConnection, encoding: ClientEncoding, bearerToken: String?) {
        counters.connectionOpened()
        turn { machine, _ in
            let token = machine.clientOpened(bearerToken: bearerToken, now: Clock.now)
            clients[token] = Client(connection: connection, encoding: encoding)
            tokens[connection.id] = token
        }
    }

    func received(_ connection: ClientConnection, _ message: ByteBuffer) {
        guard let token = tokens[connection.id], let client = clients[token] else { return }
        do throws(WireError) {
            let frame = try ClientFrameCodec.decodeClientFrame(Array(message.readableBytesView), client.encoding)
            counters.received(frame)
            let now = Clock.now
            turn { machine, actions in
                machine.clientSent(
                    frame, session: token, now: now, wallMilliseconds: Clock.wallMilliseconds, into: &actions)
            }
        } catch {
            counters.frameRefused()
            let refusal = error.refusal
            turn { machine, actions in
                machine.clientSentMalformed(refusal, session: token, now: Clock.now, into: &actions)
            }
        }
    }

    func readCycleEnded(_ connection: ClientConnection) {
        if let token = tokens[connection.id] { machine.clientHeard(session: token, now: Clock.now) }
        flush()
    }

    func writabilityChanged(_ connection: ClientConnection, isWritable: Bool) {
        // The port stops reading by itself; the mailbox is the buffer, so there is nothing to hold back here.
    }

    func closed(_ connection: ClientConnection, reason: ClientCloseReason) {
        guard let token = tokens.removeValue(forKey: connection.id) else { return }
        clients.removeValue(forKey: token)
        counters.connectionClosed()
        // A close may come in the middle of a turn, when a write fails; the session ends after it.
        loop.execute { [self] in
            turn { machine, actions in machine.clientClosed(session: token, now: Clock.now, into: &actions) }
            flush()
        }
    }
}

extension WireError {
    /// What a client is told that sent such bytes.
    fileprivate var refusal: ErrorFrame {
        switch self {
        case .malformed(let text): ErrorFrame(.badFrame, text)
        case .unknownFrame: ErrorFrame(.badFrame, "no frame of this protocol")
        case .unknownErrorCode(let code): ErrorFrame(.badFrame, "error code \(code)")
        case .bodyTooLarge(let bytes, let id, let to, let stream, let number):
            ErrorFrame(
                .bodyTooLarge, "\(bytes) bytes, at most \(Limits.bodyBytesMax)", id: id, to: to, stream: stream,
                number: number)
        }
    }
}
