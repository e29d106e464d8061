import ArgumentParser
import RoostSimulator

/// `roost-sim`: whole clusters in one process, from a seed.
@main
struct RoostSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost-sim",
        abstract: "Run whole clusters on virtual network, disk and clock, each from a seed.",
        discussion: """
            The machines are those of production. A seed decides everything: the same seed gives the same run, and the same \
            trace hash, in every process. A run that shows something that must not happen prints how to see it again.
            """)

    @Option(help: "Seeds to run, A..B.")
    var seeds = "1..100"
    @Option(help: "Run this one seed.")
    var seed: UInt64?
    @Flag(help: "With --seed: print every event.")
    var trace = false
    @Flag(help: "Print one line a seed.")
    var verbose = false

    func run() throws {
        if let seed {
            show(run(seed, isPrinting: trace), isLong: true)
            return
        }
        let bounds = seeds.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else {
            throw ValidationError("--seeds takes A..B, as in 1..100")
        }
        let clock = ContinuousClock()
        let begin = clock.now
        var lastWord = begin
        var failed: [UInt64] = []
        var events = 0
        var sent = 0
        for seed in bounds[0]...bounds[1] {
            let report = run(seed, isPrinting: false)
            events += report.events
            sent += report.sent
            if !report.violations.isEmpty { failed.append(seed) }
            if verbose || !report.violations.isEmpty { show(report, isLong: false) }
            if clock.now - lastWord > .seconds(5) {
                lastWord = clock.now
                let done = seed - bounds[0] + 1
                print("\(done) of \(bounds[1] - bounds[0] + 1) seeds, \(failed.count) with violations")
            }
        }
        let count = Int(bounds[1] - bounds[0] + 1)
        let milliseconds = (clock.now - begin) / .milliseconds(1) / Double(count)
        print(
            "\(count) seeds, \(events / count) events and \(sent / count) messages sent a seed, \(milliseconds.rounded()) ms a seed"
        )
        guard failed.isEmpty else {
            print(
                "violations in seeds \(failed.map(String.init).joined(separator: ", ")): roost-sim --seed \(failed[0]) --trace"
            )
            throw ExitCode.failure
        }
        print("0 violations")
    }

    private func run(_ seed: UInt64, isPrinting: Bool) -> Simulation.Report {
        var simulation = Simulation(seed: seed, isPrinting: isPrinting)
        return simulation.run()
    }

    private func show(_ report: Simulation.Report, isLong: Bool) {
        let hash = String(report.traceHash, radix: 16)
        print(
            "seed \(report.seed)  trace \(hash)  \(report.events) events  \(report.sent) sent  \(report.delivered) delivered  \(report.repeated) again"
        )
        if isLong || !report.violations.isEmpty { print("  \(report.options)") }
        for violation in report.violations { print("  VIOLATION \(violation)") }
    }
}
