import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing

/// The replica role of one shard: the mailboxes and registers of its slots, and the sessions that want what is in them.
///
/// Nothing is answered as kept before the log says that it is on disk. Everything else about a mailbox may lag: a lost
/// watermark means a second delivery, a lost subscription a second `subscribe`.
struct ReplicaMachine: Sendable {
    /// A mailbox and the sessions of its user.
    struct Entry: Sendable {
        let slot: Slot
        var mailbox = Mailbox()
        var subscriptions: [Subscription] = []
        /// Those whose messages the user does not want, as far as is known here.
        var blocked: Set<Address> = []
        /// Whether the account is in use, as far as is known here.
        var accountState = Account.State.active
        /// Whether the person lets others know what it has read, as far as is known here.
        var sharesReads = true

        /// Whether nothing is kept for it any more.
        var isGone: Bool { accountState == .closing || accountState == .deleted }

        /// Whether what comes of it from elsewhere is late.
        var isDeleted: Bool { accountState == .deleted }

        /// What a session is told that is over because of the account's state; `nil` when it goes on.
        func farewell() -> GatewayReply.Kind? {
            switch accountState {
            case .active: nil
            case .disabled: .accountDisabled
            case .closing, .deleted: .deviceRemoved
            }
        }
        var lastSeen = LastSeen()
        /// Whether it is among those whose owners are to be asked.
        var isSettling = false
    }

    /// A register and where its state is logged.
    struct Register: Sendable {
        var state = RegisterState()
        /// What of it is on disk: readers are told this, for a crash can take back the rest.
        var durable = RegisterState()
        /// Where that stands in the log. It lives until something newer is on disk as well, for the log may not take it.
        var segment: UInt32?
    }

    var entries = DenseTable<Address, Entry>()
    var registers: [Address: Register] = [:]
    /// The users that have an entry, by slot and name: what a copy of a slot goes through.
    private var usersBySlot: [[Address]] = []
    /// The ring this replica goes by: what was begun under an older version of a slot is not answered.
    var ring: RingTable?
    /// Slots of which the log lost a part: nothing is told of them until they have been merged again.
    var quarantined: Set<Slot> = []
    /// Where something of the quarantined slots was.
    var damage: [Slot: [DamagedBytes]] = [:]
    /// What could not be read once and has been copied from others since, in this life or, as the log remembers, an earlier one.
    var madeGood: [Slot: MendedParts] = [:]
    /// The damage of which this replica was told before its first ring.
    var damageToldAtStart: Set<DamagedBytes> = []
    /// Slots whose damage has all been made good in an earlier life.
    var toldWithRing: [Slot] = []
    /// What to do when the log has answered, by token.
    var appends: [UInt64: AppendPurpose] = [:]
    var reads: [UInt64: ReadPurpose] = [:]
    /// How many appends of copied pieces the log has not answered, by slot.
    var copying: [Slot: Int] = [:]
    /// Which mailbox a gateway's session is subscribed to.
    var sessionUsers: [SessionName: Address] = [:]
    /// Moves that the log's queue had no room for; they go in when something else has come out.
    var stalledMoves: [Move] = []
    /// Marks that the log's queue had no room for; what they are by then goes in when something else has come out.
    var stalledMarks: OrderedSet<Mark> = []
    /// Receipts of which some device has said that it knows them, and the log has not been told.
    var unloggedReceipts: OrderedSet<Mark> = []
    /// The groups that have an entry.
    var groups: Set<Address> = []
    /// Their lists as they were accepted here last, on disk or not.
    var lists: [Address: Group] = [:]
    /// How many mailboxes need each record that several share, and what it counts for.
    var shared: [LogLocation: Share] = [:]
    /// Groups in whose mailbox or list something has come up, for whoever puts it in order.
    var stirred: OrderedSet<Address> = []
    var nextToken: UInt64 = 1
    var isDiskFull = false
    /// Users with something that all their devices have stored, as far as is known here, and about whom nobody has been asked.
    var settling: OrderedDictionary<Slot, [Address]> = [:]
    /// What has become of merges, for the one who drives them.
    var mergesEnded: [MergeEnd] = []

    /// What the log made of a merge.
    enum MergeEnd: Equatable, Sendable {
        /// Everything that was copied is on disk.
        case merged(Slot, version: UInt64)
        /// Something was not taken by the log.
        case spoiled(Slot)
        /// Everything that was copied until now is on disk.
        case copied(Slot)
    }
    /// Who is told of whom.
    var presence = PresenceBook()
    var freed = FreedSpace()
    /// Where something ends.
    var endings = Endings()
    /// What has ended undelivered, for whoever tells its senders.
    var ended: [Ended] = []
    /// The version at which each slot was last merged, as far as the log remembers: a restart need not copy it again.
    var mergedVersions: [Slot: UInt64] = [:]

    /// A session of some node's gateway.
    struct SessionName: Hashable, Sendable {
        let node: NodeID
        let session: GatewayToken
    }

    /// Why something was logged.
    enum AppendPurpose: Sendable {
        /// Those messages of a batch that were new, by their place in it, after the marks that have to stand before them: tell the
        /// sessions, and answer the gateway unless it has been refused part of the batch.
        case messages(
            slot: Slot, version: UInt64, ReplicaRequest.Replicate, floor: [ReplicaRecord], appended: [Int],
            answer: NodeID?)
        /// Marks.
        case marks([ReplicaRecord])
        /// A register's state: then answer.
        case register(key: Address, RegisterState, slot: Slot, version: UInt64, gateway: NodeID, GatewayReply)
        /// Pieces of another replica's copy of the slot.
        case copied(slot: Slot, [CopiedRecord])
        /// The word that everything of a copy is in the log before it, and marks that go in with it.
        case merged(slot: Slot, version: UInt64, [ReplicaRecord])
        /// Copies of what is live in a segment that is being emptied.
        case moved(Move)
        /// Nothing, or what stood before it: then tell an orderer what waits in its group's mailbox.
        case collect(ReplicaRequest.Collect, slot: Slot, version: UInt64, gateway: NodeID)
        /// How far a group's mailbox is finished: then say so.
        case finish([ReplicaRecord], slot: Slot, version: UInt64, gateway: NodeID, token: GatewayToken)
        /// How far one side of a conversation is erased: then say so.
        case erased(
            [ReplicaRecord], [StreamPlace], slot: Slot, version: UInt64, gateway: NodeID, token: GatewayToken)
        /// The word that messages have ended: then their places are free, and their senders are told.
        case ended([ReplicaRecord], wallMilliseconds: UInt64)
        /// Messages of a group for mailboxes here, after the floors of streams that begin: then say for which slots.
        case expansion(
            Expansion, floors: [ReplicaRecord], [ReplicaRecord.ExpansionHead], slots: [Slot], gateway: NodeID)
    }

    /// A record that several mailboxes share.
    struct Share: Equatable, Sendable {
        var mailboxes: Int
        let bytes: UInt32
    }

    /// A piece of another replica's copy on its way to the log.
    struct CopiedRecord: Sendable {
        let record: ReplicaRecord
        let bodyBytes: Int
    }

    /// What is live in a part of a segment that is being emptied.
    struct Move: Sendable {
        let records: [ReplicaRecord]
        let copies: [LogRecord]
        let segment: UInt32
    }

    /// Why something was read.
    enum ReadPurpose: Sendable {
        /// To push it to a session.
        case push(slot: Slot, user: Address, device: DeviceID, sessionNumber: UInt64, [PushItem])
        /// To answer a fetch.
        case fetch(gateway: NodeID, token: GatewayToken, user: Address, GatewayReply.Fetched, [PendingMessage])
    }

    /// A message whose body is being read for a session.
    struct PushItem: Sendable {
        let key: StreamKey
        let sender: Address
        let message: PendingMessage
    }

    /// The user's entry, made if there is none yet. Found once, for a name is hashed each time.
    @discardableResult
    mutating func enter(_ user: Address, of slot: Slot) -> Int {
        if let index = entries.index(forKey: user) { return index }
        entries[user] = Entry(slot: slot)
        if user.kind == .group { groups.insert(user) }
        let row = Int(slot.index)
        while usersBySlot.count <= row { usersBySlot.append([]) }
        let place = usersBySlot[row].firstIndex { $0 > user } ?? usersBySlot[row].count
        usersBySlot[row].insert(user, at: place)
        guard let index = entries.index(forKey: user) else {
            preconditionFailure("an entry that was just made is gone")
        }
        return index
    }

    /// The users of a slot that have an entry, by name.
    func users(of slot: Slot) -> [Address] {
        let row = Int(slot.index)
        return row < usersBySlot.count ? usersBySlot[row] : []
    }

    /// No user of the slot has an entry any more.
    mutating func leaveAll(of slot: Slot) {
        let row = Int(slot.index)
        if row < usersBySlot.count { usersBySlot[row] = [] }
    }

    /// Whether the slot's version is still the one that something was begun under.
    func isCurrent(_ version: UInt64, of slot: Slot) -> Bool {
        ring?.version(of: slot) == version
    }

    mutating func newToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    /// Carries out a request whose version was found to be the current one.
    mutating func handle(_ request: ReplicaRequest, from gateway: NodeID, into actions: inout [ShardAction]) {
        let slot = request.slot
        guard request.kind.needsNoPast || !quarantined.contains(slot) else { return }
        switch request.kind {
        case .replicate(let batch):
            replicate(batch, slot: slot, version: request.version, from: gateway, into: &actions)
        case .ask(let question):
            answer(question, to: gateway, into: &actions)
        case .subscribe(let subscribe):
            self.subscribe(subscribe, slot: slot, from: gateway, into: &actions)
        case .unsubscribe(let user, let device, let session):
            unsubscribe(user: user, device: device, session: session, gateway: gateway)
        case .forget(let session):
            forget(session: session, gateway: gateway)
        case .acknowledge(let acknowledge):
            self.acknowledge(acknowledge, slot: slot, into: &actions)
        case .receipt(let receipt, _):
            take(receipt, slot: slot, into: &actions)
        case .receiptsKnown(let known):
            take(known)
        case .askReaders(let token, let group):
            tellReaders(of: group, token: token, to: gateway, into: &actions)
        case .askUnread(let token, let user):
            tellUnread(of: user, token: token, to: gateway, into: &actions)
        case .fetch(let fetch):
            self.fetch(fetch, from: gateway, into: &actions)
        case .readRegister(let token, let key):
            let state = registers[key]?.durable ?? RegisterState()
            actions.append(
                .send(
                    gateway,
                    .reply(
                        .init(
                            token: token,
                            kind: .registerRead(
                                promised: state.promised, accepted: state.accepted, value: state.value)))))
        case .prepareRegister(let token, let key, let ballot):
            prepare(key, ballot: ballot, slot: slot, token: token, gateway: gateway, into: &actions)
        case .acceptRegister(let token, let key, let ballot, let value):
            accept(key, ballot: ballot, value: value, slot: slot, token: token, gateway: gateway, into: &actions)
        case .pull(let token, let cursor):
            reply(.page(page(of: slot, after: cursor)), token: token, to: gateway, into: &actions)
        case .compare:
            // The shard's to answer: what differs is copied.
            break
        case .confirm(let token):
            reply(.confirmed, token: token, to: gateway, into: &actions)
        case .collect(let collect):
            self.collect(collect, request, from: gateway, into: &actions)
        case .finish(let finish):
            self.finish(finish, request, from: gateway, into: &actions)
        case .vouch(let vouch):
            self.vouch(vouch, for: gateway, into: &actions)
        case .erase(let erase):
            self.erase(erase, request, from: gateway, into: &actions)
        }
        flushFreed(into: &actions)
    }

    func reply(
        _ kind: GatewayReply.Kind, token: GatewayToken, to peer: NodeID, into actions: inout [ShardAction]
    ) {
        actions.append(.send(peer, .reply(GatewayReply(token: token, kind: kind))))
    }

    mutating func flushFreed(into actions: inout [ShardAction]) {
        takeShares()
        guard !freed.segments.isEmpty else { return }
        for (segment, bytes) in freed.segments {
            actions.append(.freed(segment: segment, bytes: bytes))
        }
        freed.clear()
    }
}
