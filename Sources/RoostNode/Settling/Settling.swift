import OrderedCollections
import RoostCore
import RoostRing

/// What one shard asks the other owners before it drops anything, and when.
struct Settling: Sendable {
    /// Between two looks at what is settled. Only while there is something.
    static let interval = TimeSpan.seconds(1)
    /// After this long owners that have not answered are asked again, with whatever has come up meanwhile.
    static let patience = TimeSpan.seconds(2)
    /// Accounts in one question.
    static let accountsMax = 1024

    /// A question under way, one for each slot.
    struct Question: Sendable {
        let slot: Slot
        let owners: Owners
        let accounts: [ReplicaRequest.Vouch.Account]
        /// Who goes by the same account, a bit for each owner, by the place of the account.
        var vouched: [UInt8]
        /// Who has answered.
        var answered: UInt8
        let until: Instant
    }

    /// An account about which the owners are not of one mind, although a majority answers.
    struct Doubt: Sendable {
        /// How often that was so since they were last brought to one.
        var count = 0
        /// How often it may be so: more each time, so that owners that all want to help do not go on hindering each other.
        var patience: Int
        /// Whether they are being brought to one mind.
        var isDeciding = false
    }

    var questions: OrderedDictionary<GatewayToken, Question> = [:]
    var doubts: [Address: Doubt] = [:]
    var nextTick = Instant.distantFuture
}
