import RoostCore

/// The longest time that something waited for progress, since a moment that can be set anew.
package struct StallGauge {
    private var waitingSince: Instant?
    private var openedAt = Instant.zero
    private var longest = TimeSpan(nanoseconds: 0)
    private var hasProgressed = false

    /// Nobody waits yet.
    package init() {}

    /// Forgets what was: stalls count from here on, also one that is under way.
    package mutating func open(_ now: Instant) {
        openedAt = now
        longest = TimeSpan(nanoseconds: 0)
        hasProgressed = false
    }

    /// From here on somebody waits.
    package mutating func beganToWait(_ now: Instant) {
        waitingSince = now
    }

    /// Something moved; `isWaiting` says whether there is more to wait for.
    package mutating func progressed(_ now: Instant, isWaiting: Bool) {
        longest = longestStall(now)
        waitingSince = isWaiting ? now : nil
        hasProgressed = true
    }

    /// Nobody waits: what comes later is no answer to what was.
    package mutating func stoppedWaiting() {
        waitingSince = nil
    }

    /// The longest stall since it was opened, the one under way included.
    package func longestStall(_ now: Instant) -> TimeSpan {
        guard let waitingSince else { return longest }
        return max(longest, now.since(max(waitingSince, openedAt)))
    }

    /// Whether everything that waits has moved since it was opened.
    package var isMoving: Bool { hasProgressed || waitingSince == nil }
}
