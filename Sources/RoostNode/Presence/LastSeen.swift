import RoostCore

/// When a device of a user was last heard from, and what of that the log has.
///
/// A maximum, like a receipt. It is logged at most once a minute, so that somebody who comes and goes costs no more than somebody
/// who stays. What the log has stays live until it has something later.
struct LastSeen: Equatable, Sendable {
    /// Between two records of one user.
    static let logInterval = TimeSpan.seconds(60)

    /// Milliseconds since 1970; 0 for never.
    private(set) var milliseconds: UInt64 = 0
    /// What the log was last given, or nothing.
    var loggedAt: Instant?
    /// What stands in the log, and where.
    private(set) var settled: UInt64 = 0
    private(set) var segment: UInt32?

    /// Takes the maximum. False when nothing rose.
    mutating func merge(_ other: UInt64) -> Bool {
        guard other > milliseconds else { return false }
        milliseconds = other
        return true
    }

    /// Whether it may be given to the log now.
    func mayBeLogged(now: Instant) -> Bool {
        loggedAt.map { now.since($0) >= LastSeen.logInterval } ?? true
    }

    /// A record of it stands in this segment. Returns the segment in which bytes became dead by that.
    mutating func settle(_ value: UInt64, in segment: UInt32) -> UInt32? {
        guard value >= settled else { return segment }
        let old = self.segment
        settled = value
        self.segment = segment
        return old
    }

    /// Whether a record of it in this segment is the one that counts.
    func isLive(_ value: UInt64, in segment: UInt32) -> Bool {
        value == settled && self.segment == segment
    }
}
