/// Counts what happens against a ``Rate``: a bucket of `burst` tokens into which one more drops each `interval`.
///
/// Kept as the one instant at which it would be full again, as ITU-T I.371 does for cells (the generic cell rate algorithm):
/// nothing has to run while nothing happens.
public struct TokenBucket: Equatable, Sendable {
    /// When it is full again, if nothing is taken.
    public private(set) var fullAt = Instant.zero

    /// Makes a full one.
    public init() {}

    /// Takes a token. Returns `nil` when there was one, else how long until there is one; then nothing was taken.
    public mutating func take(_ rate: Rate, now: Instant) -> TimeSpan? {
        if let wait = wait(rate, now: now) { return wait }
        fullAt = max(fullAt, now) + rate.interval
        return nil
    }

    /// How long until there is a token; `nil` when there is one.
    public func wait(_ rate: Rate, now: Instant) -> TimeSpan? {
        let debt = (max(fullAt, now) + rate.interval).since(now)
        let most = rate.interval * rate.burst
        return debt <= most ? nil : TimeSpan(nanoseconds: debt.nanoseconds - most.nanoseconds)
    }
}
