import RoostConsensus
import RoostCore

/// Changes to a register that holds a list of operations, a byte each.
enum TestChange: RegisterChange {
    /// Begins the list; refused when there is one. It does not know its own work again.
    case create(UInt8)
    /// Adds to the list, once.
    case append(UInt8)
    /// Leaves the list alone.
    case keep

    /// Why a creation is refused.
    static let exists: UInt8 = 7

    func apply(to current: [UInt8]) -> RegisterDecision {
        switch self {
        case .create(let id): current.isEmpty ? .write([id]) : .refuse(reason: TestChange.exists)
        case .append(let id): current.contains(id) ? .keep : .write(current + [id])
        case .keep: .keep
        }
    }
}

typealias Proposer = RegisterProposer<TestChange>

/// The node of a number.
func node(_ number: Int) -> NodeID {
    NodeID(high: 0, low: UInt64(number))
}

/// Nodes of these numbers.
func nodes(_ numbers: Int...) -> [NodeID] {
    numbers.map(node)
}

/// An instant of a test.
func at(milliseconds: UInt64) -> Instant {
    .zero + .milliseconds(milliseconds)
}
