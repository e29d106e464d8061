import RoostCore
import RoostLog

/// The emptying of one segment after the other. A part of the segment is offered to the shards; when each has answered, which
/// it does when what is live of it is durable elsewhere, the next part is offered, and after the last the file may go.
struct LogCleaner {
    /// What to do next.
    enum Step: Equatable {
        /// Offer the part of the segment that begins here.
        case offer(segment: UInt32, from: Int)
        /// Delete the segment, once everything written so far is on stable storage.
        case delete(segment: UInt32)
        /// A shard has not answered in time.
        case abandon(segment: UInt32)
    }

    private enum State {
        /// Can become ``offering``.
        case idle
        /// A part is on its way to the shards. Can become ``waiting`` or ``idle``.
        case offering(UInt32)
        /// Shards have a part and have not all answered. Can become ``offering`` or ``idle``.
        case waiting(UInt32, shards: [Int], next: Int?, since: Instant)
    }

    private var state = State.idle
    /// Answers take a group commit or two; a shard whose append was refused never answers.
    private static let answerSpanMax = TimeSpan.seconds(60)

    var isIdle: Bool {
        if case .idle = state { true } else { false }
    }

    /// When to look whether the shards have answered.
    var nextDeadline: Instant {
        if case .waiting(_, _, _, let since) = state { since + LogCleaner.answerSpanMax } else { .distantFuture }
    }

    mutating func begin(_ segment: UInt32) -> Step {
        state = .offering(segment)
        return .offer(segment: segment, from: 0)
    }

    mutating func offered(_ segment: UInt32, to shards: [Int], next: Int?, now: Instant) -> Step? {
        guard case .offering(segment) = state else { return nil }
        state = .waiting(segment, shards: shards, next: next, since: now)
        return advance()
    }

    mutating func cleaned(_ segment: UInt32, by shard: Int) -> Step? {
        guard case .waiting(segment, var shards, let next, let since) = state else { return nil }
        shards.removeAll { $0 == shard }
        state = .waiting(segment, shards: shards, next: next, since: since)
        return advance()
    }

    mutating func damaged(_ segment: UInt32) {
        switch state {
        case .offering(segment), .waiting(segment, _, _, _): state = .idle
        case .idle, .offering, .waiting: break
        }
    }

    mutating func timerFired(now: Instant) -> Step? {
        guard case .waiting(let segment, _, _, _) = state, now >= nextDeadline else { return nil }
        state = .idle
        return .abandon(segment: segment)
    }

    private mutating func advance() -> Step? {
        guard case .waiting(let segment, let shards, let next, _) = state, shards.isEmpty else { return nil }
        guard let next else {
            state = .idle
            return .delete(segment: segment)
        }
        state = .offering(segment)
        return .offer(segment: segment, from: next)
    }
}
