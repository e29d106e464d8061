import Foundation

/// The result of a run, as JSON and for people.
package struct NemesisReport: Codable, Sendable {
    /// What was asked for.
    package var options: NemesisOptions
    /// What this machine did not let the run do.
    package var leftOut: [String]
    /// How long it took.
    package var seconds = 0.0
    /// Every strike, in order.
    package var strikes: [StrikeRecord] = []
    /// What was counted.
    package var totals = WorkloadTotals()
    /// Whether every node held nothing at the end.
    package var queuesAreEmpty = false
    /// Promises that were broken, other than those about single messages.
    package var faults: [String] = []

    /// Whether every promise was kept.
    package var isFaultless: Bool { totals.isFaultless && faults.isEmpty && queuesAreEmpty }

    /// Writes it as JSON.
    package func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path))
    }

    /// The report for a person.
    package var text: String {
        var lines = [
            "\(options.form.rawValue) form, seed \(options.seed): \(options.nodes) nodes, \(options.workload.pairs) pairs, "
                + "window \(options.workload.window), \(options.workload.bytes) B, \(Int(seconds)) s"
        ]
        lines += leftOut.map { "left out: \($0)" }
        lines.append("")
        lines.append(row("nemesis", "strikes", "stall, harm", "stall, heal", "p99 calm", "p99 harm"))
        for name in names {
            let mine = strikes.filter { $0.nemesis == name }
            lines.append(
                row(
                    name, "\(mine.count)", seconds(mine.map(\.harm.longestStallSeconds)),
                    seconds(mine.map(\.heal.longestStallSeconds)), median(mine.map(\.calm.p99Milliseconds)),
                    median(mine.map(\.harm.p99Milliseconds))))
        }
        lines.append("")
        if let joins = joinLatency { lines.append(joins) }
        lines.append(
            "acknowledged \(totals.acknowledged), received \(totals.received), lost \(totals.lost), misordered "
                + "\(totals.misordered), damaged \(totals.damaged), foreign \(totals.foreign), wrong refusals "
                + "\(totals.wrongRefusals)")
        lines.append(
            "came again: \(totals.duplicatesThrownAway) to readers with a watermark, which threw them away; "
                + "\(totals.duplicatesShown) to readers without one")
        let refusals = totals.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        lines.append(
            "connections lost \(totals.reconnects); refusals to be expected: "
                + (refusals.isEmpty ? "none" : refusals.joined(separator: ", ")))
        lines.append(queuesAreEmpty ? "the queues are empty" : "the queues are NOT empty")
        lines += (faults + totals.faults).map { "BROKEN: \($0)" }
        lines.append(isFaultless ? "every promise was kept" : "a promise was BROKEN")
        return lines.joined(separator: "\n")
    }

    /// In the order in which they first struck.
    private var names: [String] {
        strikes.reduce(into: []) { names, strike in
            if !names.contains(strike.nemesis) { names.append(strike.nemesis) }
        }
    }

    /// What a join costs the senders, from medians over all joins.
    private var joinLatency: String? {
        let joins = strikes.filter { $0.nemesis == Join().name }
        guard !joins.isEmpty else { return nil }
        return "send latency before a join: p50 \(median(joins.map(\.calm.p50Milliseconds))), p99 "
            + "\(median(joins.map(\.calm.p99Milliseconds))); during it: p50 \(median(joins.map(\.harm.p50Milliseconds))), "
            + "p99 \(median(joins.map(\.harm.p99Milliseconds)))"
    }

    private func seconds(_ values: [Double]) -> String { String(format: "%.2f s", values.max() ?? 0) }

    private func median(_ values: [Double]) -> String {
        values.isEmpty ? "" : String(format: "%.1f ms", values.sorted()[values.count / 2])
    }

    private func row(_ name: String, _ columns: String...) -> String {
        let first = name.padding(toLength: 42, withPad: " ", startingAt: 0)
        return columns.reduce(first) { line, column in
            line + String(repeating: " ", count: max(1, 13 - column.count)) + column
        }
    }
}
