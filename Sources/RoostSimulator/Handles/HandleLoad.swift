import RoostCore
import RoostNode

/// E-mail addresses and numbers that several accounts take from each other, all at once, by takers that vanish between two steps.
struct HandleLoad: Sendable {
    /// Somebody takes a handle.
    struct Taking: Sendable {
        /// The place of the account.
        let taker: Int
        let claim: HandleClaim
        let node: Int
        let begin: Instant
        /// The steps that are left.
        var machine: HandleTaking
        /// What is asked next, while the taker thinks.
        var next: RegisterRequest?
        /// When it ended or the taker vanished; `nil` while it may have an effect yet.
        var end: Instant?
        /// What the taker was told.
        var outcome: HandleTaking.Outcome?

        var isTaken: Bool {
            if case .taken = outcome { true } else { false }
        }
    }

    /// A time in which an account has a handle for certain.
    struct Holding: Sendable {
        let taking: Taking
        /// `nil` for the end of the run.
        let end: Instant?

        func overlaps(_ other: Holding) -> Bool {
            guard let begin = taking.end, let otherBegin = other.taking.end else { return false }
            return begin < other.end ?? .distantFuture && otherBegin < end ?? .distantFuture
        }
    }

    /// Tokens of register requests from here on are theirs.
    static let firstToken: UInt64 = 1 << 42

    /// The accounts.
    var takers: [UserName] = []
    /// What they want.
    var handles: [Handle] = []
    var takings: [Taking] = []
    /// Those that wait for an answer.
    var open: [Int] = []
    /// What the registers held when all was done; `nil` for what was not read yet.
    var values: [Address: [UInt8]] = [:]
    /// The register that is being read, and the token of the answer.
    var reading: (address: Address, token: UInt64)?

    /// Whether somebody is about to ask something, or waits for an answer.
    var isBusy: Bool { !open.isEmpty || takings.contains { $0.next != nil && $0.end == nil } }

    /// A node died: whoever waited for it has vanished, and what was asked last may come to be.
    mutating func nodeDied(_ node: Int) {
        open.removeAll { takings[$0].node == node }
    }

    /// The times in which accounts have what they were told is theirs: from then until they begin to take another one of the sort.
    /// Nothing is certain when anything else of theirs ran at the same time, or was never answered.
    var holdings: [Holding] {
        takings.compactMap { taking in
            guard taking.isTaken, let end = taking.end else { return nil }
            let others = takings.filter {
                $0.taker == taking.taker && $0.claim.handle.kind == taking.claim.handle.kind && $0.claim != taking.claim
            }
            let isAlone = others.allSatisfy { $0.begin >= end || $0.end.map { $0 <= taking.begin } ?? false }
            guard isAlone else { return nil }
            return Holding(taking: taking, end: others.map(\.begin).filter { $0 >= end }.min())
        }
    }
}
