import Foundation

/// The result of a command.
protocol Report: Encodable {
    /// The report for a person.
    var text: String { get }
    /// The report as a page with plots.
    var page: Page { get }
}

/// The result of a scenario whose runs can be kept.
protocol KeptReport: Report {
    /// What the run was.
    var facts: RunFacts { get }
    /// Its line in the table of numbers.
    var row: TableRow { get }
}

extension Report {
    /// Writes the report as JSON.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try encoder.encode(self).write(to: URL(fileURLWithPath: path))
        } catch {
            throw BenchFailure("the report cannot be written to \(path): \(error.localizedDescription)")
        }
    }

    /// The text alone, for a report that has nothing to plot.
    var page: Page { Page(text: text, charts: []) }
}
