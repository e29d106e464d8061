import RoostSimulator
import Testing

@Suite("Simulation")
struct SimulationTests {
    @Test("No seed shows anything that must not happen", arguments: 1...80)
    func seeds(seed: Int) {
        var simulation = Simulation(seed: UInt64(seed))
        let report = simulation.run()
        #expect(report.violations.isEmpty, "\(report.options): roost-sim --seed \(seed) --trace")
        #expect(report.sent > 0)
        #expect(report.delivered == report.sent)
    }

    @Test("A seed is one run", arguments: [3, 11, 29])
    func repeatability(seed: Int) {
        var first = Simulation(seed: UInt64(seed))
        var second = Simulation(seed: UInt64(seed))
        #expect(first.run() == second.run())
    }

    @Test("Different seeds are different runs")
    func difference() {
        var first = Simulation(seed: 1)
        var second = Simulation(seed: 2)
        #expect(first.run().traceHash != second.run().traceHash)
    }

    @Test("Options are read back as they are written", arguments: 1...40)
    func optionsAsText(seed: Int) throws {
        let options = SimulationOptions(seed: UInt64(seed))
        #expect(SimulationOptions(options.description) == options)
        #expect(SimulationOptions("nodes=3 colour=4") == nil)
        #expect(SimulationOptions("nodes=three") == nil)
    }
}
