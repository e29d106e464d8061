import RoostCore

/// How far a node trusts itself (Lifeguard, section IV-A): it that misses answers, or is suspected, may be the slow one,
/// and then probes more slowly and waits longer.
struct LocalHealth: Sendable {
    /// 0 is well.
    private(set) var score = 0
    private let scoreMax: Int

    init(scoreMax: Int) {
        self.scoreMax = scoreMax
    }

    mutating func improve() {
        score = max(0, score - 1)
    }

    mutating func worsen(by count: Int) {
        score = min(scoreMax, score + count)
    }

    func scale(_ span: TimeSpan) -> TimeSpan {
        span * UInt64(score + 1)
    }
}
