/// One strike of a nemesis, and what the senders saw of it.
package struct StrikeRecord: Codable, Equatable, Sendable {
    /// The nemesis.
    package var nemesis: String
    /// What exactly it did.
    package var detail: String
    /// Seconds from the beginning of the run.
    package var atSeconds: Double
    /// Right before.
    package var calm: WorkloadReading
    /// From the harm to the heal.
    package var harm: WorkloadReading
    /// From the heal until every sender had moved.
    package var heal: WorkloadReading
    /// How long after the heal every sender had seen a `sent`.
    package var resumedAfterSeconds: Double
}
