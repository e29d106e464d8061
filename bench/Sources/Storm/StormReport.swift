import Histogram

/// The result of `storm`.
struct StormReport: KeptReport {
    var facts: RunFacts
    var sockets: Int
    var messagesPerUser: Int
    var bodyBytes: Int
    var spreadMilliseconds: Int
    var processes = 0
    var killed = ""
    /// From the end of the first socket until the last was welcomed elsewhere and had what was pending.
    var seconds = 0.0
    var welcomed: LatencyResult?
    var drained: LatencyResult?
    var attempts = 0
    var failures: [String: Int] = [:]
    /// Messages that came to the sockets afterwards.
    var messages = 0
    /// Those that lived through it.
    var servers: [ServerUse] = []
    /// Of the process that was the busiest.
    var generator: GeneratorUse?
    var timeline = Timeline()

    init(facts: RunFacts, options: StormOptions) {
        self.facts = facts
        sockets = options.sockets
        messagesPerUser = options.messages
        bodyBytes = options.bytes
        spreadMilliseconds = options.spread
    }

    /// Puts together what the processes measured.
    mutating func take(_ words: [StormWord], busiestServerThread: Double) {
        let outcomes = words.compactMap(\.outcome)
        let first = outcomes.map(\.firstEndedNanoseconds).min() ?? 0
        let last = outcomes.map(\.lastDrainedNanoseconds).max() ?? first
        seconds = Double(last - min(first, last)) / 1e9
        welcomed = StormReport.latency(outcomes.flatMap(\.welcomedMicroseconds))
        drained = StormReport.latency(outcomes.flatMap(\.drainedMicroseconds))
        for word in words {
            attempts += word.attempts
            messages += word.messages
            failures.merge(word.failures, uniquingKeysWith: +)
        }
        generator = outcomes.map(\.generator).max { $0.busiestThread < $1.busiestThread }
        generator?.busiestServerThread = busiestServerThread
    }

    private static func latency(_ microseconds: [UInt64]) -> LatencyResult {
        var histogram = Histogram<UInt64>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
        for value in microseconds { histogram.record(value) }
        return LatencyResult([histogram])
    }

    /// Whether every message that waited came to every socket. A node may send one again that its acknowledgement overtook.
    var isFaultless: Bool { messages >= sockets * messagesPerUser }

    var serverCPUMillisecondsPerSocket: Double {
        servers.reduce(0) { $0 + $1.cpuSeconds } * 1000 / Double(max(1, sockets))
    }

    var text: String {
        var lines = [
            "storm: \(sockets) sockets on \(killed), which is killed; \(messagesPerUser) messages wait for each, "
                + "they come back within \(spreadMilliseconds) ms",
            facts.text,
            "all back   after \(decimal(seconds, 2)) s: \(Int(Double(sockets) / max(seconds, 0.001))) sockets a second, "
                + "\(attempts) attempts",
        ]
        if let welcomed { lines.append("welcomed   \(welcomed.text)") }
        if let drained { lines.append("drained    \(drained.text)") }
        lines.append("messages   \(messages) of \(sockets * messagesPerUser) came to them")
        for (reason, count) in failures.sorted(by: { $0.value > $1.value }) {
            lines.append("failed     \(count) × \(reason)")
        }
        for server in servers {
            lines.append(
                "server     \(server.name): \(decimal(server.cpuSeconds, 2)) CPU s, "
                    + "\(server.residentBytesBefore / 1_048_576) MiB before, \(server.residentBytes / 1_048_576) MiB after"
                    + (server.hasEnded ? ", ENDED" : ""))
        }
        lines.append("server CPU \(decimal(serverCPUMillisecondsPerSocket, 3)) ms a socket, those that lived together")
        if let generator { lines.append("of \(processes) process(es) the busiest: \(generator.text)") }
        return lines.joined(separator: "\n")
    }

    var row: TableRow {
        let p99 = welcomed.map { ", welcome p99 \(decimal(Double($0.percentiles.p99Microseconds) / 1000, 0)) ms" } ?? ""
        return TableRow(
            what:
                "`storm`, \(facts.nodes.count) node(s): \(sockets) sockets come back within \(spreadMilliseconds) ms, "
                + "\(messagesPerUser) messages wait for each",
            result:
                "all drained after \(decimal(seconds, 1)) s\(p99); \(decimal(serverCPUMillisecondsPerSocket, 2)) ms of "
                + "server CPU a socket")
    }

    var page: Page {
        var charts = timeline.charts
        if let welcomed, let drained {
            charts.append(
                HistogramChart(
                    title: "From the death of the node",
                    spreads: [("welcomed", welcomed.spread), ("drained", drained.spread)]))
        }
        return Page(text: text, charts: charts)
    }
}
