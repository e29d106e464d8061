import RoostNode

/// Where accounts and groups are kept: registers, each on the owners of its slot.
public protocol RegisterService: Sendable {
    /// Reads or changes one register, linearizably. It answers within seconds, also when the owners do not.
    func perform(_ request: RegisterRequest) async -> RegisterAnswer
}
