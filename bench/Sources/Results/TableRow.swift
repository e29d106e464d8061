/// A line of the table of numbers: what was measured, and what came out.
struct TableRow: Codable, Sendable {
    /// The scenario and its shape, without the outcome: of runs with the same words the newest counts.
    var what: String
    var result: String
}

/// A run that is kept.
struct SavedRun: Codable {
    var scenario: String
    var finishedAt: String
    var commandLine: [String]
    var machine: Machine
    var commit: String?
    var row: TableRow
}
