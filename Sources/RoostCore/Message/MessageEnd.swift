/// When a message that nobody has stored by then is dropped, by the clocks of the nodes that hold it.
///
/// Their clocks decide when a message ends and nothing else: its number stays until every device has stored the word that it has
/// ended.
public struct MessageEnd: Hashable, Comparable, Sendable {
    /// Seconds since 1970; 0 for one that does not end, the greatest for one that has.
    public let seconds: UInt32

    /// Takes a value as it stands in the log.
    public init(seconds: UInt32) {
        self.seconds = seconds
    }

    /// It does not end.
    public static let never = MessageEnd(seconds: 0)
    /// It has ended: in place of its content stands the word that it has.
    public static let passed = MessageEnd(seconds: .max)

    /// The end of what was sent at a time and lives so many seconds; never for 0.
    public init(sentAtMilliseconds: UInt64, lifetimeSeconds: UInt32) {
        let end = sentAtMilliseconds / 1000 + UInt64(lifetimeSeconds) + 1
        let last = MessageEnd.passed.seconds - 1
        seconds = lifetimeSeconds == 0 ? 0 : min(UInt32(clamping: end), last)
    }

    /// Whether it is at a time that is still to be waited for.
    public var isAhead: Bool { self != .never && self != .passed }

    /// Whether it is due.
    public func isDue(wallMilliseconds: UInt64) -> Bool {
        isAhead && UInt64(seconds) <= wallMilliseconds / 1000
    }

    /// By time.
    public static func < (left: MessageEnd, right: MessageEnd) -> Bool { left.seconds < right.seconds }
}
