/// A move as it is watched: its progress, and how fast it goes.
public struct MoveView: Equatable, Sendable {
    /// What was heard last; `nil` before the first.
    public private(set) var progress: MoveProgress?
    private var meter = RateMeter()
    private var byteMeter = RateMeter()

    /// Makes the view of a move that nothing is known of.
    public init() {}

    /// Takes what a node answered.
    public mutating func note(_ progress: MoveProgress, atSeconds seconds: Double) {
        if let before = self.progress, before.planned != progress.planned || before.isPaused != progress.isPaused {
            meter = RateMeter()
            byteMeter = RateMeter()
        }
        self.progress = progress
        meter.note(Double(progress.done), atSeconds: seconds)
        byteMeter.note(Double(progress.nodes.reduce(0) { $0 + $1.bytesPulled }), atSeconds: seconds)
    }

    /// Copies that arrive in a second.
    public var copiesPerSecond: Double? { meter.perSecond }

    /// Bytes that all nodes together take in, a second.
    public var bytesPerSecond: Double? { byteMeter.perSecond }

    /// How long until all have arrived; `nil` when that cannot be told.
    public var secondsLeft: Double? {
        guard let progress, !progress.isPaused else { return nil }
        return meter.seconds(for: Double(progress.left))
    }

    /// One line, its bar of `barWidth` columns, or none.
    public func line(barWidth: Int = 0) -> String {
        guard let progress else { return "asking how far it is" }
        var text =
            barWidth > 0 ? "\(ProgressBar.text(done: progress.done, of: progress.planned, width: barWidth)) " : ""
        text +=
            "\(progress.done) of \(progress.planned) copies (\(Percentage.text(progress.done, of: progress.planned)))"
        guard !progress.isPaused else { return text + ", paused" }
        // What one waits for comes first: a narrow terminal cuts off the end.
        if let secondsLeft, let left = TimeLeft.text(seconds: secondsLeft) { text += ", \(left) left" }
        if let copiesPerSecond { text += ", \(MoveView.rate(copiesPerSecond))" }
        if let bytesPerSecond, bytesPerSecond >= 1 { text += ", \(ByteCount.rate(bytesPerSecond))" }
        if progress.moving > 0 { text += ", \(progress.moving) on their way" }
        if progress.bytesPerSecondMax > 0 {
            text += ", limited to \(ByteCount.rate(Double(progress.bytesPerSecondMax))) a node"
        }
        return text
    }

    private static func rate(_ perSecond: Double) -> String {
        guard perSecond > 0 else { return "nothing arrives" }
        let tenths = Int((min(perSecond, 1e6) * 10).rounded())
        return tenths >= 1 ? "\(tenths / 10).\(tenths % 10) copies/s" : "less than 0.1 copies/s"
    }
}
