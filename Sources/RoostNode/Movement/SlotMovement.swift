import OrderedCollections
import RoostCore
import RoostRing

/// What one shard copies, compares and gives up, and when.
struct SlotMovement: Sendable {
    /// Merges under way at once: enough to keep a link busy, few enough to leave the message path alone.
    static let mergesAtOnce = 8
    /// After this long a request to a source is given up.
    static let patience = TimeSpan.seconds(2)
    /// For so long a source that was late is asked only when there is no other.
    static let silence = TimeSpan.seconds(30)
    /// Between two looks at what is to be done.
    static let tickInterval = TimeSpan.milliseconds(50)
    /// Comparisons that go out at one look.
    static let comparisonsAtOnce = 64
    /// Each slot is compared with its other owners this often.
    static let comparisonPeriod = TimeSpan.seconds(600)
    /// Between two questions whether a slot may be given up.
    static let dropPatience = TimeSpan.seconds(1)

    /// Merges that are wanted or under way, in the order in which they came up.
    var merges: OrderedDictionary<Slot, SlotMerge> = [:]
    /// What to compare, and with whom.
    var comparisons: OrderedSet<Comparison> = []
    /// Slots that are held here and owned by others.
    var leftovers: OrderedDictionary<Slot, Leftover> = [:]
    /// Bytes that may still be asked for; falls below zero by one answer at most for each merge.
    var allowance = 0
    var allowanceAt = Instant.zero
    var nextTick = Instant.distantFuture
    /// The next slot to compare in turn, and when.
    var patrol = 0
    var nextPatrol = Instant.distantFuture
    /// Sources that have not answered, and until when others are asked rather.
    var silentUntil: [NodeID: Instant] = [:]
    /// Bytes of other nodes' copies taken in since the start.
    var bytesCopied = 0

    /// Two copies to compare.
    struct Comparison: Hashable, Sendable {
        let slot: Slot
        let peer: NodeID
    }

    /// A copy to give up, and who has said that it may go.
    struct Leftover: Sendable {
        var token: GatewayToken = 0
        var confirmed: Set<NodeID> = []
        var askAgainAt = Instant.zero
    }

    var isBusy: Bool { !merges.isEmpty || !comparisons.isEmpty || !leftovers.isEmpty }

    /// How many owners' copies together hold whatever a majority of the owners was told to hold: they share a member with
    /// each majority.
    static func copiesNeeded(of owners: Int) -> Int {
        owners - (owners / 2 + 1) + 1
    }

    /// Refills the allowance: a share of the node's limit for this shard.
    mutating func refill(bytesPerSecond: UInt64, now: Instant) {
        guard bytesPerSecond > 0 else {
            allowance = .max / 2
            return
        }
        let elapsed = min(now.since(allowanceAt).nanoseconds, 1_000_000_000)
        allowanceAt = now
        let rate = Int(clamping: bytesPerSecond)
        let added = Int(Double(rate) * Double(elapsed) / 1e9)
        allowance = min(allowance.addingReportingOverflow(added).partialValue, rate)
    }
}
