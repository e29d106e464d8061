import Foundation
import Histogram
import RoostSession
import RoostWire

/// The result of `pairs` or `floor`, as JSON and for people.
struct LoadReport: KeptReport, Codable, Sendable {
    struct Latency: Codable, Sendable {
        var count: UInt64
        var meanMicroseconds: Double
        var p50Microseconds: UInt64
        var p90Microseconds: UInt64
        var p99Microseconds: UInt64
        var p999Microseconds: UInt64
        var maxMicroseconds: UInt64

        init(_ histogram: Histogram<UInt64>) {
            count = histogram.totalCount
            meanMicroseconds = count == 0 ? 0 : (histogram.mean * 10).rounded() / 10
            p50Microseconds = histogram.valueAtPercentile(50)
            p90Microseconds = histogram.valueAtPercentile(90)
            p99Microseconds = histogram.valueAtPercentile(99)
            p999Microseconds = histogram.valueAtPercentile(99.9)
            maxMicroseconds = histogram.maxRecorded
        }
    }

    var kind: String
    var commandLine: [String]
    var finishedAt: String
    var machine: Machine
    var nodes: [String]
    var pairs: Int
    var window: Int
    /// Messages a second that were due; `nil` when the next was sent as soon as the window had room.
    var rate: Int?
    var bodyBytes: Int
    var encoding: String
    var seconds: Double
    var messages: Int
    var messagesPerSecond: Double
    var receiptsPerSecond: Double
    var sent: Latency
    var delivered: Latency
    var sentSpread: LatencySpread
    var deliveredSpread: LatencySpread
    var errors: [String: Int]
    var lost: Int
    var unanswered: Int
    var duplicates: Int
    var misordered: Int
    var corrupted: Int
    var stale: Int
    /// Messages that were due and could not be written any more: their latency is missing.
    var overdue: Int
    var disconnects: Int
    var servers: [ServerUse]
    var serverCPUMicrosecondsPerMessage: Double?
    var generatorCPUMicrosecondsPerMessage: Double
    /// Cores that neither the servers nor the generator had.
    var otherCores: Double

    init(kind: String, nodes: [String], options: LoadOptions, outcome: LoadRun.Outcome) throws {
        self.kind = kind
        commandLine = CommandLine.arguments
        finishedAt = Date.now.formatted(.iso8601)
        machine = try Machine.here()
        self.nodes = nodes
        pairs = options.pairs
        window = options.window
        rate = options.rate
        bodyBytes = options.bytes
        encoding = options.encoding.rawValue
        seconds = outcome.seconds
        messages = outcome.counted.confirmed
        messagesPerSecond = (Double(messages) / seconds).rounded()
        receiptsPerSecond = (Double(outcome.counted.receipts) / seconds).rounded()
        sent = Latency(outcome.sentLatency)
        delivered = Latency(outcome.deliveredLatency)
        sentSpread = LatencySpread(outcome.sentLatency)
        deliveredSpread = LatencySpread(outcome.deliveredLatency)
        errors = Dictionary(uniqueKeysWithValues: outcome.total.errors.map { ("\($0.key)", $0.value) })
        lost = outcome.total.lost
        unanswered = outcome.total.unanswered
        duplicates = outcome.total.duplicates
        misordered = outcome.total.misordered
        corrupted = outcome.total.corrupted
        stale = outcome.total.stale
        overdue = outcome.total.overdue
        disconnects = outcome.total.disconnects
        servers = outcome.servers
        serverCPUMicrosecondsPerMessage =
            outcome.servers.isEmpty || outcome.servers.contains { $0.hasEnded }
            ? nil : LoadReport.microseconds(outcome.servers.reduce(0) { $0 + $1.cpuSeconds }, per: messages)
        generatorCPUMicrosecondsPerMessage = LoadReport.microseconds(outcome.generatorCPUSeconds, per: messages)
        otherCores = (outcome.otherCPUSeconds / outcome.seconds * 100).rounded() / 100
    }

    private static func microseconds(_ seconds: Double, per messages: Int) -> Double {
        (seconds * 1e8 / Double(max(1, messages))).rounded() / 100
    }

    /// Whether every promise was kept: nothing lost, in order, once, as it was sent, with its receipt.
    var isFaultless: Bool { lost + unanswered + duplicates + misordered + corrupted == 0 }

    /// The report for a person.
    var text: String {
        var lines = [
            "\(kind): \(pairs) pairs, \(rate.map { "\($0) messages/s due" } ?? "window \(window)"), \(bodyBytes) B, "
                + "\(encoding), \(decimal(seconds, 1)) s on \(nodes.count) node(s)",
            "machine: \(machine.cpu), \(machine.cores) cores, Linux \(machine.kernel)",
            "messages/s   \(Int(messagesPerSecond))   (\(messages) with their receipts)",
            "receipts/s   \(Int(receiptsPerSecond))",
            row("sent", sent),
            row("delivered", delivered),
            "lost \(lost), unanswered \(unanswered), duplicates \(duplicates), misordered \(misordered), corrupted \(corrupted), "
                + "disconnects \(disconnects)",
        ]
        if stale > 0 { lines.append("\(stale) messages of an earlier run were still pending and were taken first") }
        if overdue > 0 {
            lines.append("\(overdue) messages were due and not written: the server did not keep up, latency is worse")
        }
        if errors.isEmpty {
            lines.append("errors: none")
        } else {
            let each = errors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("errors: " + each.joined(separator: ", "))
        }
        for server in servers where server.hasEnded {
            lines.append("server \(server.name) (process \(server.pid)) ended during the run")
        }
        for server in servers where !server.hasEnded {
            lines.append(
                "server \(server.name) (process \(server.pid)): \(decimal(server.cpuSeconds, 2)) CPU s, "
                    + "\(server.residentBytes / 1_048_576) MiB resident")
        }
        if let serverCPUMicrosecondsPerMessage {
            lines.append("server CPU per message     \(decimal(serverCPUMicrosecondsPerMessage, 2)) µs")
        } else {
            lines.append("server CPU per message     unknown: not every server process could be watched, see --pids")
        }
        lines.append("generator CPU per message  \(decimal(generatorCPUMicrosecondsPerMessage, 2)) µs")
        if otherCores > LoadReport.otherCoresMax {
            lines.append(
                "others took \(decimal(otherCores, 2)) cores meanwhile: rates and latencies are those of a busy machine"
            )
        }
        return lines.joined(separator: "\n")
    }

    /// What the system itself takes on a quiet machine.
    static let otherCoresMax = 0.2

    var facts: RunFacts { RunFacts(of: self) }

    var row: TableRow {
        let cost = serverCPUMicrosecondsPerMessage.map { "\(decimal($0, 1)) µs of server CPU each; " } ?? ""
        func milliseconds(_ microseconds: UInt64) -> String { decimal(Double(microseconds) / 1000, 0) }
        return TableRow(
            what: "`\(kind)`, \(nodes.count) node(s): \(pairs) pairs, window \(window), \(bodyBytes) bytes",
            result: "\(Int(messagesPerSecond)) messages/s with their receipts; \(cost)`sent` p50 "
                + "\(milliseconds(sent.p50Microseconds)) ms, p99 \(milliseconds(sent.p99Microseconds)) ms; delivered p50 "
                + "\(milliseconds(delivered.p50Microseconds)) ms, p99 \(milliseconds(delivered.p99Microseconds)) ms")
    }

    var page: Page {
        Page(
            text: text,
            charts: [
                HistogramChart(title: "Latency", spreads: [("sent", sentSpread), ("delivered", deliveredSpread)])
            ])
    }

    private func row(_ name: String, _ latency: Latency) -> String {
        guard latency.count > 0 else { return "\(name.padding(toLength: 10, withPad: " ", startingAt: 0))   –" }
        let times = [
            ("p50", latency.p50Microseconds), ("p90", latency.p90Microseconds), ("p99", latency.p99Microseconds),
            ("p99.9", latency.p999Microseconds), ("max", latency.maxMicroseconds),
        ]
        let columns = times.map { "\($0.0) \(decimal(Double($0.1) / 1000, 2)) ms" }.joined(separator: "  ")
        return "\(name.padding(toLength: 10, withPad: " ", startingAt: 0))   \(columns)"
    }
}

/// A number with this many digits behind the point.
func decimal(_ value: Double, _ digits: Int) -> String {
    value.formatted(
        .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
}
