import RoostCore
import RoostNode

/// I7: whether a history of operations on one account has an order, compatible with real time, in which each answer is right.
///
/// The search of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the memory of Lowe ("Testing for
/// linearizability", 2017): a set of operations that were taken and the account after them is never looked at twice.
///
/// A change may be made more than once before it is answered: a try whose answers were lost stays made, others build on it, and
/// it is made again. Changes to accounts are such that this does no harm; the answer is the account after the last time.
struct Linearizability {
    typealias Operation = AccountLoad.Operation

    private let operations: [Operation]
    /// Answered ones have to be taken; the others may be.
    private let required: UInt64
    private var seen: Set<State> = []

    private struct State: Hashable {
        let taken: UInt64
        let account: [UInt8]
    }

    /// Most operations that fit: one bit each.
    static let operationsMax = 64

    init(_ history: [Operation]) {
        operations = history.filter { operation in
            guard operation.begin != nil else { return false }
            switch operation.answer {
            // Nothing was changed, says the answer, and nothing was told.
            case .unavailable: return false
            // A read that told nothing.
            case nil, .outcomeUnknown: return operation.kind != .read
            case .account, .refused: return true
            }
        }
        precondition(operations.count <= Linearizability.operationsMax, "\(operations.count) operations on an account")
        var required: UInt64 = 0
        for (place, operation) in operations.enumerated() {
            switch operation.answer {
            case .account, .refused: required |= 1 << UInt64(place)
            case .unavailable, .outcomeUnknown, nil: break
            }
        }
        self.required = required
    }

    /// Whether there is such an order.
    mutating func hasOrder() -> Bool {
        search(taken: 0, account: nil)
    }

    private mutating func search(taken: UInt64, account: Account?) -> Bool {
        if taken & required == required { return true }
        guard seen.insert(State(taken: taken, account: account?.encode() ?? [])).inserted else { return false }
        // Only what began before everything else that is left had ended can be next.
        var firstEnd = Instant.distantFuture
        for place in operations.indices where taken & 1 << UInt64(place) == 0 {
            firstEnd = min(firstEnd, end(of: operations[place]))
        }
        for place in operations.indices where taken & 1 << UInt64(place) == 0 {
            let operation = operations[place]
            guard let begin = operation.begin, begin <= firstEnd else { continue }
            guard let next = Linearizability.apply(operation, to: account) else { continue }
            if search(taken: taken | 1 << UInt64(place), account: next.account) { return true }
        }
        return searchEarlierTries(taken: taken, account: account, firstEnd: firstEnd)
    }

    /// A change that is not answered yet is made, and will be made again.
    private mutating func searchEarlierTries(taken: UInt64, account: Account?, firstEnd: Instant) -> Bool {
        for place in operations.indices where taken & 1 << UInt64(place) == 0 {
            let operation = operations[place]
            guard let begin = operation.begin, begin <= firstEnd else { continue }
            switch operation.answer {
            case .account, .outcomeUnknown, nil: break
            case .refused, .unavailable: continue
            }
            let (changed, refusal) = Linearizability.change(account, by: operation.kind)
            if refusal == nil, changed != account, search(taken: taken, account: changed) { return true }
        }
        return false
    }

    /// An operation without an outcome may take effect long after.
    private func end(of operation: Operation) -> Instant {
        switch operation.answer {
        case .account, .refused: operation.end ?? .distantFuture
        case .unavailable, .outcomeUnknown, nil: .distantFuture
        }
    }

    private struct After {
        let account: Account?
    }

    /// The account after the operation; `nil` when its answer would have been another.
    private static func apply(_ operation: Operation, to account: Account?) -> After? {
        let (changed, refusal) = change(account, by: operation.kind)
        switch operation.answer {
        case .account(let told): return refusal == nil && told == changed ? After(account: changed) : nil
        case .refused(let told): return refusal == told ? After(account: account) : nil
        case .unavailable, .outcomeUnknown, nil: return After(account: refusal == nil ? changed : account)
        }
    }

    private static func change(
        _ account: Account?, by kind: Operation.Kind
    ) -> (account: Account?, refusal: AccountChange.Refusal?) {
        var changed = account
        var refusal: AccountChange.Refusal?
        switch kind {
        case .create(let new):
            if let account, account != new { refusal = .exists } else { changed = new }
        case .putDevice(let device):
            if account == nil { refusal = .unknown }
            if changed?.put(device) == false { refusal = .tooManyDevices }
        case .removeDevice(let device):
            if account == nil { refusal = .unknown }
            if changed?.remove(device) == false { refusal = .unknownDevice }
        case .read:
            break
        }
        return (changed, refusal)
    }
}
