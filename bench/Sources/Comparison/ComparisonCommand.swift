import ArgumentParser
import Foundation

struct ComparisonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comparison", abstract: "Makes one table of the reports that ./bench/compare has collected.",
        discussion: """
            The directory holds ROUND.SUBJECT.full.json and ROUND.SUBJECT.paced.json and, where idle sockets were measured,
            ROUND.SUBJECT.idle.json. A subject whose round is not complete is left out of that round.
            """,
        shouldDisplay: false)

    @Argument(help: "The directory of the reports.")
    var directory: String

    @Option(help: "A version to write into the report; can be repeated.")
    var version: [String] = []

    @Option(help: "Write the comparison as JSON to this file; can be repeated.")
    var json: [String] = []

    func run() async throws {
        let names = try Set(files())
        let count = names.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }.max() ?? 0
        var rounds: [Subject: [ComparisonRound]] = [:]
        for round in 1...max(1, count) {
            for subject in Subject.allCases {
                let prefix = "\(round).\(subject.rawValue)"
                guard names.isSuperset(of: ["\(prefix).full.json", "\(prefix).paced.json"]) else { continue }
                rounds[subject, default: []].append(
                    try self.round(prefix, hasIdle: names.contains("\(prefix).idle.json")))
            }
        }
        let report = try ComparisonReport(rounds, versions: version)
        print(report.text)
        for path in json { try report.write(to: path) }
    }

    private func round(_ prefix: String, hasIdle: Bool) throws -> ComparisonRound {
        try ComparisonRound(
            full: read("\(prefix).full.json"), paced: read("\(prefix).paced.json"),
            idle: hasIdle ? read("\(prefix).idle.json") : nil)
    }

    private func files() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw BenchFailure("\(directory) cannot be read: \(error.localizedDescription)")
        }
    }

    private func read<Value: Decodable>(_ name: String) throws -> Value {
        let url = URL(fileURLWithPath: directory).appendingPathComponent(name)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
        } catch {
            throw BenchFailure("\(url.path) is no report of this version: \(error)")
        }
    }
}
