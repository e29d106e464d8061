/// A run that once showed something: its seed and options, in one line of text. Kept with its options, for what a seed draws changes
/// with the simulator.
public struct KeptSeed: Equatable, Sendable, CustomStringConvertible {
    /// The seed.
    public let seed: UInt64
    /// What there was and what went wrong.
    public let options: SimulationOptions

    /// Keeps a run.
    public init(seed: UInt64, options: SimulationOptions) {
        self.seed = seed
        self.options = options
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    public init?(_ line: some StringProtocol) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, first.hasPrefix("seed="), let seed = UInt64(first.dropFirst(5)),
            let options = SimulationOptions(words.dropFirst().joined(separator: " "))
        else { return nil }
        self.init(seed: seed, options: options)
    }

    /// One line: `seed=17 nodes=5 crashes=2`.
    public var description: String { "seed=\(seed) \(options)" }
}
