/// How a command that changes the ring has ended, as a program reads it.
public struct ChangeReport: Codable, Equatable, Sendable {
    /// What became of it.
    public enum Outcome: String, Codable, Equatable, Sendable {
        /// It is as it was asked for.
        case done
        /// Another change called it off.
        case calledOff
        /// It is decided, and copies move; nobody watches.
        case detached
    }

    /// What became of it.
    public var outcome: Outcome
    /// The ring that it was decided as.
    public var epoch: UInt64

    /// Makes a report.
    public init(_ outcome: Outcome, epoch: UInt64) {
        self.outcome = outcome
        self.epoch = epoch
    }
}
