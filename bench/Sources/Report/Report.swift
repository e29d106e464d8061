import Foundation

/// The result of a command.
protocol Report: Encodable {
    /// The report for a person.
    var text: String { get }
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
}
