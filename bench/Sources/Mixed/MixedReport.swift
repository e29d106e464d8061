/// The result of `mixed`, and of the scenarios that are a `mixed` with incidents.
struct MixedReport: KeptReport {
    var facts: RunFacts
    var people: Int
    var ratePerSecond: Int
    var bodyBytes: Int
    var leavingPercent: Double
    var seed: UInt64
    /// With the evening, in which everybody reads what is left.
    var seconds = 0.0
    var counts = TownCounts()
    /// Messages that did not come to one they are for.
    var missing = 0
    var sent: LatencyResult?
    var delivered: LatencyResult?
    /// To who was there, from one person and in a group.
    var shown: LatencyResult?
    var shownInGroups: LatencyResult?
    var incidents: [IncidentRecord] = []
    var servers: [ServerUse] = []
    var generator: GeneratorUse?
    var timeline = Timeline()

    init(facts: RunFacts, options: MixedOptions) {
        self.facts = facts
        people = options.people
        ratePerSecond = options.rate
        bodyBytes = options.bytes
        leavingPercent = options.leaving
        seed = options.seed
    }

    /// Whether every promise was kept: everything came to everybody, in order, once, as it was written.
    var isFaultless: Bool { missing == 0 && counts.duplicates + counts.misordered + counts.damaged == 0 }

    /// CPU of the servers, in seconds; `nil` when one was killed, whose use is not known.
    private var cpuSeconds: Double? {
        servers.isEmpty || servers.contains { $0.hasEnded } ? nil : servers.reduce(0) { $0 + $1.cpuSeconds }
    }

    var serverCPUMicrosecondsPerMessage: Double? {
        cpuSeconds.map { $0 * 1e6 / Double(max(1, counts.written)) }
    }

    var serverCPUMicrosecondsPerDelivery: Double? {
        cpuSeconds.map { $0 * 1e6 / Double(max(1, counts.received)) }
    }

    var text: String {
        var lines = [
            "\(facts.scenario): \(people) people, \(ratePerSecond) messages/s of \(bodyBytes) B, "
                + "\(decimal(leavingPercent, 1)) % leave in a second, \(decimal(seconds, 1)) s",
            facts.text,
            "written    \(counts.written): \(counts.toPeople) to one person, \(counts.toSmallCircles) to groups of up to "
                + "\(TownPlan.smallSize), \(counts.toLargeCircles) to larger ones",
            "received   \(counts.received), \(Int(Double(counts.received) / max(seconds, 0.001))) a second",
        ]
        if let sent { lines.append("sent       \(counts.sent); \(sent.text)") }
        if let delivered {
            lines.append(
                "delivered  \(counts.deliveredTicks) ticks of those to one person, away or not; \(delivered.text)")
        }
        if let shown { lines.append("shown      from one person, to those who were there; \(shown.text)") }
        if let shownInGroups { lines.append("           in groups; \(shownInGroups.text)") }
        lines.append(
            "besides    \(counts.readTicks) read ticks, \(counts.typingSeen) of \(counts.typed) times typing seen, "
                + "\(counts.presenceSeen) news of presence, \(counts.departures) departures")
        let refusals = counts.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        lines.append(
            "faults     \(missing) missing, \(counts.duplicates) twice, \(counts.misordered) out of order, "
                + "\(counts.damaged) damaged; refusals: "
                + (refusals.isEmpty ? "none" : refusals.joined(separator: ", "))
                + "; \(counts.disconnects) disconnects")
        if counts.stale > 0 { lines.append("\(counts.stale) messages of an earlier run were still pending") }
        lines += incidents.map { "at \($0.text)" }
        for server in servers {
            lines.append(
                "server     \(server.name): "
                    + (server.hasEnded
                        ? "killed meanwhile"
                        : "\(decimal(server.cpuSeconds, 2)) CPU s, \(server.residentBytes / 1_048_576) MiB resident"))
        }
        if let message = serverCPUMicrosecondsPerMessage, let delivery = serverCPUMicrosecondsPerDelivery {
            lines.append(
                "server CPU \(decimal(message, 1)) µs a message with all that belongs to it, \(decimal(delivery, 1)) µs a delivery"
            )
        }
        if let generator { lines.append(generator.text) }
        return lines.joined(separator: "\n")
    }

    var row: TableRow {
        var parts = ["everything came to everybody once and in order"]
        if !isFaultless {
            parts = ["FAULTS: \(missing) missing, \(counts.duplicates) twice, \(counts.misordered) out of order"]
        }
        if let cost = serverCPUMicrosecondsPerMessage { parts.append("\(decimal(cost, 0)) µs of server CPU a message") }
        if let shown { parts.append("shown p99 \(decimal(Double(shown.percentiles.p99Microseconds) / 1000, 0)) ms") }
        parts += incidents.map { "\($0.name) \(decimal($0.tookSeconds, 1)) s" }
        return TableRow(
            what: "`\(facts.scenario)`, \(facts.nodes.count) node(s): \(people) people, \(ratePerSecond) messages/s of "
                + "\(bodyBytes) bytes",
            result: parts.joined(separator: "; "))
    }

    var page: Page {
        var charts = timeline.charts
        let spreads = [("sent", sent), ("shown", shown), ("shown in groups", shownInGroups)].compactMap {
            name, result in
            result.map { (name: name, spread: $0.spread) }
        }
        charts.append(HistogramChart(title: "Latency", spreads: spreads))
        return Page(text: text, charts: charts)
    }
}
