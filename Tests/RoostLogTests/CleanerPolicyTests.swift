import RoostCore
import RoostLog
import Testing

@Suite struct CleanerPolicyTests {
    private let policy = CleanerPolicy()

    private func usage(_ segment: UInt32, live: Int, of total: Int = 100) -> CleanerPolicy.Usage {
        CleanerPolicy.Usage(segment: segment, accountedBytes: total, deadBytes: total - live)
    }

    @Test func wholeDeadSegmentsComeFirstTheOldestOfThemFirst() {
        let segments = [usage(1, live: 100), usage(5, live: 0), usage(2, live: 0), usage(3, live: 1)]
        #expect(policy.victim(among: segments, newest: 9, isSpaceShort: false) == 2)
    }

    @Test func nothingIsCopiedWhileTheLogIsWellUsed() {
        let segments = [usage(1, live: 60), usage(2, live: 90), usage(3, live: 80)]
        #expect(policy.victim(among: segments, newest: 9, isSpaceShort: false) == nil)
        #expect(policy.victim(among: segments, newest: 9, isSpaceShort: true) == 1)
        #expect(policy.victim(among: [], newest: 9, isSpaceShort: true) == nil)
    }

    @Test func fullSegmentsAreNotCopiedEvenWhenSpaceIsShort() {
        #expect(policy.victim(among: [usage(1, live: 96)], newest: 2, isSpaceShort: true) == nil)
    }

    @Test func ageOutweighsAnEmptierYoungSegment() {
        // 0.5 · 9 / 1.5 = 3 against 0.7 · 1 / 1.3 = 0.54.
        let segments = [usage(1, live: 50), usage(9, live: 30)]
        #expect(policy.victim(among: segments, newest: 10, isSpaceShort: false) == 1)
        // Of the same age, the emptier one.
        let same = [usage(4, live: 50), usage(4, live: 30, of: 100)]
        #expect(policy.victim(among: same, newest: 10, isSpaceShort: false) == 4)
    }

    @Test func reportsOfMoreThanThereIsCountAsAllDead() {
        let over = CleanerPolicy.Usage(segment: 1, accountedBytes: 10, deadBytes: 99)
        #expect(over.liveBytes == 0)
        #expect(policy.victim(among: [over], newest: 2, isSpaceShort: false) == 1)
    }

    /// Whatever the mix, emptying victims one by one ends with a log used as well as was asked, or full segments only.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func cleaningEndsAtTheUtilisationAskedFor(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var segments = (1...UInt32(2 + random.below(30))).map { usage($0, live: random.below(101)) }
        var newest = UInt32(segments.count + 1)
        var moved = 0
        while let victim = policy.victim(among: segments, newest: newest, isSpaceShort: false) {
            guard let place = segments.firstIndex(where: { $0.segment == victim }) else {
                Issue.record("\(victim) is no segment")
                return
            }
            moved += segments.remove(at: place).liveBytes
            while moved >= 100 {
                newest += 1
                segments.append(usage(newest, live: 100))
                moved -= 100
            }
        }
        let total = segments.reduce(0) { $0 + $1.accountedBytes }
        let live = segments.reduce(0) { $0 + $1.liveBytes }
        #expect(total == 0 || Double(live) >= 0.70 * Double(total))
    }
}
