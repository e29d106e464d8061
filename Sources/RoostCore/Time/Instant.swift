/// A point on a node's own monotonic clock, in nanoseconds since an origin that only that process knows.
///
/// Machines receive it as `now:`; they never read a clock. Instants of two processes cannot be compared.
@frozen
public struct Instant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the origin.
    public var nanoseconds: UInt64

    /// Makes the instant `nanoseconds` after the origin.
    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin of the clock.
    public static let zero = Instant(nanoseconds: 0)

    /// A deadline that never comes.
    public static let distantFuture = Instant(nanoseconds: .max)

    /// The earlier instant first.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `span` later; saturates at ``distantFuture``.
    @inlinable
    public static func + (instant: Instant, span: TimeSpan) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }

    /// The span from `earlier` to this instant; zero when `earlier` is later.
    @inlinable
    public func since(_ earlier: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0)
    }
}

/// A length of time in whole nanoseconds, never negative. Eight bytes, where `Duration` takes sixteen.
@frozen
public struct TimeSpan: Comparable, Hashable, Sendable {
    /// The length in nanoseconds.
    public var nanoseconds: UInt64

    /// Makes a span of `nanoseconds`.
    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// A span of `count` milliseconds.
    @inlinable
    public static func milliseconds(_ count: UInt64) -> TimeSpan {
        TimeSpan(nanoseconds: count * 1_000_000)
    }

    /// A span of `count` seconds.
    @inlinable
    public static func seconds(_ count: UInt64) -> TimeSpan {
        TimeSpan(nanoseconds: count * 1_000_000_000)
    }

    /// The shorter span first.
    @inlinable
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The span taken `factor` times.
    @inlinable
    public static func * (span: TimeSpan, factor: UInt64) -> TimeSpan {
        TimeSpan(nanoseconds: span.nanoseconds * factor)
    }
}
