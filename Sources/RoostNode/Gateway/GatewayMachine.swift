import OrderedCollections
import RoostCore
import RoostMailbox
import RoostRing
import RoostSession

/// The gateway role of one shard: the sessions of the clients connected to it, and what they ask of the owners of
/// slots anywhere in the cluster, this node included.
///
/// Every operation goes to all owners of one version of the slot and is decided by a majority of them; answers of
/// another version are not counted. An operation that gets no majority in time fails, typed, and may be retried.
struct GatewayMachine: Sendable {
    /// After this long an owner that has not answered is asked again.
    static let patience = TimeSpan.milliseconds(500)
    /// After this long an owner that went by an older ring is asked again.
    static let stalePatience = TimeSpan.milliseconds(20)
    /// After this long an operation without a majority fails.
    static let operationDeadline = TimeSpan.seconds(5)
    /// After this long a change to a register fails: rounds that conflict take several tries.
    static let registerDeadline = TimeSpan.seconds(15)

    let node: NodeID
    let shard: Int
    let nodeName: String
    var ring: RingTable?
    var sessions = DenseTable<GatewayToken, GatewaySession>()
    var replications: OrderedDictionary<GatewayToken, ReplicationOperation> = [:]
    var questions: OrderedDictionary<GatewayToken, QuestionOperation> = [:]
    var fetches: OrderedDictionary<GatewayToken, FetchOperation> = [:]
    /// Questions about mailboxes that nobody here is connected to.
    var mailboxOperations: OrderedDictionary<GatewayToken, MailboxOperation> = [:]
    /// What owners were told of readers a moment ago.
    var said: SaidReceipts
    /// Sessions with a number known and not released.
    var sessionsWithGaps: OrderedSet<GatewayToken> = []
    /// Sessions whose subscription some owner has not answered.
    var unsubscribedSessions: OrderedSet<GatewayToken> = []
    /// Nodes whose link is down: others are preferred for pushing.
    var unreachable: Set<NodeID> = []
    var nextToken: GatewayToken
    var random: SeededRandom
    /// The wall clock when a client last spoke: numbers sessions so that a later connection starts above an earlier one.
    var wallMilliseconds: UInt64 = 0
    /// Reused for every session event.
    var sessionActions: [SessionAction] = []
    /// Reads and changes of registers, token look-ups of sessions among them.
    var registers: RegisterOperations
    /// How much a device may send.
    var deviceRate: Rate?
    /// For how long what was sent may be changed.
    var changeWindows = ChangeWindows.standard
    /// How often an account may name somebody who does not exist.
    var strangers: KeyedBuckets<Address>?
    /// How much all devices of an account together may send through this shard.
    var accountSends: KeyedBuckets<Address>?
    /// Whom the sessions here watch.
    var watchers = PresenceWatchers()
    /// Which users of this shard's slots the whole node watches.
    var hub = PresenceHub()
    /// The wall clock at the origin of the monotonic one, milliseconds since 1970.
    var wallOrigin: UInt64 = 0

    init(node: NodeID, nodeName: String, shard: Int, random: SeededRandom) {
        var random = random
        self.node = node
        self.shard = shard
        self.nodeName = nodeName
        // Tokens of an earlier life of this node must not match: replicas remember sessions by them.
        nextToken = GatewayToken.first(shard: shard, start: random.next())
        said = SaidReceipts(token: nextToken)
        nextToken += 1
        registers = RegisterOperations(random: SeededRandom(seed: random.next()))
        self.random = random
    }

    mutating func newToken() -> GatewayToken {
        defer { nextToken += 1 }
        return nextToken
    }

    // MARK: Clients

    /// A client has connected. Returns the token by which it is known from now on.
    mutating func opened(bearerToken: String?, now: Instant) -> GatewayToken {
        let token = newToken()
        let machine = SessionMachine(
            nodeName: nodeName, bearerToken: bearerToken, ownStream: random.next() | 1, sendRate: deviceRate,
            changeWindows: changeWindows, now: now)
        sessions[token] = GatewaySession(machine: machine)
        return token
    }

    /// A frame came from a client.
    mutating func received(
        _ frame: ClientFrame, session: GatewayToken, now: Instant, wallMilliseconds: UInt64,
        into actions: inout [ShardAction]
    ) {
        self.wallMilliseconds = max(self.wallMilliseconds, wallMilliseconds)
        wallOrigin = wallMilliseconds &- now.nanoseconds / 1_000_000
        if accountSends != nil, case .send(let send) = frame, let index = sessions.index(forKey: session),
            let user = sessions.values[index].machine.user, let wait = accountSends?.take(user, now: now)
        {
            step(session, now: now, into: &actions) { machine, output in
                machine.sendHeldBack(send, wait: wait, now: now, into: &output)
            }
            return
        }
        step(session, now: now, into: &actions) { machine, output in
            machine.received(frame, now: now, wallMilliseconds: wallMilliseconds, into: &output)
        }
    }

    /// The client's socket has closed.
    mutating func closed(session token: GatewayToken, into actions: inout [ShardAction]) {
        guard let session = sessions.removeValue(forKey: token) else { return }
        sessionsWithGaps.remove(token)
        unsubscribedSessions.remove(token)
        unwatchAll(session: token, into: &actions)
        tellSeen(session, into: &actions)
        guard let user = session.machine.user, let subscribed = session.subscription, let ring else { return }
        let request = ReplicaRequest(
            slot: subscribed.slot, version: ring.version(of: subscribed.slot),
            kind: .unsubscribe(user: user, device: session.machine.device, session: token))
        for owner in ring.owners(of: subscribed.slot) {
            actions.append(.send(owner, .request(request)))
        }
    }

    /// Lets a session take an event and carries out what it asks for.
    mutating func step(
        _ token: GatewayToken, now: Instant, into actions: inout [ShardAction],
        _ event: (inout SessionMachine, inout [SessionAction]) -> Void
    ) {
        guard let index = sessions.index(forKey: token) else { return }
        var output = sessionActions
        sessionActions = []
        event(&sessions.values[index].machine, &output)
        // Fields one by one: a copy of the machine would retain all that it holds, for every frame.
        if sessions.values[index].machine.hasGap { sessionsWithGaps.append(token) }
        guard let user = sessions.values[index].machine.user else {
            for action in output { carryOutAnonymous(action, session: token, now: now, into: &actions) }
            finish(output)
            return
        }
        let device = sessions.values[index].machine.device
        for action in output {
            carryOut(action, session: token, user: user, device: device, now: now, into: &actions)
        }
        finish(output)
    }

    /// Keeps the buffer for the next event.
    private mutating func finish(_ output: consuming [SessionAction]) {
        output.removeAll(keepingCapacity: true)
        sessionActions = output
    }

    private mutating func carryOutAnonymous(
        _ action: SessionAction, session: GatewayToken, now: Instant, into actions: inout [ShardAction]
    ) {
        switch action {
        case .frame(let frame):
            actions.append(.frame(session, frame))
        case .close(let code):
            actions.append(.close(session, code))
        case .authenticate(let text):
            authenticate(session, token: text, now: now, into: &actions)
        case .subscribe, .open, .replicate, .acknowledge, .checkRead, .read, .receiptsKnown, .query, .fetch, .watch,
            .typing:
            preconditionFailure("session \(session) asked for \(action) before it was authenticated")
        }
    }

    private mutating func carryOut(
        _ action: SessionAction, session: GatewayToken, user: Address, device: DeviceID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        switch action {
        case .frame(let frame):
            actions.append(.frame(session, frame))
        case .close(let code):
            actions.append(.close(session, code))
        case .authenticate:
            preconditionFailure("session \(session) asked to be authenticated twice")
        case .subscribe(let window):
            subscribe(session, user: user, device: device, window: window, now: now, into: &actions)
        case .open(let key) where key.to.kind == .group:
            read(key.to, for: .sender(session, key, query: nil), now: now, into: &actions)
        case .query(let id, let key) where key.to.kind == .group:
            read(key.to, for: .sender(session, key, query: id), now: now, into: &actions)
        case .open(let key):
            guard !holdsBack(.open(key), session: session, of: user, now: now, into: &actions) else { return }
            let question = ReplicaRequest.Question(
                token: newToken(), mailbox: key.to, key: StreamKey(device: device, stream: key.stream))
            ask(question, session: session, purpose: .open(key), now: now, into: &actions)
        case .replicate(let key, let batch):
            replicate(key, batch, session: session, user: user, device: device, now: now, into: &actions)
        case .acknowledge(let key, let upTo, let sender):
            acknowledge(key, upTo: upTo, sender: sender, user: user, device: device, into: &actions)
        case .read(let key, let upTo, let sender):
            saw(key, upTo: upTo, sender: sender, session: session, user: user, into: &actions)
        case .receiptsKnown(let receipts):
            let known = ReplicaRequest.ReceiptsKnown(user: user, device: device, receipts: receipts)
            sendToOwners(of: user, .receiptsKnown(known), into: &actions)
        case .checkRead(let key, let upTo, let sender):
            let question = ReplicaRequest.Question(token: newToken(), mailbox: user, key: key, device: device)
            ask(
                question, session: session, purpose: .checkRead(key, upTo: upTo, sender: sender), now: now,
                into: &actions)
        case .query(let id, let key):
            let purpose = QuestionOperation.Purpose.queryHeld(id: id, key)
            guard !holdsBack(purpose, session: session, of: user, now: now, into: &actions) else { return }
            let question = ReplicaRequest.Question(
                token: newToken(), mailbox: key.to, key: StreamKey(device: device, stream: key.stream))
            ask(question, session: session, purpose: .queryHeld(id: id, key), now: now, into: &actions)
        case .fetch(let key, let from, let count):
            fetch(key, from: from, count: count, session: session, user: user, device: device, now: now, into: &actions)
        case .watch(let users):
            watch(users, session: session, now: now, into: &actions)
        case .typing(let to, let isRecording):
            tell(typingTo: to, isRecording: isRecording, by: user, now: now, into: &actions)
        }
    }

    // MARK: Owners

    /// Sends a request to every owner of the slot that a user's or an account's name falls on.
    func sendToOwners(of name: Address, _ kind: ReplicaRequest.Kind, into actions: inout [ShardAction]) {
        guard let ring else { return }
        let slot = ring.slot(of: name)
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind)
        for owner in ring.owners(of: slot) { actions.append(.send(owner, .request(request))) }
    }

    private mutating func acknowledge(
        _ key: StreamKey, upTo: StreamNumber, sender: Address, user: Address, device: DeviceID,
        into actions: inout [ShardAction]
    ) {
        let acknowledge = ReplicaRequest.Acknowledge(user: user, device: device, key: key, sender: sender, upTo: upTo)
        sendToOwners(of: user, .acknowledge(acknowledge), into: &actions)
        // Nobody waits to hear that a copy has arrived.
        guard !key.isCopy else { return }
        tellSender(sender, key: key, reader: user, deliveredUpTo: upTo, readUpTo: 0, into: &actions)
    }
}
