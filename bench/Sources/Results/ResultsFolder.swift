import Foundation

/// The folder of runs that are kept, a file each: see its README.
struct ResultsFolder {
    private let path: String

    init() {
        path = ProcessInfo.processInfo.environment["ROOST_BENCH_RESULTS"] ?? "bench/results"
    }

    private struct File<Kept: KeptReport>: Encodable {
        let run: SavedRun
        let report: Kept
    }

    private struct Head: Decodable {
        let run: SavedRun
    }

    /// Keeps a run under its date. Returns the path.
    func save(_ report: some KeptReport) throws -> String {
        let facts = report.facts
        let run = SavedRun(
            scenario: facts.scenario, finishedAt: facts.finishedAt, commandLine: facts.commandLine,
            machine: facts.machine, commit: facts.commit, row: report.row)
        let stamp = facts.finishedAt.replacing(":", with: "").replacing("T", with: "-").replacing("Z", with: "")
        let file = "\(path)/\(stamp)-\(facts.scenario).json"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try encoder.encode(File(run: run, report: report)).write(to: URL(fileURLWithPath: file))
        } catch {
            throw BenchFailure("the run cannot be kept in \(file): \(error.localizedDescription)")
        }
        return file
    }

    /// Of each kind of run the newest, in the order of `scenarios`.
    func newest(scenarios: [String]) throws -> [SavedRun] {
        var newest: [String: SavedRun] = [:]
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw BenchFailure("there are no results in \(path)")
        }
        for file in files where file.hasSuffix(".json") {
            guard let run = try run(in: file) else { continue }
            if let known = newest[run.row.what], known.finishedAt >= run.finishedAt { continue }
            newest[run.row.what] = run
        }
        return newest.values.sorted { left, right in
            let places = [left, right].map { scenarios.firstIndex(of: $0.scenario) ?? scenarios.count }
            return (places[0], left.row.what) < (places[1], right.row.what)
        }
    }

    /// `nil` for a file of another tool.
    private func run(in file: String) throws -> SavedRun? {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)"))
        } catch {
            throw BenchFailure("\(path)/\(file) cannot be read")
        }
        do {
            return try JSONDecoder().decode(Head.self, from: data).run
        } catch {
            return nil
        }
    }
}
