import RoostSimulator
import Testing

/// What people do with a messenger, while everything goes wrong that may. The same flows run on real nodes in `ClusterTests`.
@Suite("Scenarios")
struct ScenarioTests {
    private static let seeds: ClosedRange<UInt64> = 1...80
    private static let seedsOfMutant: UInt64 = 60

    @Test("A scenario without faults ends as it is meant to", arguments: Scenario.all.map(\.name))
    func calm(name: String) throws {
        let scenario = try #require(Scenario.named(name))
        var run = ScenarioRun(scenario, seed: 1, options: scenario.calmOptions)
        let report = run.run()
        #expect(report.violations.isEmpty)
        #expect(report.scenario == name)
        #expect(report.sent + report.ordered > 0)
    }

    @Test("A scenario ends as it is meant to, whatever goes wrong", arguments: Scenario.all.map(\.name))
    func faults(name: String) throws {
        let scenario = try #require(Scenario.named(name))
        for seed in ScenarioTests.seeds {
            var run = ScenarioRun(scenario, seed: seed)
            let report = run.run()
            #expect(report.violations.isEmpty, "roost-sim --scenario \(name) --seed \(seed) --trace")
        }
    }

    @Test(
        "What a scenario waits for does not come when the rule that it is about is broken",
        arguments: [
            (Scenario.bothOnline, Mutant.gapNotRepaired), (.oneAway, .gapNotRepaired), (.bothAway, .gapNotRepaired),
            (.travelling, .gapNotRepaired), (.lostPhone, .passOverHeld), (.groupWithThreeAway, .gapNotRepaired),
            (.removedInFlight, .streamFromOne), (.twoAdmins, .promiseBroken), (.disappearing, .endNotTold),
        ])
    func notices(scenario: Scenario, mutant: Mutant) {
        let isNoticed = (1...ScenarioTests.seedsOfMutant).contains { seed in
            var run = ScenarioRun(scenario, seed: seed, mutant: mutant)
            return run.run().violations.contains { $0.rule == .scenario }
        }
        #expect(isNoticed, "\(scenario.name) goes by with \(mutant.rawValue)")
    }

    @Test("A seed of a scenario is one run")
    func repeatability() {
        for scenario in Scenario.all {
            var first = ScenarioRun(scenario, seed: 7)
            var second = ScenarioRun(scenario, seed: 7)
            #expect(first.run() == second.run())
        }
    }
}
