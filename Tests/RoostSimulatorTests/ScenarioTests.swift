import RoostSimulator
import Testing

/// What people do with a messenger, while everything goes wrong that may. The same flows run on real nodes in `ClusterTests`.
@Suite("Scenarios")
struct ScenarioTests {
    private static let seeds: ClosedRange<UInt64> = 1...40

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

    @Test("A seed of a scenario is one run")
    func repeatability() {
        for scenario in Scenario.all {
            var first = ScenarioRun(scenario, seed: 7)
            var second = ScenarioRun(scenario, seed: 7)
            #expect(first.run() == second.run())
        }
    }
}
