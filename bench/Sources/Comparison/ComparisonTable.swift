/// The rows of a comparison under each other, numbers aligned.
struct ComparisonTable {
    let lines: [String]

    init(_ report: ComparisonReport) {
        let base = report.row(.oneNode)
        let head = [
            "", "messages/s", "CPU µs each", "paced at", "p50 ms", "p99 ms", "KB an idle socket", "generator cores",
            "what was taken is",
        ]
        let rows = report.rows.map { row -> [String] in
            [
                row.subject.name,
                ComparisonTable.cell(row.messagesPerSecond, base?.messagesPerSecond, digits: 0),
                ComparisonTable.cell(row.cpuMicrosecondsPerMessage, base?.cpuMicrosecondsPerMessage, digits: 1),
                decimal(row.pacedMessagesPerSecond.median, 0) + "/s",
                decimal(row.pacedP50Microseconds.median / 1000, 2),
                ComparisonTable.cell(row.pacedP99Microseconds, base?.pacedP99Microseconds, digits: 2, unit: 1000),
                ComparisonTable.cell(row.idleBytesPerSocket, base?.idleBytesPerSocket, digits: 1, unit: 1000),
                decimal(row.generatorCores.median, 2),
                row.promise,
            ]
        }
        lines = ComparisonTable.aligned([head] + rows)
    }

    /// The median, and how many times that of one node of Roost it is.
    private static func cell(
        _ value: ComparisonReport.Spread?, _ base: ComparisonReport.Spread?, digits: Int, unit: Double = 1
    ) -> String {
        guard let value else { return "–" }
        let text = decimal(value.median / unit, digits)
        guard let base, base.median > 0 else { return text }
        return "\(text) (\(decimal(value.median / base.median, 2)))"
    }

    /// The first and the last column begin together, the others end together.
    private static func aligned(_ cells: [[String]]) -> [String] {
        let columns = cells.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            row.enumerated().map { column, text in
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                if column == columns - 1 { return text }
                return column == 0 ? text + blanks : blanks + text
            }
            .joined(separator: "  ")
        }
    }
}
