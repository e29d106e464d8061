/// A run that once showed something: its seed and options, and the scenario if one was played, in one line of text. Kept with its
/// options, for what a seed draws changes with the simulator.
public struct KeptSeed: Equatable, Sendable, CustomStringConvertible {
    private static let seedPrefix = "seed="
    private static let scenarioPrefix = "scenario="

    /// The seed.
    public let seed: UInt64
    /// The name of the scenario; `nil` for the random load.
    public let scenario: String?
    /// What there was and what went wrong.
    public let options: SimulationOptions

    /// Keeps a run.
    public init(seed: UInt64, scenario: String? = nil, options: SimulationOptions) {
        self.seed = seed
        self.scenario = scenario
        self.options = options
    }

    /// Keeps what was reported.
    public init(_ report: Simulation.Report) {
        self.init(seed: report.seed, scenario: report.scenario, options: report.options)
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    public init?(_ line: some StringProtocol) {
        var words = line.split(whereSeparator: \.isWhitespace)[...]
        guard let first = words.popFirst(), first.hasPrefix(KeptSeed.seedPrefix),
            let seed = UInt64(first.dropFirst(KeptSeed.seedPrefix.count))
        else { return nil }
        var scenario: String?
        if let second = words.first, second.hasPrefix(KeptSeed.scenarioPrefix) {
            words.removeFirst()
            scenario = String(second.dropFirst(KeptSeed.scenarioPrefix.count))
        }
        guard let options = SimulationOptions(words.joined(separator: " ")) else { return nil }
        self.init(seed: seed, scenario: scenario, options: options)
    }

    /// Runs it again; `nil` when there is no such scenario any more.
    public func run() -> Simulation.Report? {
        guard let scenario else {
            var simulation = Simulation(seed: seed, options: options)
            return simulation.run()
        }
        guard let scenario = Scenario.named(scenario) else { return nil }
        var run = ScenarioRun(scenario, seed: seed, options: options)
        return run.run()
    }

    /// One line: `seed=17 nodes=5 crashes=2`, or `seed=17 scenario=lost-phone nodes=5`.
    public var description: String {
        let name = scenario.map { "\(KeptSeed.scenarioPrefix)\($0) " } ?? ""
        return "\(KeptSeed.seedPrefix)\(seed) \(name)\(options)"
    }
}
