import DequeModule
import OrderedCollections
import RoostCore
import RoostSession

/// What a shard keeps for its own sessions: whom each watches, and what each was shown.
struct PresenceWatchers: Sendable {
    /// After this long the question who may see a person is asked again.
    static let patience = TimeSpan.milliseconds(500)
    /// Sessions that are shown something in one turn: many watch one person, and messages are not to wait for all of them.
    static let shownAtOnce = 256
    /// How soon the next ones are.
    static let showingPause = TimeSpan.milliseconds(5)

    /// Somebody whom sessions of this shard watch, or a group.
    struct Watched: Sendable {
        let slot: Slot
        /// Who watches, and what was shown; `nil` for nothing yet.
        var sessions: [GatewayToken: WatchedState?] = [:]
        var told: PresenceMessage.Told?
        /// The owner that told, for it knows who may see it.
        var teller: NodeID?
        /// Who may, under the rule that was told.
        var verdicts: [Address: Bool] = [:]
        /// Sessions of which it is not known whether they may.
        var unjudged: Set<GatewayToken> = []

        /// Verdicts on people who have gone are kept, for they come back; but not without end.
        mutating func forgetVerdicts(_ user: (GatewayToken) -> Address?) {
            guard verdicts.count > 2 * sessions.count + Limits.presenceBatchMax else { return }
            let present = Set(sessions.keys.compactMap(user))
            verdicts = verdicts.filter { present.contains($0.key) }
        }
    }

    var watched: [Address: Watched] = [:]
    /// Whom a session watches, in order.
    var bySession: [GatewayToken: [Address]] = [:]
    /// Of whom it was asked who may see them, and when to ask again.
    var judging: [Address: Instant] = [:]
    /// Sessions that are still to be shown how it stands with somebody.
    var unshown: OrderedDictionary<Address, ArraySlice<GatewayToken>> = [:]
    var nextShowing = Instant.distantFuture
    /// Sessions of which the owners have not been told that their devices were heard from.
    var fresh: [GatewayToken] = []
    /// The others, and when to tell it again: all after the same time, so the first is the next.
    var seenNext: Deque<(session: GatewayToken, at: Instant)> = []
}
