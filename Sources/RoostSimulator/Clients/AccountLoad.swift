import RoostCore
import RoostNode

/// The account operations of a run: what was asked when, and what was answered when. The ground of the check that
/// registers are linearizable.
struct AccountLoad: Sendable {
    /// One operation.
    struct Operation: Sendable {
        /// What it does.
        enum Kind: Equatable, Sendable {
            case create(Account)
            case putDevice(Account.Device)
            case removeDevice(DeviceID)
            case read
        }

        let key: Address
        let kind: Kind
        /// `nil` until it is asked.
        var begin: Instant?
        /// `nil` while there is no answer; then it may take effect at any time, or never.
        var end: Instant?
        var answer: AccountAnswer?
        var node = 0
        /// It was not asked: its node was down.
        var isSkipped = false

        /// What the shard is asked.
        var request: RegisterRequest {
            switch kind {
            case .create(let account): .change(key, .account(.create(account)))
            case .putDevice(let device): .change(key, .account(.putDevice(device)))
            case .removeDevice(let device): .change(key, .account(.removeDevice(device)))
            case .read: .read(key)
            }
        }
    }

    private(set) var operations: [Operation] = []
    /// Operations asked and not answered, whose node still lives.
    private var open: [Int] = []

    /// Whether an answer is still to come.
    var isWaiting: Bool { !open.isEmpty }

    mutating func plan(_ key: Address, _ kind: Operation.Kind) -> Int {
        operations.append(Operation(key: key, kind: kind))
        return operations.count - 1
    }

    /// Begins an operation. Returns the token under which it is answered.
    mutating func begin(_ index: Int, at node: Int, now: Instant) -> UInt64 {
        operations[index].begin = now
        operations[index].node = node
        open.append(index)
        return UInt64(index)
    }

    mutating func skip(_ index: Int) { operations[index].isSkipped = true }

    mutating func finish(_ token: UInt64, _ answer: AccountAnswer, now: Instant) {
        let index = Int(token)
        guard open.contains(index) else { return }
        open.removeAll { $0 == index }
        operations[index].end = now
        operations[index].answer = answer
    }

    /// A node died with its operations: nobody will answer them.
    mutating func nodeDied(_ node: Int) {
        open.removeAll { operations[$0].node == node }
    }

    /// Whether somebody was told that the account exists.
    func isMade(_ key: Address) -> Bool {
        operations.contains { operation in
            guard operation.key == key else { return false }
            switch operation.answer {
            case .account(.some), .refused(.exists): return true
            case .account(.none), .refused, .unavailable, .outcomeUnknown, nil: return false
            }
        }
    }
}
