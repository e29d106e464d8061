extension LogInspection {
    /// The findings as a table for people.
    /// - Parameter kindName: what a kind of record is called.
    /// - Returns: lines, the last one the verdict.
    public func table(kindName: (UInt8) -> String) -> String {
        var rows = [["segment", "bytes", "blocks", "records", "slots", "live", "dead", "ratio", "state"]]
        for segment in segments {
            let ratio = segment.storedBytes > 0 ? Double(segment.decodedBytes) / Double(segment.storedBytes) : 1
            rows.append([
                "\(segment.number)", "\(segment.fileBytes)", "\(segment.blocks)", "\(segment.records)",
                "\(segment.slots)", segment.deadBytes.map { "\(segment.accountedBytes - $0)" } ?? "?",
                segment.deadBytes.map(String.init) ?? "?", LogInspection.decimal(ratio),
                LogInspection.state(of: segment),
            ])
        }
        var lines = LogInspection.aligned(rows)
        lines.append("")
        lines += LogInspection.aligned(
            [["kind", "records", "bytes"]]
                + recordsByKind.map { [kindName($0.kind), "\($0.records)", "\($0.bytes)"] })
        lines.append("")
        lines.append(verdict)
        return lines.joined(separator: "\n")
    }

    private var verdict: String {
        let bytes = segments.reduce(0) { $0 + $1.fileBytes }
        let summary = "\(segments.count) segments, \(bytes) bytes, ratio \(LogInspection.decimal(compressionRatio)): "
        guard !isWhole else { return summary + "every block is whole" }
        let damaged = segments.filter { !$0.damage.isEmpty }
        return summary + "\(damaged.count) damaged: "
            + damaged.flatMap { segment in
                segment.damage.map { "segment \(segment.number) bytes \($0.from)..<\($0.to)\(slots(of: $0))" }
            }.joined(separator: ", ")
    }

    private func slots(of damage: Damage) -> String {
        guard let slots = damage.slots else { return " (any slot)" }
        return slots.isEmpty ? " (no slot)" : " (\(slots.count) slots)"
    }

    private static func state(of segment: Segment) -> String {
        if !segment.damage.isEmpty { return "damaged" }
        if segment.tornBytes > 0 { return "open, \(segment.tornBytes) bytes torn" }
        return segment.isSealed ? "sealed" : "open"
    }

    /// Two decimals, without the locale of anybody.
    private static func decimal(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }

    /// Numbers to the right, the last column to the left.
    private static func aligned(_ rows: [[String]]) -> [String] {
        guard let columns = rows.first?.count else { return [] }
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == columns - 1 ? row[column] : padding + row[column]
            }
            return cells.joined(separator: "  ")
        }
    }
}
