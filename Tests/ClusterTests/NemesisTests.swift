import RoostNemesis
import Testing

extension ClusterProcessTests {
    /// The short form of `roost-nemesis`: every message is checked while nodes are killed, paused and cut off.
    @Suite(.serialized) struct UnderFire {
        @Test(.timeLimit(.minutes(4)))
        func `nothing sent is lost, misordered or damaged, whatever happens to the nodes`() async throws {
            var options = NemesisOptions(roost: try RoostBinary.path())
            options.seed = UInt64.random(in: 1...999_999)
            options.workload.rate = 2000
            // Other tests and builds may share the machine.
            options.slack = 3
            var run = try NemesisRun(options) { print($0) }
            let report = try await run.run()
            #expect(report.isFaultless, "\(report.text)")
            #expect(report.totals.acknowledged > 2000, "too little to say anything")
            #expect(report.strikes.count >= 4)
        }
    }
}
