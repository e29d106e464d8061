import RoostSimulator

/// Runs seeds on several cores: each seed is a run of its own.
struct SeedRunner: Sendable {
    /// The seeds to run.
    let seeds: ClosedRange<UInt64>
    /// A rule to break in all of them.
    var mutant: Mutant?
    /// What is played in all of them; without one, the random load.
    var scenario: Scenario?
    /// Options for all of them in place of what each draws.
    var options: SimulationOptions?
    /// Runs at once.
    var jobs = 2

    /// Runs one seed.
    func run(_ seed: UInt64, isPrinting: Bool = false) -> Simulation.Report {
        guard let scenario else {
            var simulation = Simulation(seed: seed, options: options, mutant: mutant, isPrinting: isPrinting)
            return simulation.run()
        }
        var run = ScenarioRun(scenario, seed: seed, options: options, mutant: mutant, isPrinting: isPrinting)
        return run.run()
    }

    /// Runs until the seeds are through or `isDone` says so after a report. Reports come in the order in which runs end.
    func run(_ report: (Simulation.Report) -> Bool) async {
        let runner = self
        await withTaskGroup(of: Simulation.Report.self) { group in
            var next = seeds.lowerBound
            var isOver = false
            func begin() {
                guard !isOver, next <= seeds.upperBound else { return }
                let seed = next
                if next < .max { next += 1 } else { isOver = true }
                group.addTask { runner.run(seed) }
            }
            for _ in 0..<jobs { begin() }
            while let result = await group.next() {
                if !report(result) { isOver = true }
                begin()
            }
        }
    }
}
