/// The result of `offline`.
struct OfflineReport: KeptReport {
    /// What the servers take in memory for what is pending.
    struct Memory: Codable {
        var residentBytesBefore: Int
        var residentBytesFull: Int
        /// Messages that are kept, each copy.
        var copies: Int
        /// What resident memory grew by, for each copy.
        var residentBytesPerCopy: Double
        /// The same as the slope of a line through the fill, without what is there anyway.
        var slopeBytesPerCopy: Double?

        init(before: ClusterSample, after: ClusterSample, slope: Double?) {
            residentBytesBefore = before.residentBytes
            residentBytesFull = after.residentBytes
            copies = after.metrics.pendingMessages - before.metrics.pendingMessages
            residentBytesPerCopy = Double(residentBytesFull - residentBytesBefore) / Double(max(1, copies))
            slopeBytesPerCopy = slope
        }
    }

    /// What the log holds and its segments take, of all nodes, some time after the drain.
    struct Size: Codable {
        var seconds: Double
        var logBytes: Int
        var segmentBytes: Int?
        var pendingCopies: Int
    }

    var facts: RunFacts
    var users: Int
    var messagesPerUser: Int
    var bodyBytes: Int
    var writers: Int
    var fanIn: Int
    var fill: PhaseUse?
    var sent: LatencyResult?
    var fillGenerator: GeneratorUse?
    var memory: Memory?
    var restarts: [NodeRestart] = []
    var drain: PhaseUse?
    var usersDrained: LatencyResult?
    var drainGenerator: GeneratorUse?
    /// From the last message until no owner kept any of them.
    var droppedSeconds: Double?
    /// What the servers did after the drain, for each message.
    var cleaning: PhaseUse?
    var shrinking: [Size] = []
    var counts = OfflineCounts()
    var timeline = Timeline()

    init(facts: RunFacts, options: OfflineOptions) {
        self.facts = facts
        users = options.users
        messagesPerUser = options.messages
        bodyBytes = options.bytes
        writers = options.writers
        fanIn = options.fanIn
    }

    /// Whether every promise was kept: nothing lost, in order, once, as it was sent.
    var isFaultless: Bool {
        counts.received == users * messagesPerUser
            && counts.duplicates + counts.misordered + counts.corrupted + counts.disconnects == 0
    }

    var text: String {
        var lines = [
            "offline: \(users) users away, \(messagesPerUser) messages of \(bodyBytes) B for each, from \(writers) writers",
            facts.text,
        ]
        if let fill { lines.append("fill       \(fill.text)") }
        if let sent { lines.append("sent       \(sent.text)") }
        if let memory { lines += memory.lines }
        for restart in restarts {
            lines.append(
                "restart    \(restart.name) ready after \(decimal(restart.readySeconds, 2)) s, "
                    + "\(restart.residentBytes / 1_048_576) MiB resident")
        }
        if let drain { lines.append("drain      \(drain.text)") }
        if let usersDrained { lines.append("a user     \(usersDrained.text) from coming back to the last message") }
        lines += sizeLines
        let refusals = counts.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        lines.append(
            "faults     \(users * messagesPerUser - counts.received) missing, \(counts.duplicates) twice, "
                + "\(counts.misordered) out of order, \(counts.corrupted) damaged, \(counts.disconnects) disconnects; refusals: "
                + (refusals.isEmpty ? "none" : refusals.joined(separator: ", ")))
        if counts.stale > 0 { lines.append("\(counts.stale) messages of an earlier run were still pending") }
        for (name, use) in [("fill", fillGenerator), ("drain", drainGenerator)] {
            if let use { lines.append("\(name), \(use.text)") }
        }
        return lines.joined(separator: "\n")
    }

    private var sizeLines: [String] {
        var lines: [String] = []
        if let droppedSeconds {
            lines.append("dropped    everywhere \(decimal(droppedSeconds, 1)) s after the last message was read")
        } else if let left = shrinking.last?.pendingCopies {
            lines.append("dropped    NOT YET: \(left) copies are still pending")
        }
        let wanted: [Double] = [0, 5, 10, 30, 60, 120, 300]
        let shown = wanted.compactMap { at in shrinking.first { $0.seconds >= at - 0.5 } }
        let sizes = shown.map { size in
            "\(decimal(size.seconds, 0)) s \(decimal(Double(size.segmentBytes ?? size.logBytes) / 1_048_576, 1)) MiB, "
                + "\(size.logBytes / 1_048_576) by the nodes"
        }
        lines.append("on disk    after the drain: " + sizes.joined(separator: "; "))
        if let cleaning {
            lines.append(
                "cleaning   server CPU \(decimal(cleaning.serverCPUMicrosecondsPerMessage, 2)) µs and "
                    + "\(decimal(cleaning.logWrittenBytesPerMessage, 0)) B of log a message, in \(decimal(cleaning.seconds, 0)) s"
            )
        }
        return lines
    }

    var row: TableRow {
        var parts: [String] = []
        if let fill {
            parts.append(
                "queues filled at \(Int(fill.messagesPerSecond)) messages/s, \(decimal(fill.serverCPUMicrosecondsPerMessage, 1)) µs"
            )
        }
        if let drain {
            parts.append(
                "drained at \(Int(drain.messagesPerSecond))/s, \(decimal(drain.serverCPUMicrosecondsPerMessage, 1)) µs")
        }
        if let memory { parts.append("\(decimal(memory.residentBytesPerCopy, 0)) B of memory a pending copy") }
        if !restarts.isEmpty {
            parts.append(
                "restart to ready "
                    + restarts.map { "\(decimal($0.readySeconds, 1)) s" }.joined(separator: ", ")
                    + " with the queues full")
        }
        let nodes = facts.nodes.count
        return TableRow(
            what:
                "`offline`, \(nodes) node(s): \(users) users away, \(messagesPerUser) messages of \(bodyBytes) bytes each",
            result: parts.joined(separator: "; "))
    }

    var page: Page {
        var charts = timeline.charts
        if let sent { charts.append(HistogramChart(title: "Time to sent", spreads: [("sent", sent.spread)])) }
        if let usersDrained {
            charts.append(HistogramChart(title: "Time to drain one user", spreads: [("users", usersDrained.spread)]))
        }
        return Page(text: text, charts: charts)
    }
}

extension OfflineReport.Memory {
    fileprivate var lines: [String] {
        [
            "memory     \(residentBytesBefore / 1_048_576) MiB before, \(residentBytesFull / 1_048_576) MiB with "
                + "\(copies) copies: \(decimal(residentBytesPerCopy, 0)) B each"
                + (slopeBytesPerCopy.map { "; \(decimal($0, 0)) B by the slope of the fill" } ?? "")
        ]
    }
}
