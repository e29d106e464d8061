import RoostConsensus

/// A change to whatever a register holds, as data. Which kind fits is decided by the register's address.
public enum StoredChange: RegisterChange, Equatable, Sendable {
    /// To a user's account, at the user's address.
    case account(AccountChange)
    /// To who has an e-mail address or a telephone number, at the address of the claim.
    case handle(HandleChange)
    /// To a user's contacts and blocks, at `alice/people`.
    case people(PeopleChange)
    /// To the groups that a user may be in, at `alice/groups`.
    case joined(JoinedGroupsChange)
    /// To a group's list, at the group's address.
    case group(GroupChange)
    /// To a group's order, at its part.
    case order(GroupOrderChange)
    /// Changes nothing: makes sure that what is there is decided.
    case keep

    /// Decides on the stored value; empty bytes mean none.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        switch self {
        case .account(let change): change.apply(to: current)
        case .handle(let change): change.apply(to: current)
        case .people(let change): change.apply(to: current)
        case .joined(let change): change.apply(to: current)
        case .group(let change): change.apply(to: current)
        case .order(let change): change.apply(to: current)
        case .keep: .keep
        }
    }
}
