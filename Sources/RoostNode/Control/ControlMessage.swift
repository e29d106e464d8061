import RoostCore

/// What nodes say to each other about the ring.
public enum ControlMessage: Equatable, Sendable {
    /// Asks for the ring record that the other goes by.
    case fetchRing
    /// A ring record, encoded; whoever receives it checks it like anything from outside.
    case ring([UInt8])
}
