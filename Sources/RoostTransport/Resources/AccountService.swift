import RoostNode

/// Where accounts are kept: a register for each on the owners of its slot.
public protocol AccountService: Sendable {
    /// Reads or changes one account, linearizably. It answers within seconds, also when the owners do not.
    func perform(_ request: AccountRequest) async -> AccountAnswer
}
