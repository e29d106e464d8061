import ArgumentParser
import Foundation
import RoostSimulator

/// `roost-sim run`: seeds, and what they show.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run seeds and look for what must not happen (default).",
        discussion: "'roost-sim scenarios' says what the scenarios are.")

    @Option(help: "Seeds to run, A..B.")
    var seeds = "1..100"
    @Option(help: "Stop after this many seconds; the seeds' upper bound then does not count.")
    var seconds: Double?
    @Option(help: "Run this one seed.")
    var seed: UInt64?
    @Option(help: "Play this scenario in place of the random load.")
    var scenario: Scenario?
    @Option(help: "Options in place of what the seed draws, as a run prints them.")
    var options: String?
    @Option(help: "Break this rule; see 'roost-sim mutants'.")
    var mutant: Mutant?
    @Flag(help: "With --seed: print every event.")
    var trace = false
    @Flag(help: "Print one line a seed.")
    var verbose = false
    @Option(help: "Runs at once.")
    var jobs = 2
    @Option(help: "Keep each seed that shows something as a file in this directory.", completion: .directory)
    var keep: String?

    func run() async throws {
        let options = try parsedOptions()
        if let seed {
            let runner = SeedRunner(seeds: seed...seed, mutant: mutant, scenario: scenario, options: options)
            let report = runner.run(seed, isPrinting: trace)
            show(report, isLong: true)
            if !report.violations.isEmpty { throw ExitCode.failure }
            return
        }
        let bounds = seeds.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else {
            throw ValidationError("--seeds takes A..B, as in 1..100")
        }
        let last = seconds == nil ? bounds[1] : UInt64.max
        var runner = SeedRunner(seeds: bounds[0]...last, mutant: mutant, scenario: scenario, options: options)
        runner.jobs = max(1, jobs)
        try await run(runner)
    }

    private func run(_ runner: SeedRunner) async throws {
        let clock = ContinuousClock()
        let begin = clock.now
        var lastWord = begin
        var totals = Totals()
        var unkept: (any Error)?
        await runner.run { report in
            totals.add(report)
            if !report.violations.isEmpty, let keep {
                do { try Run.keep(report, in: keep) } catch { unkept = error }
            }
            if verbose || !report.violations.isEmpty { show(report, isLong: false) }
            let now = clock.now
            if now - lastWord > .seconds(5) {
                lastWord = now
                let span = Int((now - begin) / .seconds(1))
                Output.line("\(totals.runs) seeds in \(span) s, \(totals.failed.count) with violations")
            }
            return seconds.map { now - begin < .seconds($0) } ?? true
        }
        if let unkept { throw unkept }
        let milliseconds = (clock.now - begin) / .milliseconds(1) * Double(runner.jobs) / Double(max(1, totals.runs))
        Output.line(
            """
            \(totals.runs) seeds, \(totals.events / max(1, totals.runs)) events and \(totals.sent / max(1, totals.runs)) \
            messages sent a seed, \((milliseconds * 10).rounded() / 10) ms of a core a seed
            """)
        guard totals.failed.isEmpty else {
            let failed = totals.failed.sorted()
            Output.line(
                """
                violations in \(failed.count) seeds: \(failed.prefix(50).map(String.init).joined(separator: ", "))
                see one: roost-sim \(scenario.map { "--scenario \($0.name) " } ?? "")--seed \(failed[0]) --trace
                """)
            throw ExitCode.failure
        }
        Output.line("0 violations")
    }

    private struct Totals {
        var runs = 0
        var events = 0
        var sent = 0
        var failed: [UInt64] = []

        mutating func add(_ report: Simulation.Report) {
            runs += 1
            events += report.events
            sent += report.sent
            if !report.violations.isEmpty { failed.append(report.seed) }
        }
    }

    private static func keep(_ report: Simulation.Report, in directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let line = "\(KeptSeed(report))\n"
        let name = "\(report.scenario.map { "\($0)-" } ?? "")\(report.seed).seed"
        try line.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }

    private func parsedOptions() throws -> SimulationOptions? {
        guard let options else { return nil }
        guard let parsed = SimulationOptions(options) else {
            throw ValidationError("--options takes what a run prints, as in 'nodes=3 crashes=2'")
        }
        return parsed
    }

    private func show(_ report: Simulation.Report, isLong: Bool) {
        let hash = String(report.traceHash, radix: 16)
        Output.line(
            """
            seed \(report.seed)  trace \(hash)  \(report.events) events  \(report.sent) sent  \(report.delivered) delivered  \
            \(report.repeated) again  \(report.presenceMessages) about presence\(report.lost > 0 ? "  \(report.lost) lost for good" : "")
            """)
        if isLong || !report.violations.isEmpty { Output.line("  \(report.options)") }
        for violation in report.violations { Output.line("  VIOLATION \(violation)") }
    }
}

extension Mutant: ExpressibleByArgument {}

extension Scenario: ExpressibleByArgument {
    /// The names, for the help and for who mistypes one.
    public static var allValueStrings: [String] { all.map(\.name) }

    /// The scenario of this name.
    public init?(argument: String) {
        guard let scenario = Scenario.named(argument) else { return nil }
        self = scenario
    }
}
