/// A change to a register as data, so that a proposer can apply it to whatever value it finds, each time it has to try again.
///
/// A try that seemed to fail may have succeeded and been built upon by others. So a change must recognise a value that has
/// it already and leave it alone: a creation with an id of its own, a name put into a set, a comparison with a version.
/// Adding one to a number would count twice.
public protocol RegisterChange: Equatable, Sendable {
    /// The longest value that such a change writes, in bytes.
    static var valueBytesMax: Int { get }

    /// Decides on the value found; empty when the register was never written.
    func apply(to current: [UInt8]) -> RegisterDecision
}

extension RegisterChange {
    /// That of the registers that are kept in the log.
    public static var valueBytesMax: Int { RegisterState.valueBytesMax }
}

/// What a change makes of a value.
public enum RegisterDecision: Equatable, Sendable {
    /// This is the new value, at most ``RegisterChange/valueBytesMax`` long.
    case write([UInt8])
    /// The value stays; the round makes sure that it is the decided one.
    case keep
    /// The value forbids the change, for the change's own numbered reason.
    case refuse(reason: UInt8)
}
