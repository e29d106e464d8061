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
        // Where a loss was accepted, what is behind it may wait for ever.
        #expect(report.delivered == report.sent || report.options.mayDrop)
    }

    @Test("With two of three disks gone only what was on those alone is lost", arguments: 1...12)
    func acceptedLoss(seed: Int) throws {
        let options = try #require(
            SimulationOptions(
                "nodes=5 people=5 messages=24 crashes=6 down-ms=15000 disconnects=10 away-ms=20000 small-windows=1 "
                    + "refused-appends-percent=15 lost-majorities=1"))
        var simulation = Simulation(seed: UInt64(seed), options: options)
        let report = simulation.run()
        #expect(report.violations.isEmpty, "roost-sim --seed \(seed) --options '\(options)' --trace")
        #expect(report.sent > 0)
    }

    @Test("Older states and clones of directories are refused, and everything gets done")
    func directories() throws {
        let options = try #require(SimulationOptions("slots=16 crashes=3 disconnects=5 restores=4 clones=4"))
        var refused = 0
        for seed in 1...12 {
            var simulation = Simulation(seed: UInt64(seed), options: options)
            let report = simulation.run()
            #expect(report.violations.isEmpty, "roost-sim --seed \(seed) --options '\(options)' --trace")
            #expect(report.delivered == report.sent)
            refused += report.refused
        }
        #expect(refused >= 12)
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

extension SimulationOptions {
    /// Whether something that is `sent` may end otherwise than by being delivered: lost with two disks, blocked or erased.
    fileprivate var mayDrop: Bool { lostMajorities + blocks + erasures > 0 }
}
