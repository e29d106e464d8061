import RoostCore

/// What is asked of a shard about one register.
public enum RegisterRequest: Equatable, Sendable {
    /// Change what is kept at this address.
    case change(Address, StoredChange)
    /// Read it.
    case read(Address)

    /// Whose register.
    public var address: Address {
        switch self {
        case .change(let address, _), .read(let address): address
        }
    }
}

/// What a shard answers to a ``RegisterRequest``.
public enum RegisterAnswer: Equatable, Sendable {
    /// The value as it is decided now; empty when nothing was ever written.
    case value([UInt8])
    /// The stored value forbids the change; the reason is that of the change's own kind.
    case refused(reason: UInt8)
    /// No majority of the owners answered; nothing was changed.
    case unavailable
    /// No majority of the owners answered in time; the change may or may not have been made.
    case outcomeUnknown
}
