import RoostCore
import Testing

/// Token buckets.
@Suite struct TokenBucketTests {
    private let rate = Rate(burst: 3, interval: .seconds(10))
    private let start = Instant.zero + .seconds(1000)

    @Test func `a burst, then one each interval, and the wait is told`() {
        var bucket = TokenBucket()
        for _ in 0..<3 { #expect(bucket.take(rate, now: start) == nil) }
        #expect(bucket.take(rate, now: start) == .seconds(10))
        #expect(bucket.wait(rate, now: start + .seconds(4)) == .seconds(6))
        #expect(bucket.take(rate, now: start + .seconds(4)) == .seconds(6))
        #expect(bucket.wait(rate, now: start + .seconds(10)) == nil)
        #expect(bucket.take(rate, now: start + .seconds(10)) == nil)
        #expect(bucket.take(rate, now: start + .seconds(10)) == .seconds(10))
    }

    @Test func `however long it rests, there is no more than a burst`() {
        var bucket = TokenBucket()
        for round in 1...3 as ClosedRange<UInt64> {
            let now = start + .seconds(1_000_000 * round)
            for _ in 0..<3 { #expect(bucket.take(rate, now: now) == nil) }
            #expect(bucket.take(rate, now: now) != nil)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `over any span no more pass than the rate allows`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bucket = TokenBucket()
        var now = start
        var passed: [Instant] = []
        for _ in 0..<500 {
            now = now + .milliseconds(UInt64(random.below(9000)))
            if bucket.take(rate, now: now) == nil { passed.append(now) }
        }
        #expect(passed.count > 100)
        for first in passed.indices {
            for last in first..<min(first + 40, passed.count) {
                let span = passed[last].since(passed[first]).nanoseconds
                #expect(UInt64(last - first + 1) <= rate.burst + span / rate.interval.nanoseconds)
            }
        }
    }

    @Test func `keys have buckets of their own, and full ones are forgotten`() {
        var buckets = KeyedBuckets<String>(rate, keysMax: 2)
        for _ in 0..<3 { #expect(buckets.take("a", now: start) == nil) }
        #expect(buckets.take("a", now: start) != nil)
        #expect(buckets.take("b", now: start) == nil)
        #expect(buckets.take("c", now: start) == .seconds(10))
        #expect(buckets.count == 2)
        // By now b's is full again, and a's is not: whoever has used much is not forgotten for a newcomer.
        #expect(buckets.take("c", now: start + .seconds(11)) == nil)
        #expect(buckets.count == 2)
        #expect(buckets.take("a", now: start + .seconds(11)) == nil)
        #expect(buckets.take("a", now: start + .seconds(11)) != nil)
    }

    @Test func `a rate of none is no limit`() {
        #expect(Rate.perSecond(0, burstSeconds: 2) == nil)
        #expect(Rate.perSecond(4, burstSeconds: 2) == Rate(burst: 8, interval: .milliseconds(250)))
    }
}
