/// The result of `sweep`.
struct SweepReport: KeptReport {
    /// Over all rates.
    struct Totals: Codable {
        var confirmed = 0
        var lost = 0
        var duplicates = 0
        var misordered = 0
        var corrupted = 0
        var disconnects = 0
        var endings: [String: Int] = [:]

        init() {}

        init(_ counters: LoadCounters) {
            confirmed = counters.confirmed
            lost = counters.lost
            duplicates = counters.duplicates
            misordered = counters.misordered
            corrupted = counters.corrupted
            disconnects = counters.disconnects
            endings = counters.endings
        }
    }

    var facts: RunFacts
    var pairs: Int
    var bodyBytes: Int
    var secondsPerStep: Int
    var arrivals: Arrivals.Spacing
    var seed: UInt64
    /// In the order in which they were tried; the last is the overload.
    var steps: [SweepStep] = []
    /// The highest rate that was kept up with.
    var maximum: SweepStep?
    var overload: SweepStep?
    var totals = Totals()
    var timeline = Timeline()

    init(facts: RunFacts, options: SweepOptions) {
        self.facts = facts
        pairs = options.pairs
        bodyBytes = options.bytes
        secondsPerStep = options.seconds
        arrivals = options.arrivals
        seed = options.seed
    }

    var isFaultless: Bool {
        totals.lost + totals.duplicates + totals.misordered + totals.corrupted == 0
    }

    /// What of the maximum's goodput is left beyond it.
    var goodputLeft: Double? {
        guard let maximum, let overload else { return nil }
        return overload.goodputPerSecond / max(1, maximum.goodputPerSecond)
    }

    var text: String {
        var lines = [
            "sweep: \(pairs) pairs, \(bodyBytes) B, \(arrivals.rawValue) arrivals, \(secondsPerStep) s each",
            facts.text, "latencies in ms, from when a message was meant to be sent",
        ]
        lines += Columns(steps.map(row), heads: SweepReport.heads).lines
        if let maximum {
            lines.append("maximum    \(Int(maximum.rate)) messages/s are kept up with")
        } else {
            lines.append("maximum    not even the lowest rate was kept up with: begin lower with --start")
        }
        if let overload, let goodputLeft {
            lines.append(
                "overload   at \(Int(overload.rate))/s goodput is \(Int(overload.goodputPerSecond))/s, "
                    + "\(percent(goodputLeft)) of the maximum's; refused: \(SweepReport.refusals(overload))")
        }
        lines.append(
            "faults     \(totals.lost) lost, \(totals.duplicates) twice, \(totals.misordered) out of order, "
                + "\(totals.corrupted) damaged, \(totals.disconnects) disconnects")
        for (end, count) in totals.endings.sorted(by: { $0.key < $1.key }) {
            lines.append("           \(count) × \(end)")
        }
        for step in steps {
            if let warning = step.generator.warning { lines.append("at \(Int(step.rate))/s \(warning)") }
        }
        return lines.joined(separator: "\n")
    }

    private static let heads = [
        "RATE", "CAME/S", "GOODPUT/S", "SENT P50", "P99", "P99.9", "DELIV. P50", "P99", "P99.9", "CPU µs", "HELD BACK",
        "DRAIN s",
        "GENERATOR", "REFUSED",
    ]

    private func row(_ step: SweepStep) -> [String] {
        func milliseconds(_ microseconds: UInt64) -> String { decimal(Double(microseconds) / 1000, 1) }
        let (sent, delivered) = (step.sent.percentiles, step.delivered.percentiles)
        return [
            "\(Int(step.rate))", "\(Int(step.offeredPerSecond))", "\(Int(step.goodputPerSecond))",
            milliseconds(sent.p50Microseconds), milliseconds(sent.p99Microseconds), milliseconds(sent.p999Microseconds),
            milliseconds(delivered.p50Microseconds), milliseconds(delivered.p99Microseconds),
            milliseconds(delivered.p999Microseconds),
            step.serverCPUMicrosecondsPerMessage.map { decimal($0, 1) } ?? "?", "\(step.heldBack)",
            step.drainSeconds.map { decimal($0, 1) } ?? "NEVER", percent(step.generator.busiestThread),
            SweepReport.refusals(step),
        ]
    }

    private static func refusals(_ step: SweepStep) -> String {
        step.refusals.isEmpty
            ? "none" : step.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    var row: TableRow {
        var parts: [String] = []
        if let maximum {
            let (sent, delivered) = (maximum.sent.percentiles, maximum.delivered.percentiles)
            parts.append(
                "\(Int(maximum.rate)) messages/s are kept up with, there `sent` p99 "
                    + "\(decimal(Double(sent.p99Microseconds) / 1000, 0)) ms, delivered p99 "
                    + "\(decimal(Double(delivered.p99Microseconds) / 1000, 0)) ms")
        }
        if let overload, let goodputLeft {
            parts.append(
                "at \(Int(overload.rate))/s \(percent(goodputLeft)) of that goodput; refused: \(SweepReport.refusals(overload))"
            )
        }
        return TableRow(
            what:
                "`sweep`, \(facts.nodes.count) node(s): \(pairs) pairs, \(bodyBytes) bytes, \(arrivals.rawValue) arrivals",
            result: parts.joined(separator: "; "))
    }

    var page: Page {
        let sorted = steps.sorted { $0.rate < $1.rate }
        func curve(_ name: String, _ value: (SweepStep) -> Double) -> LineChart.Curve {
            LineChart.Curve(name: name, points: sorted.map { ($0.offeredPerSecond, value($0)) })
        }
        var charts: [any Chart] = [
            LineChart(
                title: "Goodput against what comes", xUnit: "messages/s that come", yUnit: "messages/s",
                curves: [curve("come") { $0.offeredPerSecond }, curve("delivered") { $0.goodputPerSecond }])
        ]
        // Beyond the maximum a queue grows without end, and its latencies would flatten all others.
        let below = sorted.filter { $0.rate <= maximum?.rate ?? .infinity }
        func latency(_ name: String, _ value: (SweepStep) -> UInt64) -> LineChart.Curve {
            LineChart.Curve(name: name, points: below.map { ($0.offeredPerSecond, Double(value($0)) / 1000) })
        }
        charts.append(
            LineChart(
                title: "Latency against what comes, up to the maximum", xUnit: "messages/s that come",
                yUnit: "milliseconds",
                curves: [
                    latency("sent p50") { $0.sent.percentiles.p50Microseconds },
                    latency("sent p99") { $0.sent.percentiles.p99Microseconds },
                    latency("delivered p50") { $0.delivered.percentiles.p50Microseconds },
                    latency("delivered p99") { $0.delivered.percentiles.p99Microseconds },
                ]))
        if let maximum {
            charts.append(
                HistogramChart(
                    title: "Latency at the maximum",
                    spreads: [("sent", maximum.sent.spread), ("delivered", maximum.delivered.spread)]))
        }
        return Page(text: text, charts: charts + timeline.charts)
    }
}
