/// What the senders saw between the opening of a window of measurement and now.
package struct WorkloadReading: Codable, Equatable, Sendable {
    /// How long the window was open.
    package var seconds: Double
    /// Messages that became `sent`.
    package var acknowledged: Int
    /// The longest time that a sender with something to send waited for its next `sent`.
    package var longestStallSeconds: Double
    /// Whose that was.
    package var stalledPair: Int
    /// Half of the messages were `sent` so soon after they were composed.
    package var p50Milliseconds: Double
    /// 99 of 100.
    package var p99Milliseconds: Double
    /// Senders that have not seen a `sent` since.
    package var pairsNotMoving: Int
}
