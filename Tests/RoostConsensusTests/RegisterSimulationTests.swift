import RoostConsensus
import RoostCore
import Testing

@Suite struct RegisterSimulationTests {
    static let seedsEach: UInt64 = 100

    @Test(arguments: 0..<UInt64(16))
    func threeAcceptors(batch: UInt64) {
        Self.expectLinearizable(batch, Quorum(current: nodes(1, 2, 3)))
    }

    @Test(arguments: 0..<UInt64(4))
    func fiveAcceptors(batch: UInt64) {
        Self.expectLinearizable(100 + batch, Quorum(current: nodes(1, 2, 3, 4, 5)))
    }

    @Test(arguments: 0..<UInt64(4))
    func aSlotThatMoves(batch: UInt64) {
        Self.expectLinearizable(200 + batch, Quorum(current: nodes(1, 2, 3), next: nodes(1, 2, 4)))
    }

    static func expectLinearizable(_ batch: UInt64, _ quorum: Quorum) {
        var results: [String: Int] = [:]
        for seed in (batch * seedsEach)..<((batch + 1) * seedsEach) {
            var simulation = RegisterSimulation(seed: seed, quorum: quorum)
            simulation.run()
            let offences = RegisterHistory(operations: simulation.operations).offences()
            if !offences.isEmpty {
                Issue.record("seed \(seed): \(offences.joined(separator: "; "))")
                return
            }
            for operation in simulation.operations {
                switch operation.result {
                case .value: results["value \(operation.kind)", default: 0] += 1
                case .refused: results["refused", default: 0] += 1
                case .unavailable: results["unavailable", default: 0] += 1
                case .outcomeUnknown: results["unknown", default: 0] += 1
                case nil: results["none", default: 0] += 1
                }
            }
        }
        // Every way to end has been met, so that the checks above had something to check.
        for kind in ["value create", "value append", "value read", "refused", "unavailable", "unknown"] {
            #expect(results[kind, default: 0] > 5, "\(kind) in \(results)")
        }
    }
}
