import RoostCore

/// A flow of a chat product: who comes, who writes, who is away and what goes wrong by then, and what everybody has in the end.
///
/// It is played by the people of the random load, on the machines of production, while the faults that the seed draws happen underneath.
/// What always has to hold is checked besides what the scenario expects.
public struct Scenario: Sendable {
    /// What it is called on the command line and in kept seeds.
    public let name: String
    /// One line of what happens.
    public let summary: String
    /// Who plays, the first device of each.
    let cast: [String]
    /// The longest that a part of the messages live undelivered; 0 where all of them wait for ever.
    let lifetimeSeconds: Int
    /// What they do.
    let flow: @Sendable (inout ScenarioRun) -> Void

    init(
        _ name: String, _ summary: String, cast: [String], lifetimeSeconds: Int = 0,
        flow: @escaping @Sendable (inout ScenarioRun) -> Void
    ) {
        self.name = name
        self.summary = summary
        self.cast = cast
        self.lifetimeSeconds = lifetimeSeconds
        self.flow = flow
    }

    /// All there are.
    public static let all = [
        bothOnline, oneAway, bothAway, travelling, lostPhone, groupWithThreeAway, removedInFlight, twoAdmins,
        disappearing,
    ]

    /// The scenario of a name; `nil` where there is none.
    public static func named(_ name: String) -> Scenario? { all.first { $0.name == name } }

    // MARK: Shapes

    private static let faultySecondsMin = 8
    private static let faultySecondsSpread = 32

    /// What there is and what goes wrong: what the seed draws for the random load, in as much time as a flow takes. People do
    /// what the scenario says, and nothing else.
    public func options(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed)
        var random = SeededRandom(seed: seed ^ 0x5CE_4E)
        options.safetySeconds = Scenario.faultySecondsMin + random.below(Scenario.faultySecondsSpread)
        // After a loss that the promises do not cover a flow may end in many ways.
        options.lostMajorities = 0
        options.leaveToScenario(people: cast.count)
        options.lifetimeSeconds = lifetimeSeconds
        // Clocks that are an hour behind end a message an hour later.
        if lifetimeSeconds > 0 { options.skewSeconds = min(options.skewSeconds, 5) }
        return options
    }

    /// The same without faults, on three nodes.
    public var calmOptions: SimulationOptions {
        var options = SimulationOptions()
        options.slots = 16
        options.safetySeconds = Scenario.faultySecondsMin
        options.leaveToScenario(people: cast.count)
        options.lifetimeSeconds = lifetimeSeconds
        return options
    }
}

extension SimulationOptions {
    /// Nobody does anything by itself.
    fileprivate mutating func leaveToScenario(people: Int) {
        self.people = people
        messages = 0
        lifetimeSeconds = 0
        accountOperations = 0
        devices = 0
        groups = 0
        groupMessages = 0
        memberChanges = 0
        dropRelations()
    }
}
