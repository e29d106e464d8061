import RoostConsensus
import RoostCore

/// What a gateway asks of the owners of a slot.
public struct ReplicaRequest: Equatable, Sendable {
    /// The slot it is about.
    public var slot: Slot
    /// The version of the slot that the asker goes by: the fence. A replica that knows another answers `stale`.
    public var version: UInt64
    /// What is asked.
    public var kind: Kind

    /// Makes a request.
    public init(slot: Slot, version: UInt64, kind: Kind) {
        self.slot = slot
        self.version = version
        self.kind = kind
    }

    /// What is asked.
    public enum Kind: Equatable, Sendable {
        /// Keep these messages; answered by `replicated` when they are durable.
        case replicate(Replicate)
        /// Tell what is known of a stream; answered by `facts`.
        case ask(Question)
        /// Push to this session from now on; answered by `subscribed` or `superseded`.
        case subscribe(Subscribe)
        /// The session is over. Not answered.
        case unsubscribe(user: Address, device: DeviceID, session: GatewayToken)
        /// This gateway knows no such session: drop its subscription. Not answered.
        case forget(session: GatewayToken)
        /// A device has stored a stream up to here. Not answered: a lost one means a second delivery.
        case acknowledge(Acknowledge)
        /// A reader has got this far with a stream of this mailbox's user. Only a refusal is answered, by `stale`: maxima.
        case receipt(Receipt, token: GatewayToken)
        /// A device of the mailbox's user knows of these receipts. Not answered: a lost one means that they are told again.
        case receiptsKnown(ReceiptsKnown)
        /// Tell how much of each stream the person has not seen; answered by `unread`.
        case askUnread(token: GatewayToken, user: Address)
        /// How far is each member with the messages of a group?
        case askReaders(token: GatewayToken, group: Address)
        /// Read messages; answered by `fetched`.
        case fetch(Fetch)
        /// Read a register without changing it; answered by `registerRead`.
        case readRegister(token: GatewayToken, key: Address)
        /// Paxos phase one on a register; answered by `registerPromised` or `registerConflict`.
        case prepareRegister(token: GatewayToken, key: Address, ballot: Ballot)
        /// Paxos phase two on a register; answered by `registerAccepted` or `registerConflict`.
        case acceptRegister(token: GatewayToken, key: Address, ballot: Ballot, value: [UInt8])
        /// Copy what is held of the slot, from behind this piece on; an owner in force answers with `page`.
        case pull(token: GatewayToken, after: CopyCursor?)
        /// Compare what is held of the slot with this digest of the asker's; answered by `compared`.
        case compare(token: GatewayToken, digest: UInt64)
        /// Say that you own the slot and go by this version of it; answered by `confirmed`.
        case confirm(token: GatewayToken)
        /// Tell what waits in a group's mailbox; answered by `collected` or `behind`.
        case collect(Collect)
        /// Messages of a group's mailbox are done with; answered by `finished` when that is durable.
        case finish(Finish)
        /// Say which of these accounts are others here; answered by `vouched`.
        case vouch(Vouch)
        /// Keep nothing of one side of a conversation; answered by `erased` when that is durable.
        case erase(Erase)
    }

    /// A batch of one stream's messages, numbers ascending.
    public struct Replicate: Equatable, Sendable {
        /// The gateway's operation.
        public var token: GatewayToken
        /// Whose mailbox.
        public var recipient: Address
        /// Who sends.
        public var sender: Address
        /// The stream.
        public var key: StreamKey
        /// Up to here the stream's numbers were not for this mailbox; 0 for a stream that began here.
        public var floor: StreamNumber
        /// The messages.
        public var messages: [Entry]
        /// The version of the group's list that the gateway read and the sender is in; `nil` for what is no group's.
        public var listVersion: UInt64?

        /// Makes a batch.
        public init(
            token: GatewayToken, recipient: Address, sender: Address, key: StreamKey, floor: StreamNumber = 0,
            messages: [Entry], listVersion: UInt64? = nil
        ) {
            self.floor = floor
            self.listVersion = listVersion
            self.token = token
            self.recipient = recipient
            self.sender = sender
            self.key = key
            self.messages = messages
        }

        /// One message.
        public struct Entry: Equatable, Sendable {
            /// Its number.
            public var number: StreamNumber
            /// The first eight bytes of SHA-256 of the body.
            public var bodyHash: UInt64
            /// When the gateway took it, milliseconds since 1970.
            public var sentAtMilliseconds: UInt64
            /// The client, or its gateway, has sent it before.
            public var isRetry: Bool
            /// The message itself.
            public var body: [UInt8]

            /// Makes an entry.
            public init(
                number: StreamNumber, bodyHash: UInt64, sentAtMilliseconds: UInt64, isRetry: Bool, body: [UInt8]
            ) {
                self.number = number
                self.bodyHash = bodyHash
                self.sentAtMilliseconds = sentAtMilliseconds
                self.isRetry = isRetry
                self.body = body
            }
        }
    }

    /// A question about one stream and one mailbox.
    public struct Question: Equatable, Sendable {
        /// The gateway's operation.
        public var token: GatewayToken
        /// Whose mailbox.
        public var mailbox: Address
        /// The stream: inbound for `top` and the watermarks, the user's own for the receipts.
        public var key: StreamKey
        /// Whose watermark is wanted.
        public var device: DeviceID
        /// Whose receipts are wanted; `nil` for none.
        public var reader: Address?

        /// Makes a question.
        public init(
            token: GatewayToken, mailbox: Address, key: StreamKey, device: DeviceID = 0, reader: Address? = nil
        ) {
            self.token = token
            self.mailbox = mailbox
            self.key = key
            self.device = device
            self.reader = reader
        }
    }

    /// A session that wants what is pending.
    public struct Subscribe: Equatable, Sendable {
        /// What a replica sends to a session.
        public enum Mode: UInt8, Equatable, Sendable {
            /// Whole messages, and receipts.
            case full = 1
            /// Numbers only, so that a gap is seen.
            case numbers = 2
        }

        /// The gateway's session: where pushes go.
        public var session: GatewayToken
        /// Orders the sessions of one device: a higher one replaces a lower.
        public var sessionNumber: UInt64
        /// Whose mailbox.
        public var user: Address
        /// Which device.
        public var device: DeviceID
        /// What to send.
        public var mode: Mode
        /// Messages that may be pushed and not acknowledged.
        public var window: UInt32
        /// What the session has released and not seen acknowledged: push from behind that.
        public var resume: [Point]
        /// Whether the session goes by an account that lets others know what it has read.
        public var sharesReads: Bool
        /// The gateway's wall clock, milliseconds since 1970: for the age of receipts.
        public var wallMilliseconds: UInt64

        /// A stream and how far it has been released.
        public struct Point: Equatable, Sendable {
            /// The stream.
            public var key: StreamKey
            /// The highest number given to the client.
            public var released: StreamNumber

            /// Makes a point.
            public init(key: StreamKey, released: StreamNumber) {
                self.key = key
                self.released = released
            }
        }

        /// Makes a subscription.
        public init(
            session: GatewayToken, sessionNumber: UInt64, user: Address, device: DeviceID, mode: Mode, window: UInt32,
            resume: [Point], sharesReads: Bool = true, wallMilliseconds: UInt64 = 0
        ) {
            self.sharesReads = sharesReads
            self.wallMilliseconds = wallMilliseconds
            self.session = session
            self.sessionNumber = sessionNumber
            self.user = user
            self.device = device
            self.mode = mode
            self.window = window
            self.resume = resume
        }
    }

    /// A device's watermark.
    public struct Acknowledge: Equatable, Sendable {
        /// Whose mailbox.
        public var user: Address
        /// Which device.
        public var device: DeviceID
        /// The stream.
        public var key: StreamKey
        /// Who sends the stream.
        public var sender: Address
        /// Everything up to here is stored.
        public var upTo: StreamNumber

        /// Makes an acknowledgement.
        public init(user: Address, device: DeviceID, key: StreamKey, sender: Address, upTo: StreamNumber) {
            self.user = user
            self.device = device
            self.key = key
            self.sender = sender
            self.upTo = upTo
        }
    }

    /// A reader's progress with a stream.
    public struct Receipt: Equatable, Sendable {
        /// Whose mailbox: the stream's sender.
        public var user: Address
        /// The stream.
        public var key: StreamKey
        /// Who reads it.
        public var reader: Address
        /// How far the reader is, and since when; in the log and in copies also which devices know it.
        public var progress: ReceiptProgress

        /// Makes a receipt.
        public init(user: Address, key: StreamKey, reader: Address, _ progress: ReceiptProgress) {
            self.user = user
            self.key = key
            self.reader = reader
            self.progress = progress
        }
    }

    /// Receipts that a device knows of.
    public struct ReceiptsKnown: Equatable, Sendable {
        /// Whose mailbox.
        public var user: Address
        /// Which device of the user.
        public var device: DeviceID
        /// What it knows.
        public var receipts: [StreamReceipt]

        /// Makes it.
        public init(user: Address, device: DeviceID, receipts: [StreamReceipt]) {
            self.user = user
            self.device = device
            self.receipts = receipts
        }
    }

    /// A range of one stream to read.
    public struct Fetch: Equatable, Sendable {
        /// The gateway's operation.
        public var token: GatewayToken
        /// Whose mailbox.
        public var user: Address
        /// Which device.
        public var device: DeviceID
        /// The stream.
        public var key: StreamKey
        /// The first number wanted.
        public var from: StreamNumber
        /// How many at most.
        public var count: UInt32

        /// Makes a fetch.
        public init(
            token: GatewayToken, user: Address, device: DeviceID, key: StreamKey, from: StreamNumber, count: UInt32
        ) {
            self.token = token
            self.user = user
            self.device = device
            self.key = key
            self.from = from
            self.count = count
        }
    }
}

extension ReplicaRequest.Kind {
    /// Whether a replica may carry it out that has lost part of the slot: what is new and whole may be taken, but nothing told.
    var needsNoPast: Bool {
        switch self {
        // Who may send to a group stands in its list, which may be what is lost.
        case .replicate(let batch): batch.listVersion == nil
        case .acknowledge, .receipt, .receiptsKnown, .unsubscribe, .forget, .finish: true
        case .ask, .askUnread, .askReaders, .subscribe, .fetch, .readRegister, .prepareRegister, .acceptRegister, .pull,
            .compare, .confirm, .collect, .vouch, .erase:
            false
        }
    }

    /// Whom to tell that the request was not carried out; `nil` for what is never answered.
    var token: GatewayToken? {
        switch self {
        case .replicate(let batch): batch.token
        case .ask(let question): question.token
        case .receipt(_, let token): token
        case .askUnread(let token, _), .askReaders(let token, _): token
        case .subscribe(let subscribe): subscribe.session
        case .fetch(let fetch): fetch.token
        case .readRegister(let token, _), .prepareRegister(let token, _, _), .acceptRegister(let token, _, _, _),
            .pull(let token, _), .compare(let token, _), .confirm(let token):
            token
        case .collect(let collect): collect.token
        case .finish(let finish): finish.token
        case .vouch(let vouch): vouch.token
        case .erase(let erase): erase.token
        case .unsubscribe, .forget, .acknowledge, .receiptsKnown: nil
        }
    }
}

extension ReplicaRequest {
    /// The same under another token and version. What is never answered by token stays as it is but for the version.
    func renewed(token: GatewayToken, version: UInt64) -> ReplicaRequest {
        var kind = kind
        switch kind {
        case .replicate(var batch):
            batch.token = token
            kind = .replicate(batch)
        case .ask(var question):
            question.token = token
            kind = .ask(question)
        case .askUnread(_, let user):
            kind = .askUnread(token: token, user: user)
        case .askReaders(_, let group):
            kind = .askReaders(token: token, group: group)
        case .erase(var erase):
            erase.token = token
            kind = .erase(erase)
        case .fetch(var fetch):
            fetch.token = token
            kind = .fetch(fetch)
        case .subscribe, .unsubscribe, .forget, .acknowledge, .receipt, .receiptsKnown, .readRegister,
            .prepareRegister, .acceptRegister, .pull, .compare, .confirm, .collect, .finish, .vouch:
            break
        }
        return ReplicaRequest(slot: slot, version: version, kind: kind)
    }

    /// Messages that are sent once more may have been kept, delivered and dropped already.
    mutating func markAsRetry() {
        guard case .replicate(var batch) = kind else { return }
        for index in batch.messages.indices { batch.messages[index].isRetry = true }
        kind = .replicate(batch)
    }
}
