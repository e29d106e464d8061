/// Rows under headings, each column as wide as its widest cell.
public struct TextTable: Equatable, Sendable {
    /// The first row.
    public var headings: [String]
    /// The rows below it, each with a cell for each heading.
    public var rows: [[String]]

    /// Makes a table.
    public init(_ headings: [String], _ rows: [[String]]) {
        for row in rows {
            precondition(row.count == headings.count, "a row of \(row.count) cells under \(headings.count) headings")
        }
        self.headings = headings
        self.rows = rows
    }

    /// The table's lines. A column of amounts, a number and perhaps a unit each, stands to the right.
    public var lines: [String] {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let isAmount = headings.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { TextTable.isAmount($0[column]) }
        }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return isAmount[column] ? padding + cell : cell + padding
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func isAmount(_ cell: String) -> Bool {
        let words = cell.split(separator: " ")
        guard let number = words.first, let first = number.first(where: { $0 != "+" && $0 != "−" }) else {
            return false
        }
        return first.isNumber && !number.contains(":") && words.dropFirst().allSatisfy { $0.first?.isNumber == false }
    }
}
