import RoostConsensus
import RoostCore

/// A change to a group's order, as data.
public enum GroupOrderChange: RegisterChange, Equatable, Sendable {
    /// Gives numbers to these, if nothing has happened since this generation that an orderer had to know.
    case assign([GroupOrder.Item], generation: UInt64)
    /// Takes what is finished out of the window.
    case finish(upTo: StreamNumber)

    /// Why a change is refused. The raw value goes through the register.
    public enum Refusal: UInt8, Error, Equatable, Sendable, CaseIterable {
        /// The generation is another: what was read before it may be finished by now.
        case moved = 1
        /// The stored order could not be read.
        case unreadable = 2
    }

    /// Decides on the stored order; empty bytes are that of a new group.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        guard var order = GroupOrder(stored: current) else { return .refuse(reason: Refusal.unreadable.rawValue) }
        let before = order
        switch self {
        case .assign(let items, let generation):
            // Of an earlier try of this very change nothing is left to do.
            if items.allSatisfy(order.holds) { return .keep }
            guard order.generation == generation else { return .refuse(reason: Refusal.moved.rawValue) }
            order.assign(items)
        case .finish(let number):
            order.finish(upTo: number)
        }
        return order == before ? .keep : .write(order.encode())
    }
}
