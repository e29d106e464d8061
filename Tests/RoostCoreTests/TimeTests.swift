import RoostCore
import Testing

/// Time that never wraps, and randomness that follows from its seed.
@Suite struct TimeTests {
    @Test func `a deadline beyond the end of time never comes`() {
        let late = Instant(nanoseconds: .max - 5)
        #expect(late + TimeSpan(nanoseconds: 5) == .distantFuture)
        #expect(late + TimeSpan(nanoseconds: 6) == .distantFuture)
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect(late < .distantFuture)
    }

    @Test func `time that runs backwards has not passed`() {
        let early = Instant(nanoseconds: 10)
        let late = early + .milliseconds(3)
        #expect(late.since(early) == .milliseconds(3))
        #expect(early.since(late) == TimeSpan(nanoseconds: 0))
        #expect(early < late)
    }

    @Test func `spans are what their units say`() {
        #expect(TimeSpan.seconds(2) == .milliseconds(2000))
        #expect(TimeSpan.milliseconds(2).nanoseconds == 2_000_000)
        #expect(TimeSpan.milliseconds(250) * 4 == .seconds(1))
        #expect(TimeSpan.milliseconds(999) < .seconds(1))
    }

    static let sequences: [(UInt64, [UInt64])] = [
        (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
        (1_234_567, [0x599E_D017_FB08_FC85, 0x2C73_F084_5854_0FA5, 0x883E_BCE5_A3F2_7C77]),
    ]

    @Test(arguments: sequences)
    func `a seed gives SplitMix64's sequence`(seed: UInt64, sequence: [UInt64]) {
        var random = SeededRandom(seed: seed)
        #expect(sequence.map { _ in random.next() } == sequence)
    }

    @Test func `a copy goes on by itself`() {
        var random = SeededRandom(seed: 7)
        _ = random.next()
        var copy = random
        #expect(copy.next() == random.next())
    }

    @Test func `draws below a bound are even and the same on every machine`() {
        var random = SeededRandom(seed: 42)
        #expect((0..<8).map { _ in random.below(100) } == TimeTests.drawsOfSeed42)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<10_000 { counts[random.below(10)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        #expect(random.below(1) == 0)
    }

    /// A recorded simulation replays only as long as these stand.
    static let drawsOfSeed42 = [74, 15, 27, 34, 3, 86, 21, 80]
}
