import RoostCore

/// One run of a scenario, from a seed: the simulation, and the steps that the scenario is told in.
///
/// Steps that ask for something return at once; ``wait(until:)`` lets time pass. The faults of the seed begin with the first step
/// and end after as many seconds as the options say, wherever the flow is by then. From there on everything has to get done.
public struct ScenarioRun {
    /// How often it is looked whether what is waited for is so.
    private static let look = TimeSpan.milliseconds(250)

    let scenario: Scenario
    var simulation: Simulation
    /// Draws how fast people write, so that it changes nothing of what goes wrong.
    var random: SeededRandom
    /// When everything heals; `nil` when it has.
    private var healing: Instant?

    /// Prepares a run.
    /// - Parameters:
    ///   - scenario: what is played.
    ///   - seed: decides everything else.
    ///   - options: what there is and what goes wrong; by default what the seed draws for the scenario.
    ///   - mutant: a rule to break, to see that it is missed.
    ///   - isPrinting: whether every event is printed.
    public init(
        _ scenario: Scenario, seed: UInt64, options: SimulationOptions? = nil, mutant: Mutant? = nil,
        isPrinting: Bool = false
    ) {
        self.scenario = scenario
        simulation = Simulation(
            seed: seed, options: options ?? scenario.options(seed: seed), mutant: mutant, isPrinting: isPrinting)
        simulation.cast = scenario.cast
        random = SeededRandom(seed: seed ^ 0x5709)
    }

    /// Plays it to the end.
    public mutating func run() -> Simulation.Report {
        simulation.begin()
        if simulation.violations.isEmpty {
            for place in simulation.people.indices { simulation.people[place].isResting = true }
            simulation.planPresence()
            simulation.planFaults()
            healing = simulation.now + .seconds(UInt64(simulation.options.safetySeconds))
            scenario.flow(&self)
            end()
        }
        var report = simulation.report
        report.scenario = scenario.name
        return report
    }

    /// Everybody who can comes home, the faults that are left happen, and what always has to be so at the end of a run is so.
    private mutating func end() {
        for place in simulation.people.indices {
            if simulation.people[place].revocation == .none {
                if simulation.people[place].isResting { come(Role(place: place)) }
            } else {
                leave(Role(place: place))
            }
        }
        if let healing { pass(until: healing) }
        if simulation.violations.isEmpty { simulation.finish() }
    }

    // MARK: Time

    /// Lets time pass, and heals everything when that is due.
    private mutating func pass(until end: Instant) {
        if let healing, healing <= end {
            simulation.step(until: healing)
            if simulation.violations.isEmpty { simulation.healEverything() }
            self.healing = nil
        }
        simulation.step(until: end)
    }

    /// People do something else for a while.
    mutating func wait(seconds: Int) {
        pass(until: simulation.now + .seconds(UInt64(seconds)))
    }

    /// Waits until something is so. While there are faults that may take any time; then it has to come.
    mutating func wait(until condition: Condition) {
        tell("until \(text(condition))")
        var last = Instant.distantFuture
        while simulation.violations.isEmpty, !holds(condition) {
            if healing == nil, last == .distantFuture {
                last = simulation.now + .seconds(UInt64(simulation.options.livenessSeconds))
            }
            guard simulation.now < last else { return fail("waited in vain until \(text(condition))") }
            pass(until: simulation.now + ScenarioRun.look)
        }
    }

    /// Something has to be so now.
    mutating func expect(_ condition: Condition) {
        guard simulation.violations.isEmpty, !holds(condition) else { return }
        fail("it was not so that \(text(condition))")
    }

    private mutating func fail(_ text: String) {
        simulation.violate(.scenario, "\(scenario.name): \(text)")
    }

    /// A line of the story, for whoever reads the trace.
    mutating func tell(_ text: String) {
        simulation.trace.note(simulation.now, .story, saying: "— \(text)")
    }
}
