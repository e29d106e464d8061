/// A move's progress as a program reads it, with what only the watching command knows.
public struct ProgressReport: Codable, Equatable, Sendable {
    /// The ring in force.
    public var epoch: UInt64
    /// Copies that the change moves in all.
    public var planned: Int
    /// Copies that have arrived.
    public var done: Int
    /// Copies that have not.
    public var left: Int
    /// Those of them that are on their way now.
    public var moving: Int
    /// Whether an operator has paused it.
    public var isPaused: Bool
    /// Copies that arrive in a second, over the last half minute.
    public var copiesPerSecond: Double?
    /// Bytes that all nodes together take in, a second.
    public var bytesPerSecond: Double?
    /// Seconds until all have arrived.
    public var secondsLeft: Double?

    /// Makes the report of a view that has heard of a move.
    public init?(_ view: MoveView) {
        guard let progress = view.progress else { return nil }
        epoch = progress.epoch
        planned = progress.planned
        done = progress.done
        left = progress.left
        moving = progress.moving
        isPaused = progress.isPaused
        copiesPerSecond = view.copiesPerSecond
        bytesPerSecond = view.bytesPerSecond
        secondsLeft = view.secondsLeft
    }
}
