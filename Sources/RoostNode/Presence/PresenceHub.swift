import RoostCore
import RoostRing

/// What a shard keeps for all shards of its node: which users of its slots are watched by anybody there, and what their owners told.
///
/// So a node asks and is told once, however many of its clients watch: shards of one node hand it on among themselves.
struct PresenceHub: Sendable {
    /// After this long an owner that has not answered is asked again, or another.
    static let patience = TimeSpan.milliseconds(500)
    /// Questions that go out again at one look: when many owners are gone, not all at once.
    static let asksAtOnce = 1024
    /// When no owner has answered for so long, what was told before does not count any more.
    static let staleness = TimeSpan.seconds(10)

    /// A user that is watched here.
    struct Interest: Sendable {
        let slot: Slot
        /// The shards whose sessions watch, in order.
        var shards: [GatewayToken] = []
        /// The owner that tells.
        var teller: NodeID
        /// How many owners have been asked since one answered.
        var attempts = 0
        /// Since when no owner has answered; `nil` when one has.
        var unansweredSince: Instant?
        var askAgainAt: Instant
        var told: PresenceMessage.Told?
    }

    var interests: [Address: Interest] = [:]
    /// Those that wait for an answer.
    var unanswered: Set<Address> = []
}
