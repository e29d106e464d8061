/// A table of words in columns: the numbers to the right, the last column to the left.
struct Columns {
    let lines: [String]

    init(_ rows: [[String]], heads: [String]) {
        let all = [heads] + rows
        let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        lines = all.map { row in
            row.enumerated().map { column, text in
                column == heads.count - 1 ? text : String(repeating: " ", count: widths[column] - text.count) + text
            }
            .joined(separator: "  ")
        }
    }
}
