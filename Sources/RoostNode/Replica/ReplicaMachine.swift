import RoostConsensus
import RoostCore
import RoostMailbox

/// The replica role of one shard: the mailboxes and registers of its slots, and the sessions that want what is in them.
///
/// Nothing is answered as kept before the log says that it is on disk. Everything else about a mailbox may lag: a lost
/// watermark means a second delivery, a lost subscription a second `subscribe`.
struct ReplicaMachine: Sendable {
    /// A mailbox and the sessions of its user.
    struct Entry: Sendable {
        var mailbox = Mailbox()
        var subscriptions: [Subscription] = []
    }

    /// A register and where its state is logged.
    struct Register: Sendable {
        var state = RegisterState()
        /// What of it is on disk: readers are told this, for a crash can take back the rest.
        var durable = RegisterState()
        var segment: UInt32?
    }

    var entries: [UserName: Entry] = [:]
    var registers: [UserName: Register] = [:]
    /// What to do when the log has answered, by token.
    var appends: [UInt64: AppendPurpose] = [:]
    var reads: [UInt64: ReadPurpose] = [:]
    /// Which mailbox a gateway's session is subscribed to.
    var sessionUsers: [SessionName: UserName] = [:]
    /// Moves that the log's queue had no room for; they go in when something else has come out.
    var stalledMoves: [Move] = []
    var nextToken: UInt64 = 1
    var isDiskFull = false
    var freed = FreedSpace()

    /// A session of some node's gateway.
    struct SessionName: Hashable, Sendable {
        let node: NodeID
        let session: GatewayToken
    }

    /// Why something was logged.
    enum AppendPurpose: Sendable {
        /// Those messages of a batch that were new, by their place in it: tell the sessions, and answer the gateway unless
        /// it has been refused part of the batch.
        case messages(slot: Slot, ReplicaRequest.Replicate, appended: [Int], answer: NodeID?)
        /// A watermark.
        case watermark(ReplicaRequest.Acknowledge)
        /// A receipt.
        case receipt(ReplicaRequest.Receipt)
        /// A register's state: then answer.
        case register(key: UserName, RegisterState, gateway: NodeID, GatewayReply)
        /// Copies of what is live in a segment that is being emptied.
        case moved(Move)
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
        case push(slot: Slot, user: UserName, device: DeviceID, sessionNumber: UInt64, [PushItem])
        /// To answer a fetch.
        case fetch(gateway: NodeID, token: GatewayToken, GatewayReply.Fetched, [PendingMessage])
    }

    /// A message whose body is being read for a session.
    struct PushItem: Sendable {
        let key: StreamKey
        let sender: UserName
        let message: PendingMessage
    }

    mutating func newToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    /// Carries out a request whose version was found to be the current one.
    mutating func handle(_ request: ReplicaRequest, from gateway: NodeID, into actions: inout [ShardAction]) {
        let slot = request.slot
        switch request.kind {
        case .replicate(let batch):
            replicate(batch, slot: slot, from: gateway, into: &actions)
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
        case .receipt(let receipt):
            take(receipt, slot: slot, into: &actions)
        case .fetch(let fetch):
            self.fetch(fetch, from: gateway, into: &actions)
        case .readRegister(let token, let key):
            let state = registers[key]?.durable ?? RegisterState()
            actions.append(
                .send(
                    gateway,
                    .reply(.init(token: token, kind: .registerRead(accepted: state.accepted, value: state.value)))))
        case .prepareRegister(let token, let key, let ballot):
            prepare(key, ballot: ballot, slot: slot, token: token, gateway: gateway, into: &actions)
        case .acceptRegister(let token, let key, let ballot, let value):
            accept(key, ballot: ballot, value: value, slot: slot, token: token, gateway: gateway, into: &actions)
        }
        flushFreed(into: &actions)
    }

    mutating func flushFreed(into actions: inout [ShardAction]) {
        guard !freed.segments.isEmpty else { return }
        for (segment, bytes) in freed.segments {
            actions.append(.freed(segment: segment, bytes: bytes))
        }
        freed.clear()
    }
}
