/// What one rate brought.
struct SweepStep: Codable, Sendable {
    /// Messages a second that were asked for.
    var rate: Double
    /// Messages a second that came.
    var offeredPerSecond: Double
    /// Messages a second that were delivered with their receipt, in the same time.
    var goodputPerSecond: Double
    /// From when they were meant to be sent, of those meant to be sent in the measured time.
    var sent: LatencyResult
    var delivered: LatencyResult
    /// Messages that clients had to keep at the end, for the protocol allows only so many without `sent`.
    var heldBack: Int
    /// Refusals by code.
    var refusals: [String: Int]
    /// From the last message that came until all that were written were delivered; `nil` when some were not.
    var drainSeconds: Double?
    var disconnects: Int
    var serverCPUMicrosecondsPerMessage: Double?
    var residentBytes: Int
    var generator: GeneratorUse

    /// Whether the servers kept up.
    func isKept(_ share: Double) -> Bool {
        goodputPerSecond >= share * offeredPerSecond && disconnects == 0
    }
}
