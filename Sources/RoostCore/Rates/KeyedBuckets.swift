/// A token bucket for each of many keys, in bounded memory: a key whose bucket is full again is forgotten.
public struct KeyedBuckets<Key: Hashable & Sendable>: Sendable {
    /// The most keys that are remembered.
    public let keysMax: Int
    /// The rate of each.
    public let rate: Rate
    private var buckets: [Key: TokenBucket] = [:]
    /// When it is worth the while to look for full ones again.
    private var sweepAt = Instant.zero

    /// Makes it without any.
    public init(_ rate: Rate, keysMax: Int = Limits.rateKeysMax) {
        self.rate = rate
        self.keysMax = keysMax
    }

    /// How many keys are remembered.
    public var count: Int { buckets.count }

    /// Takes a token for a key. Returns `nil` when there was one, else how long to wait. When there are too many keys, a new
    /// one has to wait as well: whoever makes up keys must not make others forgotten.
    public mutating func take(_ key: Key, now: Instant) -> TimeSpan? {
        if let index = buckets.index(forKey: key) { return buckets.values[index].take(rate, now: now) }
        if buckets.count >= keysMax { sweep(now: now) }
        guard buckets.count < keysMax else { return rate.interval }
        return buckets[key, default: TokenBucket()].take(rate, now: now)
    }

    /// How long until there is a token for a key; `nil` when there is one.
    public func wait(_ key: Key, now: Instant) -> TimeSpan? {
        buckets[key]?.wait(rate, now: now)
    }

    /// Forgets those that are full; at most once an interval, for it looks at all of them.
    private mutating func sweep(now: Instant) {
        guard now >= sweepAt else { return }
        sweepAt = now + rate.interval
        buckets = buckets.filter { $0.value.fullAt > now }
    }
}
