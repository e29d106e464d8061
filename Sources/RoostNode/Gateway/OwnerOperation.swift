import RoostCore
import RoostRing

/// Something that is asked of the owners of a slot, and begins anew when they change.
protocol OwnerOperation: Sendable {
    /// What is asked.
    var request: ReplicaRequest { get set }
    /// Whom.
    var owners: Owners { get set }

    /// Begins anew: what the owners have answered until now does not count.
    mutating func forgetAnswers(askAgainAt: Instant)
}

extension OwnerOperation {
    /// Turns to the owners of a new ring, under a new token, so that no answer to the old one is taken for one to this.
    mutating func begin(again token: GatewayToken, under ring: RingTable, askAgainAt: Instant) {
        request = request.renewed(token: token, version: ring.version(of: request.slot))
        owners = ring.owners(of: request.slot)
        forgetAnswers(askAgainAt: askAgainAt)
    }
}

extension ReplicationOperation: OwnerOperation {
    mutating func forgetAnswers(askAgainAt: Instant) {
        durable = 0
        refused = 0
        refusal = nil
        self.askAgainAt = askAgainAt
        request.markAsRetry()
    }
}

extension QuestionOperation: OwnerOperation {
    mutating func forgetAnswers(askAgainAt: Instant) {
        answered = 0
        self.askAgainAt = askAgainAt
    }
}

extension FetchOperation: OwnerOperation {
    // It is not asked again, but given up at its deadline.
    mutating func forgetAnswers(askAgainAt: Instant) {
        answered = 0
    }
}
