import Foundation
import Histogram

/// The result of `group`.
struct GroupReport: Report, Codable {
    /// Milliseconds, of all that were counted.
    struct Latency: Codable {
        var p50: Double
        var p99: Double

        init(_ histogram: Histogram<UInt64>) {
            p50 = Double(histogram.valueAtPercentile(50)) / 1000
            p99 = Double(histogram.valueAtPercentile(99)) / 1000
        }
    }

    var commandLine: [String]
    var machine: Machine
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
    var sentLatency: Latency
    var deliveredLatency: Latency
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
            "  sent        \(sent), p50 \(GroupReport.short(sentLatency.p50)) ms, p99 \(GroupReport.short(sentLatency.p99)) ms",
            "  delivered   \(delivered), \(Int(Double(delivered) / max(seconds, 0.001))) a second, "
                + "p50 \(GroupReport.short(deliveredLatency.p50)) ms, p99 \(GroupReport.short(deliveredLatency.p99)) ms",
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
        return lines.joined(separator: "\n")
    }

    private static func short(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(value < 10 ? 2 : 1)).grouping(.never))
    }
}
