import RoostSimulator
import Testing

/// Every rule that is broken on purpose is missed: the simulator is worth its time.
@Suite("Mutants")
struct MutantTests {
    /// What `roost-sim mutants` gives each.
    private static let seedsMax: UInt64 = 6000

    @Test("A broken rule is noticed", arguments: Mutant.allCases)
    func death(mutant: Mutant) {
        for seed in 1...MutantTests.seedsMax {
            var broken = Simulation(seed: seed, mutant: mutant)
            guard !broken.run().violations.isEmpty else { continue }
            var healthy = Simulation(seed: seed, options: mutant.options(seed: seed))
            if healthy.run().violations.isEmpty { return }
        }
        Issue.record("\(mutant.rawValue) lives through \(MutantTests.seedsMax) seeds")
    }
}
