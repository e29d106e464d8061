import OrderedCollections
import RoostConsensus
import RoostCore
import RoostSession

/// The operations on registers under way on one shard, by token.
struct RegisterOperations: Sendable {
    /// Whom an answer is for.
    enum Asker: Equatable, Sendable {
        /// Who asked by a ``RegisterRequest``.
        case request(UInt64)
        /// A session that is being authenticated.
        case session(GatewayToken, AccessToken)
        /// A session whose account may have changed.
        case settings(GatewayToken)
        /// A batch that some owner says is of a blocked sender.
        case block(GatewayToken)
        /// The orderer of a group, in the pass of this token.
        case orderer(Address, GatewayToken)
        /// A session that sends to a group, or asks how far it is.
        case sender(GatewayToken, OutboundKey, query: UInt64?)
        /// An owner that found others to go by another account of this user.
        case settling(Address)
    }

    /// A read in one round trip.
    struct Read: Sendable {
        let key: Address
        let asker: Asker
        var reader: RegisterReader
        /// When to stop waiting for the owners that have not answered.
        let patience: Instant
        let deadline: Instant
    }

    /// A change, or a read that found something half decided.
    struct Round: Sendable {
        let key: Address
        let asker: Asker
        var proposer: RegisterProposer<StoredChange>
    }

    var reads: OrderedDictionary<GatewayToken, Read> = [:]
    var rounds: OrderedDictionary<GatewayToken, Round> = [:]
    /// Answers for orderers, which the shard hands on.
    var ordererAnswers: [(group: Address, pass: GatewayToken, answer: RegisterAnswer)] = []
    /// Accounts that owners wanted decided and that are, or could not be: for the shard.
    var decidedAccounts: [Address] = []
    var random: SeededRandom

    init(random: SeededRandom) {
        self.random = random
    }

    var isBusy: Bool { !reads.isEmpty || !rounds.isEmpty }
}
