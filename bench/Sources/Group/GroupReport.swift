import Foundation

/// The result of `group`.
struct GroupReport: KeptReport, Codable {
    var facts: RunFacts
    var members: Int
    var messages: Int
    var bytes: Int
    /// From the first message to the last delivery.
    var seconds: Double
    var sent: Int
    var delivered: Int
    var duplicates: Int
    var misordered: Int
    var gaps: Int
    var foreign: Int
    /// Different orders in which members got the messages; one is right.
    var orders: Int
    var errors: [String: Int]
    var disconnects: Int
    var killed: Int?
    var sentLatency: LatencyResult
    var deliveredLatency: LatencyResult
    var generator: GeneratorUse
    var servers: [ServerUse]
    /// What the logs of the nodes grew by.
    var logBytes: [Int]

    var isFaultless: Bool {
        sent == messages && delivered == messages * members && orders == 1
            && duplicates + misordered + gaps + foreign == 0
    }

    /// Of all nodes that lived through it.
    var cpuMicrosecondsPerDelivery: Double {
        servers.reduce(0) { $0 + $1.cpuSeconds } * 1e6 / Double(max(1, delivered))
    }

    var text: String {
        var lines = [
            "group: \(messages) messages of \(bytes) bytes to \(members) members in \(GroupReport.short(seconds)) s"
                + (killed.map { ", process \($0) killed half-way" } ?? ""),
            "  sent        \(sent), \(sentLatency.text)",
            "  delivered   \(delivered), \(Int(Double(delivered) / max(seconds, 0.001))) a second, "
                + deliveredLatency.text,
            "  faults      \(duplicates) twice, \(misordered) out of order, \(gaps) gaps, \(foreign) foreign; "
                + "\(orders) order\(orders == 1 ? "" : "s") among the members",
            "  disconnects \(disconnects), errors \(errors.isEmpty ? "none" : "\(errors)")",
        ]
        for (server, bytes) in zip(servers, logBytes) {
            lines.append(
                "  \(server.name)  "
                    + (server.hasEnded
                        ? "ended"
                        : "\(GroupReport.short(server.cpuSeconds)) s of CPU, log \(bytes / max(1, messages)) bytes a message")
            )
        }
        lines.append("  server CPU  \(GroupReport.short(cpuMicrosecondsPerDelivery)) µs a delivery")
        lines.append(generator.text)
        return lines.joined(separator: "\n")
    }

    var row: TableRow {
        TableRow(
            what: "`group`, \(facts.nodes.count) node(s): \(members) members, \(messages) messages of \(bytes) bytes"
                + (killed == nil ? "" : ", one node killed half-way"),
            result: (isFaultless ? "each got every message once, in the one order" : "FAULTS")
                + ": \(Int(Double(delivered) / max(seconds, 0.001))) deliveries/s, "
                + "\(GroupReport.short(cpuMicrosecondsPerDelivery)) µs of server CPU a delivery")
    }

    var page: Page {
        Page(
            text: text,
            charts: [
                HistogramChart(
                    title: "Latency", spreads: [("sent", sentLatency.spread), ("delivered", deliveredLatency.spread)])
            ])
    }

    private static func short(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(value < 10 ? 2 : 1)).grouping(.never))
    }
}
