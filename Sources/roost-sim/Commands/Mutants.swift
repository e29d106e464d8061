import ArgumentParser
import RoostSimulator

/// `roost-sim mutants`: every broken rule has to be missed.
struct Mutants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Break one rule at a time and see that the simulator notices.",
        discussion: "Fails when a mutant survives all seeds it was given.")

    @Argument(help: "Mutants to run; all when none are named.")
    var names: [Mutant] = []
    @Option(help: "Seeds that a mutant gets at most.")
    var seeds: UInt64 = 6000
    @Option(help: "Seeds that a mutant gets at least, for the share of them that notice.")
    var atLeast: UInt64 = 50
    @Option(help: "Runs at once.")
    var jobs = 2

    func run() async throws {
        Output.line("mutant                      noticed in              first  rules that noticed")
        var survivors: [Mutant] = []
        for mutant in names.isEmpty ? Mutant.allCases : names {
            if await !kill(mutant) { survivors.append(mutant) }
        }
        guard survivors.isEmpty else {
            Output.line("alive: \(survivors.map(\.rawValue).joined(separator: ", "))")
            throw ExitCode.failure
        }
        Output.line("all are dead")
    }

    private func kill(_ mutant: Mutant) async -> Bool {
        var runner = SeedRunner(seeds: 1...max(1, seeds), mutant: mutant)
        runner.jobs = max(1, jobs)
        var runs: UInt64 = 0
        var noticed: [UInt64] = []
        var rules: [String: Int] = [:]
        await runner.run { report in
            runs += 1
            // Only what the same seed does not show without the mutant counts.
            if let violation = report.violations.first, isClean(report.seed, report.options) {
                noticed.append(report.seed)
                rules[violation.rule.rawValue, default: 0] += 1
            }
            return noticed.isEmpty || runs < atLeast
        }
        let share = "\(noticed.count) of \(runs) (\(percent(noticed.count, of: Int(runs))) %)"
        let first = noticed.min().map(String.init) ?? "none"
        let names = rules.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        Output.line(
            """
            \(padded(mutant.rawValue, to: 26))  \(padded(share, to: 22))  \(padded(first, to: 5))  \
            \(names.joined(separator: ", "))
            """)
        return !noticed.isEmpty
    }

    private func isClean(_ seed: UInt64, _ options: SimulationOptions) -> Bool {
        var simulation = Simulation(seed: seed, options: options)
        return simulation.run().violations.isEmpty
    }

    private func percent(_ part: Int, of whole: Int) -> String {
        let tenths = (1000 * part + whole / 2) / max(1, whole)
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
