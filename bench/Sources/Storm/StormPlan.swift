import RoostClient

/// What one process of `storm` is told on its standard input: whom to connect, and where.
struct StormPlan: Codable, Sendable {
    var devices: [Credentials]
    /// The node that all connect to first, and that will die.
    var first: String
    /// The nodes that they go to then, in turn.
    var next: [String]
    /// Longest time that each waits before its first attempt, drawn at random.
    var spreadMilliseconds: Int
}

/// What such a process says on its standard output, a line each time.
struct StormWord: Codable, Sendable {
    /// Sockets that are welcomed and drained on the first node.
    var ready = 0
    /// Sockets that the death has ended.
    var ended = 0
    /// Sockets that are welcomed, and drained, on another node.
    var welcomed = 0
    var drained = 0
    /// Attempts to connect after the death.
    var attempts = 0
    /// Why attempts failed.
    var failures: [String: Int] = [:]
    /// Messages that came after the death.
    var messages = 0
    /// The outcome, in the last line.
    var outcome: StormOutcome?
}

/// What a process of `storm` measured.
struct StormOutcome: Codable, Sendable {
    /// From the end of each socket to its welcome on another node.
    var welcomedMicroseconds: [UInt64]
    /// The same to what was pending being through.
    var drainedMicroseconds: [UInt64]
    /// When the first socket ended and the last was drained, by the clock that all processes of a machine share.
    var firstEndedNanoseconds: UInt64
    var lastDrainedNanoseconds: UInt64
    var generator: GeneratorUse
}
