/// How often something may happen: `burst` times at once, and once more each `interval` after that.
public struct Rate: Equatable, Sendable {
    /// How often at once, at least 1.
    public let burst: UInt64
    /// After how long once more.
    public let interval: TimeSpan

    /// Makes a rate.
    public init(burst: UInt64, interval: TimeSpan) {
        precondition(burst > 0 && interval.nanoseconds > 0, "a rate of \(burst) and one each \(interval)")
        self.burst = burst
        self.interval = interval
    }

    /// So many a second, and `seconds` times as many at once; `nil` for 0, which means without limit.
    public static func perSecond(_ count: UInt64, burstSeconds seconds: UInt64) -> Rate? {
        guard count > 0 else { return nil }
        return Rate(
            burst: max(1, count * seconds), interval: TimeSpan(nanoseconds: max(1, 1_000_000_000 / count)))
    }
}
