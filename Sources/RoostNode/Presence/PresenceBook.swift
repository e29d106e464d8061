import RoostCore
import RoostSession

/// What an owner keeps of presence: which nodes are told of which users, and what they were told. In memory only: nodes that watch ask
/// again when they meet a new life of the owner, and when the slot has another version.
struct PresenceBook: Sendable {
    /// Changes are gathered for so long, so that many at once are one message to each node.
    static let gathering = TimeSpan.milliseconds(200)
    /// How far a group's members are is told at most so often: its messages come faster than anybody looks.
    static let groupPause = TimeSpan.seconds(1)
    /// A node whose link is down for so long takes its sessions' presence with it.
    static let nodePatience = TimeSpan.seconds(5)
    /// For so long after it has become an owner it does not say of anybody that no device is connected: those that are have to
    /// subscribe first.
    static let settling = TimeSpan.seconds(3)
    /// Between two times that gateways are asked whether they still have the sessions that they seem to have.
    static let rollCallInterval = TimeSpan.seconds(30)
    /// How soon that is done after something was said that may have been lost, or refused for the version of a slot.
    static let rollCallPause = TimeSpan.seconds(1)

    /// A user or a group of whom nodes are told.
    struct Watched: Sendable {
        let slot: Slot
        let version: UInt64
        var hubs: [Hub]
        var told: PresenceMessage.Told?
        /// When that was.
        var toldAt = Instant.zero
        /// Made when it is needed, and anew when a register has changed.
        var rule: PresenceRule?
    }

    /// The shard of a node that is told.
    struct Hub: Sendable {
        let node: NodeID
        let token: GatewayToken
        /// Whether it knows what the others were told.
        var isTold: Bool
    }

    var watched: [Address: Watched] = [:]
    /// Users of whom something may be news.
    var changed: Set<Address> = []
    /// Nodes whose link is down, and since when.
    var silent: [NodeID: Instant] = [:]
    /// Those of them whose sessions do not count any more.
    var gone: Set<NodeID> = []
    /// Until when a slot of which this node has become an owner is not settled.
    var unsettled: [Slot: Instant] = [:]
    /// Users whose last time the log has not, for it got one a moment ago.
    var unlogged: Set<Address> = []
    /// People who are being typed to.
    var typings = TypingTable()
    /// When gateways are asked for their sessions, and what had to wait is logged.
    var nextUpkeep = Instant.distantFuture
}
