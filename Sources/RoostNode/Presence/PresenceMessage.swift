import RoostCore
import RoostRing
import RoostSession

/// What nodes, and the shards of one node, say to each other about who is there and who types.
///
/// Nothing of it is stored but when somebody was last seen, nothing is waited for, and all of it may be lost: whoever needs an
/// answer asks again.
public enum PresenceMessage: Equatable, Sendable {
    /// A shard's sessions watch a user, or no longer do. To the shard of the same node that speaks to the user's owners.
    case want(slot: Slot, user: Address, shard: GatewayToken, isWanted: Bool)
    /// What the owners told of a user, from that shard to the one that wants it. `teller` is the owner that told.
    case handed(GatewayToken, Told, teller: NodeID)
    /// A node wants to be told of a user, or no longer does. To one owner; answered by `told`.
    case watch(slot: Slot, version: UInt64, user: Address, hub: GatewayToken, isWatched: Bool)
    /// How it stands with users that a node watches.
    case told(GatewayToken, [Told])
    /// Which of these may see how it stands with the user? To the owner that told; answered by `judged`.
    case judge(slot: Slot, version: UInt64, token: GatewayToken, user: Address, watchers: [Address])
    /// Who of those asked about may.
    case judged(GatewayToken, user: Address, rule: UInt64, [Verdict])
    /// Devices of these users were heard from. To all owners.
    case seen(slot: Slot, version: UInt64, [Seen])
    /// An owner holds these to be sessions of the gateway; it is told to forget those that are not.
    case rollCall(GatewayToken, [Call])
    /// Somebody types to a user. To one owner.
    case typing(slot: Slot, version: UInt64, TypingNotice)
    /// Somebody types to the user of a session.
    case typingFor(GatewayToken, slot: Slot, TypingNotice)
    /// What does your clock say? `asked` is the asker's.
    case clockAsked(GatewayToken, asked: Instant)
    /// This is what it says.
    case clockTold(GatewayToken, asked: Instant, told: Instant)

    /// How it stands with a user or a group, and who may know.
    public struct Told: Equatable, Sendable {
        /// Of whom.
        public var user: Address
        /// The version of its slot under which it was found.
        public var version: UInt64
        /// How it stands.
        public var state: WatchedState
        /// Under which everybody may know; else each has to be asked about, and the answer holds for this number.
        public var rule: UInt64?

        /// Makes it.
        public init(user: Address, version: UInt64, state: WatchedState, rule: UInt64?) {
            self.user = user
            self.version = version
            self.state = state
            self.rule = rule
        }
    }

    /// Whether somebody may see a person.
    public struct Verdict: Equatable, Sendable {
        /// Who.
        public var watcher: Address
        /// Whether.
        public var isAllowed: Bool

        /// Makes a verdict.
        public init(watcher: Address, isAllowed: Bool) {
            self.watcher = watcher
            self.isAllowed = isAllowed
        }
    }

    /// When a device of a user was last heard from.
    public struct Seen: Equatable, Sendable {
        /// Whose.
        public var user: Address
        /// By the gateway's clock, milliseconds since 1970.
        public var milliseconds: UInt64

        /// Makes it.
        public init(user: Address, milliseconds: UInt64) {
            self.user = user
            self.milliseconds = milliseconds
        }
    }

    /// A session that a gateway is asked about.
    public struct Call: Equatable, Sendable {
        /// The slot of its mailbox.
        public var slot: Slot
        /// The session.
        public var session: GatewayToken

        /// Makes it.
        public init(slot: Slot, session: GatewayToken) {
            self.slot = slot
            self.session = session
        }
    }

    /// The shard it is for, of a node with so many.
    func shard(of count: Int) -> Int {
        switch self {
        case .want(let slot, _, _, _), .watch(let slot, _, _, _, _), .judge(let slot, _, _, _, _),
            .seen(let slot, _, _), .typing(let slot, _, _):
            slot.shard(of: count)
        case .handed(let token, _, _), .told(let token, _), .judged(let token, _, _, _), .rollCall(let token, _),
            .typingFor(let token, _, _), .clockTold(let token, _, _):
            token.shard
        // All shards of a node go by one clock.
        case .clockAsked: 0
        }
    }
}

/// Somebody types. How old it is follows from two clocks that are known apart, see ``PeerClocks``.
public struct TypingNotice: Equatable, Sendable {
    /// Who types.
    public var from: Address
    /// Who is to see it.
    public var to: Address
    /// The group in which that is; `nil` between two people.
    public var group: Address?
    /// The person is recording.
    public var isRecording: Bool
    /// How old it was when it was sent on.
    public var age: TimeSpan
    /// When it was sent on, by the sending node's clock.
    public var stamp: Instant

    /// Makes a notice.
    public init(
        from: Address, to: Address, group: Address? = nil, isRecording: Bool, age: TimeSpan = .milliseconds(0),
        stamp: Instant
    ) {
        self.from = from
        self.to = to
        self.group = group
        self.isRecording = isRecording
        self.age = age
        self.stamp = stamp
    }
}

extension PeerMessage {
    /// The shard it is for, of a node with so many; `nil` for every shard.
    public func shard(of count: Int) -> Int? {
        switch self {
        case .request(let request): request.slot.shard(of: max(count, 1))
        case .reply(let reply): reply.token.shard
        case .presence(let message): message.shard(of: max(count, 1))
        // Divided before it is handed on.
        case .expand, .subscribeAgain: nil
        }
    }
}

extension GatewayToken {
    /// Names a shard and none of its operations or sessions.
    static func shard(_ shard: Int) -> GatewayToken { UInt64(shard) << 56 }
}
