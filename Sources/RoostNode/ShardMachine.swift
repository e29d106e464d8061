import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing
import RoostSession

/// Everything one event loop of a node does for users: the gateway role for the clients connected to it, and the replica
/// role for the slots that fall to it. Slot `s` falls to shard `s mod shardCount` of each of its owners.
///
/// A value: events in, actions out. No clock, no input or output, no randomness but the seeded value it was given. The
/// simulator runs this very code.
public struct ShardMachine: Sendable {
    /// The node it is part of.
    public let node: NodeID
    /// Its place among the node's shards.
    public let shard: Int
    /// How many shards the node has.
    public let shardCount: Int
    /// The ring it goes by.
    public private(set) var ring: RingTable?
    var gateway: GatewayMachine
    var replica = ReplicaMachine()
    var movement = SlotMovement()
    /// How other nodes' clocks stand, for the age of what they say.
    var clocks = PeerClocks()
    var nextPresenceTick = Instant.distantFuture
    /// The groups that are being put in order here.
    var groupWork: OrderedDictionary<Address, GroupWork> = [:]
    var settling = Settling()
    private var nextGroupTick = Instant.distantFuture
    private var nextTick = Instant.distantFuture
    private var nextSessionTick = Instant.distantFuture
    /// What the log refused goes in with the next thing it takes. Should there be none, it goes in then.
    private var nextRetry = Instant.distantFuture
    private static let retryInterval = TimeSpan.seconds(1)
    /// When the log is told which receipts devices know.
    private var nextReceiptLogging = Instant.distantFuture
    /// When it is looked what has ended.
    private var nextEndings = Instant.distantFuture
    private static let endingInterval = TimeSpan.seconds(1)
    private static let endingPause = TimeSpan.milliseconds(100)

    /// What `status` shows of a shard.
    public struct Counts: Equatable, Sendable {
        /// Clients connected, authenticated or not.
        public var sessions = 0
        /// Messages that wait for some device.
        public var pendingMessages = 0
        /// Bytes of their bodies.
        public var pendingBytes = 0
        /// Messages that every device has stored and that are held until the other owners have confirmed that.
        public var settledMessages = 0
        /// Those of the messages that were written to groups by people who are not in them, and never were sent.
        public var strayMessages = 0
        /// Mailboxes with anything in them.
        public var mailboxes = 0
        /// Operations that wait for a majority.
        public var operations = 0
        /// Slots whose copies are on their way here.
        public var slotsComing = 0
        /// Slots of which the log lost a part that has not been copied from others yet.
        public var slotsQuarantined = 0
        /// Slots that are still held here and owned by others.
        public var slotsLeftOver = 0
        /// Bytes of other nodes' copies taken in since the start.
        public var bytesCopied = 0

        /// Starts at nothing.
        public init() {}
    }

    /// Makes an empty shard.
    /// - Parameters:
    ///   - node: the node it is part of.
    ///   - nodeName: what `welcome` says.
    ///   - shard: its place among the node's shards, below 256.
    ///   - shardCount: how many there are.
    ///   - random: its own generator, from the system's entropy in production.
    public init(node: NodeID, nodeName: String, shard: Int, shardCount: Int = 1, random: SeededRandom) {
        precondition((0..<256).contains(shard) && shard < shardCount, "shard \(shard) of \(shardCount)")
        self.shardCount = shardCount
        self.node = node
        self.shard = shard
        gateway = GatewayMachine(node: node, nodeName: nodeName, shard: shard, random: random)
    }

    /// Limits how much is sent through this shard from now on.
    /// - Parameters:
    ///   - device: by each session that begins from now on; `nil` for no limit.
    ///   - account: by all sessions of one account; `nil` for no limit.
    ///   - strangers: how often an account may name somebody who does not exist; `nil` for no limit.
    public mutating func limitSends(device: Rate?, account: Rate?, strangers: Rate? = nil) {
        gateway.deviceRate = device
        gateway.strangers = strangers.map { KeyedBuckets($0) }
        gateway.accountSends = account.map { KeyedBuckets($0) }
    }

    /// Says for how long what was sent may be changed, in each session that begins from now on.
    public mutating func setChangeWindows(_ windows: ChangeWindows) {
        gateway.changeWindows = windows
    }

    // MARK: Time

    /// When ``timerFired(now:wallMilliseconds:into:)`` wants to be called.
    public var nextDeadline: Instant {
        min(
            min(nextTick, nextSessionTick, nextRetry), min(movement.nextTick, movement.nextPatrol, nextGroupTick),
            min(settling.nextTick, nextPresenceTick, replica.presence.nextUpkeep),
            min(gateway.watchers.nextShowing, nextReceiptLogging, nextEndings))
    }

    /// A deadline has come.
    /// - Parameters:
    ///   - now: the time.
    ///   - wallMilliseconds: the same by the clock on the wall, milliseconds since 1970: what ends is dropped by it.
    ///   - actions: takes what to do now.
    public mutating func timerFired(now: Instant, wallMilliseconds: UInt64, into actions: inout [ShardAction]) {
        if now >= nextTick {
            nextTick = .distantFuture
            gateway.tick(now: now, into: &actions)
        }
        if now >= nextSessionTick {
            nextSessionTick = .distantFuture
            gateway.tickSessions(now: now, into: &actions)
            gateway.tellSeen(now: now, into: &actions)
        }
        tickMoves(now: now, into: &actions)
        if now >= nextRetry {
            nextRetry = .distantFuture
            replica.logStalled(into: &actions)
        }
        if now >= nextReceiptLogging {
            nextReceiptLogging = .distantFuture
            replica.logUnloggedReceipts(into: &actions)
        }
        tickSettling(now: now, into: &actions)
        tickEndings(now: now, wallMilliseconds: wallMilliseconds, into: &actions)
        tickPresence(now: now, into: &actions)
        if now >= nextGroupTick {
            nextGroupTick = .distantFuture
            tickGroups(now: now, into: &actions)
        }
        orderGroups(now: now, into: &actions)
        schedule(now: now)
    }

    private mutating func schedule(now: Instant) {
        if nextGroupTick == .distantFuture, !groupWork.isEmpty { nextGroupTick = now + ShardMachine.groupTickInterval }
        if nextTick == .distantFuture, gateway.isBusy { nextTick = now + GatewayMachine.tickInterval }
        if nextRetry == .distantFuture, replica.isStalled { nextRetry = now + ShardMachine.retryInterval }
        if nextReceiptLogging == .distantFuture, !replica.unloggedReceipts.isEmpty {
            nextReceiptLogging = now + ReplicaMachine.receiptPause
        }
        if nextSessionTick == .distantFuture, !gateway.sessions.isEmpty {
            nextSessionTick = now + GatewayMachine.sessionTickInterval
        }
        scheduleSettling(now: now)
        if nextEndings == .distantFuture, !replica.endings.isEmpty { nextEndings = now + ShardMachine.endingInterval }
        schedulePresence(now: now)
    }

    /// Drops what has ended, if it is time to look.
    private mutating func tickEndings(now: Instant, wallMilliseconds: UInt64, into actions: inout [ShardAction]) {
        guard now >= nextEndings else { return }
        let isMore = replica.endMessages(wallMilliseconds: wallMilliseconds, into: &actions)
        nextEndings = isMore ? now + ShardMachine.endingPause : .distantFuture
    }

    // MARK: Clients

    /// A client has connected. Returns the token by which it is known from now on.
    public mutating func clientOpened(bearerToken: String?, now: Instant) -> GatewayToken {
        defer { schedule(now: now) }
        return gateway.opened(bearerToken: bearerToken, now: now)
    }

    /// A frame came from a client.
    public mutating func clientSent(
        _ frame: ClientFrame, session: GatewayToken, now: Instant, wallMilliseconds: UInt64,
        into actions: inout [ShardAction]
    ) {
        gateway.received(frame, session: session, now: now, wallMilliseconds: wallMilliseconds, into: &actions)
        schedule(now: now)
    }

    /// A client sent what is no frame.
    public mutating func clientSentMalformed(
        _ error: ErrorFrame, session: GatewayToken, now: Instant, into actions: inout [ShardAction]
    ) {
        gateway.step(session, now: now, into: &actions) { machine, output in
            machine.receivedMalformed(error, now: now, into: &output)
        }
    }

    /// Something came from a client's socket, if only a control frame.
    public mutating func clientHeard(session: GatewayToken, now: Instant) {
        guard let index = gateway.sessions.index(forKey: session) else { return }
        gateway.sessions.values[index].machine.heard(now: now)
    }

    /// A client's socket has closed.
    public mutating func clientClosed(session: GatewayToken, now: Instant, into actions: inout [ShardAction]) {
        gateway.closed(session: session, into: &actions)
        schedule(now: now)
    }

    /// The node is stopping: every client is told when to come back, each at another time, and closed.
    public mutating func drain(
        reason: String, spreadMilliseconds: UInt32, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in gateway.sessions.keys.sorted() {
            let pause = UInt32(gateway.random.below(Int(spreadMilliseconds) + 1))
            gateway.step(token, now: now, into: &actions) { machine, output in
                machine.drain(reason: reason, reconnectAfterMilliseconds: pause, into: &output)
            }
        }
    }

    /// The shell asks for something kept in a register.
    public mutating func registerRequested(
        _ request: RegisterRequest, token: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        gateway.request(request, token: token, now: now, into: &actions)
        orderGroups(now: now, into: &actions)
        schedule(now: now)
    }

    /// The shell asks about mailboxes.
    public mutating func mailboxRequested(
        _ request: MailboxRequest, token: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        gateway.request(request, asker: token, now: now, into: &actions)
        schedule(now: now)
    }

    // MARK: Ring and links

    /// A ring was adopted, durably.
    public mutating func ringAdopted(_ ring: RingTable, now: Instant, into actions: inout [ShardAction]) {
        let old = self.ring
        self.ring = ring
        replica.ring = ring
        beginMoves(from: old, to: ring, now: now, into: &actions)
        gateway.adopt(ring, now: now, into: &actions)
        replica.presenceAdopted(ring, after: old, of: node, now: now)
        if old == nil { movement.nextPatrol = now + SlotMovement.patience }
        adoptRingForGroups(from: old, to: ring, now: now)
        adoptRingForSettling(from: old, to: ring)
        orderGroups(now: now, into: &actions)
        schedule(now: now)
    }

    /// Messages to this node get through again; what was said before may be lost.
    public mutating func nodeReachable(_ peer: NodeID, now: Instant, into actions: inout [ShardAction]) {
        gateway.nodeReachable(peer, now: now, into: &actions)
        actions.append(.send(peer, .subscribeAgain))
        compareAll(with: peer, now: now)
        presenceReachable(peer, now: now, into: &actions)
        schedule(now: now)
    }

    /// Messages to this node do not get through.
    public mutating func nodeUnreachable(_ peer: NodeID, now: Instant, into actions: inout [ShardAction]) {
        gateway.nodeUnreachable(peer, now: now, into: &actions)
        presenceUnreachable(peer, now: now, into: &actions)
        stirGroups()
        orderGroups(now: now, into: &actions)
        schedule(now: now)
    }

    /// The node has a new life: the sessions it had are over.
    public mutating func nodeRestarted(_ peer: NodeID, now: Instant, into actions: inout [ShardAction]) {
        replica.forgetSessions(of: peer)
        presenceRestarted(peer)
        schedule(now: now)
    }

    // MARK: Peers

    /// A message came from a node, perhaps this one.
    public mutating func peerSent(
        _ message: PeerMessage, from peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        switch message {
        case .subscribeAgain:
            gateway.resubscribe(at: peer, now: now, into: &actions)
            compareAll(with: nil, now: now)
            presenceResubscribed(by: peer, now: now, into: &actions)
        case .presence(let message):
            presenceSent(message, from: peer, now: now, into: &actions)
        case .request(let request):
            requested(request, from: peer, now: now, into: &actions)
        case .reply(let reply):
            replied(reply, from: peer, now: now, into: &actions)
        case .expand(let expansion):
            expand(expansion, from: peer, into: &actions)
        }
        orderGroups(now: now, into: &actions)
        schedule(now: now)
    }

    /// The fence: only a request that goes by this replica's version of the slot, which this node owns, is carried out.
    private mutating func requested(
        _ request: ReplicaRequest, from peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring, ring.contains(request.slot), request.version == ring.version(of: request.slot),
            ring.owners(of: request.slot).contains(node)
        else {
            if let token = request.kind.token {
                let stale = GatewayReply(token: token, kind: .stale(epoch: ring?.epoch ?? 0))
                actions.append(.send(peer, .reply(stale)))
            }
            return
        }
        if case .compare(let token, let digest) = request.kind {
            return compare(request.slot, with: digest, of: peer, token: token, now: now, into: &actions)
        }
        replica.handle(request, from: peer, into: &actions)
        if case .subscribe(let subscribe) = request.kind {
            replica.showTypings(
                to: subscribe.user, session: subscribe.session, on: peer, now: now, into: &actions)
        }
    }

    /// Messages of a group for mailboxes of this shard. Only a node that owns a slot takes them, at its version.
    private mutating func expand(_ expansion: Expansion, from peer: NodeID, into actions: inout [ShardAction]) {
        var expansion = expansion
        expansion.recipients.removeAll { recipient in
            recipient.slot.shard(of: shardCount) != shard
                || ring.map { $0.contains(recipient.slot) && $0.owners(of: recipient.slot).contains(node) } != true
        }
        replica.expand(expansion, from: peer, into: &actions)
        replica.flushFreed(into: &actions)
    }

    private mutating func replied(
        _ reply: GatewayReply, from peer: NodeID, now: Instant, into actions: inout [ShardAction]
    ) {
        let token = reply.token
        switch reply.kind {
        case .replicated:
            gateway.replicated(token, by: peer, now: now, into: &actions)
        case .refused(let refusal, let number):
            gateway.refused(token, by: peer, refusal, at: number, now: now, into: &actions)
        case .stale(let epoch):
            gateway.stale(token, epoch: epoch, now: now)
            gateway.receiptRefused(token, by: peer)
            copyRefused(token, now: now)
            expansionRefused(token, epoch: epoch, now: now)
        case .facts(let facts):
            gateway.answered(token, by: peer, facts, now: now, into: &actions)
            gateway.factsTold(token, by: peer, facts, now: now, into: &actions)
        case .readers(let readers):
            gateway.readersTold(token, by: peer, readers, now: now, into: &actions)
        case .unread(let told):
            gateway.unreadTold(token, by: peer, told, now: now, into: &actions)
        case .erased(let places):
            gateway.erased(token, by: peer, places, now: now, into: &actions)
        case .subscribed(let backlog):
            gateway.subscribed(token, by: peer, backlog, now: now, into: &actions)
        case .superseded(let number):
            gateway.superseded(token, by: peer, sessionNumber: number, now: now, into: &actions)
        case .deviceRemoved:
            gateway.step(token, now: now, into: &actions) { machine, output in
                machine.expel(
                    .deviceRemoved, .init(.deviceRemoved, "this device was removed from the account"), into: &output)
            }
        case .devicesChanged(let count):
            gateway.devicesChanged(token, count: count)
        case .accountDisabled:
            gateway.step(token, now: now, into: &actions) { machine, output in
                machine.expel(.accountDisabled, .init(.accountDisabled, GatewayMachine.disabledText), into: &output)
            }
        case .push(let push):
            gateway.pushed(token, push, by: peer, now: now, into: &actions)
        case .announce(let slot, let key, let sender, let number, let watermark):
            gateway.announced(
                token, slot: slot, key: key, sender: sender, number: number, watermark: watermark, by: peer, now: now,
                into: &actions)
        case .receipt(let slot, let receipt):
            gateway.receiptCame(token, slot: slot, receipt, by: peer, now: now, into: &actions)
        case .settingsChanged(let sharesReads):
            gateway.settingsChanged(token, sharesReads: sharesReads, now: now, into: &actions)
        case .fetched(let answer):
            guard !copied(answer, token: token, from: peer, now: now, into: &actions),
                !fetchedForGroup(answer, token: token, now: now, into: &actions)
            else { return }
            gateway.fetched(token, answer, by: peer, now: now, into: &actions)
        case .page(let page):
            copied(page, token: token, from: peer, now: now, into: &actions)
        case .compared(let slot, let isEqual):
            if !isEqual { repair(slot, from: peer, now: now) }
        case .confirmed:
            confirmed(token, by: peer, into: &actions)
        case .collected(let told):
            collected(told, token: token, by: peer, now: now, into: &actions)
        case .behind:
            collectRefused(token, now: now, into: &actions)
        case .finished:
            finishAnswered(token, by: peer, now: now, into: &actions)
        case .expanded(let slots):
            expanded(slots, token: token, by: peer, now: now, into: &actions)
        case .vouched(let doubts):
            vouched(doubts, token: token, by: peer, now: now, into: &actions)
        case .registerRead(let promised, let accepted, let value):
            gateway.registerRead(
                token, by: peer, promised: promised, accepted: accepted, value: value, now: now, into: &actions)
        case .registerPromised(let ballot, let accepted, let value):
            gateway.roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.promised(by: peer, ballot: ballot, accepted: accepted, value: value, into: &output)
            }
        case .registerAccepted(let ballot):
            gateway.roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.accepted(by: peer, ballot: ballot, into: &output)
            }
        case .registerConflict(let ballot, let promised):
            gateway.roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.conflicted(with: promised, ballot: ballot, now: now, into: &output)
            }
        }
    }

    // MARK: Log

    /// What was appended under this token is on disk.
    public mutating func appended(
        _ token: UInt64, locations: [LogLocation], now: Instant, into actions: inout [ShardAction]
    ) {
        replica.appended(token, locations: locations, into: &actions)
        for ended in replica.takeEnded() { gateway.tellEnded(ended, into: &actions) }
        endMerges(now: now, into: &actions)
        orderGroups(now: now, into: &actions)
        // Last of all: what ends a merge takes marks that have to wait along, and of those that go in by themselves it is not
        // known before the next turn whether the log takes them.
        replica.logStalled(into: &actions)
        schedule(now: now)
    }

    /// The log's queue is at its limit: what was appended under this token was not taken. To be told right after the turn that
    /// appended it, before anything else happens to the machine.
    public mutating func appendRefused(_ token: UInt64, now: Instant, into actions: inout [ShardAction]) {
        replica.appendRefused(token, into: &actions)
        endMerges(now: now, into: &actions)
        schedule(now: now)
    }

    /// What was to be read under this token; `nil` where it could not be read.
    public mutating func read(
        _ token: UInt64, bodies: [[UInt8]?], now: Instant, into actions: inout [ShardAction]
    ) {
        replica.read(token, bodies: bodies, into: &actions)
    }

    /// The log cannot read a part of these slots: they take messages and tell nothing until others have said what they hold.
    public mutating func slotsDamaged(_ slots: [SlotDamage], now: Instant, into actions: inout [ShardAction]) {
        quarantine(slots, now: now, into: &actions)
    }

    /// Whether new messages are refused for want of space.
    public mutating func setDiskFull(_ isFull: Bool) {
        replica.isDiskFull = isFull
    }

    /// A segment is to be emptied: answered by `cleaned` when nothing here needs it any more.
    public mutating func clean(segment: UInt32, _ records: [StoredRecord], into actions: inout [ShardAction]) {
        replica.clean(segment: segment, records, into: &actions)
    }

    /// At start, a record of the log comes by, oldest first. One that this version cannot read is refused.
    public mutating func replay(
        slot: Slot, kind: UInt8, head: [UInt8], bodyBytes: Int, at location: LogLocation
    ) throws(ByteReaderError) {
        var record = try ReplicaRecord(kind: kind, head: head)
        if case .expansion(var expansion) = record {
            // Written when the node may have had another number of shards.
            expansion.recipients.removeAll { $0.slot.shard(of: shardCount) != shard }
            record = .expansion(expansion)
        }
        replica.replay(record, of: slot, bodyBytes: bodyBytes, at: location)
    }

    /// The log has been replayed; returns what of it is dead.
    public mutating func replayed(into actions: inout [ShardAction]) {
        replica.replayed(into: &actions)
        for ended in replica.takeEnded() { gateway.tellEnded(ended, into: &actions) }
    }

    // MARK: Looking

    /// A digest of what is held of a slot: equal copies have equal digests.
    public func digest(of slot: Slot) -> UInt64 { replica.digest(of: slot) }

    /// Whether anything of a slot is held here.
    public func holds(_ slot: Slot) -> Bool { replica.holdsAnything(of: slot) }

    /// Whether a record that came by at this place is of use still.
    public func isLive(_ record: ReplicaRecord, at location: LogLocation) -> Bool {
        replica.isLive(record, at: location)
    }

    /// What waits for a user, in the copy that is held here; `nil` when this shard does not own it.
    public func queue(of user: Address) -> QueueFacts? {
        guard let ring, case let slot = ring.slot(of: user), ring.owners(of: slot).contains(node),
            slot.shard(of: shardCount) == shard
        else { return nil }
        return QueueFacts(replica.entries[user]?.mailbox ?? Mailbox())
    }

    /// What `status` shows.
    public var counts: Counts {
        var counts = Counts()
        counts.sessions = gateway.sessions.count
        counts.operations =
            gateway.replications.count + gateway.questions.count + gateway.fetches.count
            + gateway.mailboxOperations.count
            + gateway.registers.reads.count + gateway.registers.rounds.count
        for entry in replica.entries.values {
            counts.pendingMessages += entry.mailbox.pendingMessages
            counts.pendingBytes += entry.mailbox.pendingBytes
            counts.settledMessages += entry.mailbox.settledMessages
        }
        counts.strayMessages = replica.strayMessages
        counts.mailboxes = replica.entries.count
        counts.slotsComing = movement.merges.values.count { $0.purpose == .move }
        counts.slotsQuarantined = replica.quarantined.count
        counts.slotsLeftOver = movement.leftovers.count
        counts.bytesCopied = movement.bytesCopied
        return counts
    }
}
