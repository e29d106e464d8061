import RoostCore

/// What nodes say to each other about the cluster.
public enum ControlMessage: Equatable, Sendable {
    /// Asks for the ring record that the other goes by.
    case fetchRing
    /// A ring record, encoded; whoever receives it checks it like anything from outside.
    case ring([UInt8])
    /// Asks how the other is; answered by `status` with the same token.
    case askStatus(token: UInt64)
    /// How the sender is.
    case status(token: UInt64, NodeStatus)
}
