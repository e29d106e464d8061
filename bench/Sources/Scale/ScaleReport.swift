/// The result of `scale`.
struct ScaleReport: KeptReport {
    struct Size: Codable {
        var nodes: Int
        var generator: GeneratorUse
        var load: LoadReport
    }

    var facts: RunFacts
    var pairs: Int
    var window: Int
    var bodyBytes: Int
    var sizes: [Size] = []

    init(facts: RunFacts, options: LoadOptions) {
        self.facts = facts
        pairs = options.pairs
        window = options.window
        bodyBytes = options.bytes
    }

    var isFaultless: Bool { sizes.allSatisfy(\.load.isFaultless) }

    var text: String {
        let rows = sizes.map { size in
            [
                "\(size.nodes)", "\(Int(size.load.messagesPerSecond))",
                size.load.serverCPUMicrosecondsPerMessage.map { decimal($0, 1) } ?? "?",
                ratio(of: size).map { decimal($0, 2) } ?? "-",
                decimal(Double(size.load.sent.p50Microseconds) / 1000, 1),
                decimal(Double(size.load.sent.p99Microseconds) / 1000, 1),
                decimal(Double(size.load.delivered.p50Microseconds) / 1000, 1),
                decimal(Double(size.load.delivered.p99Microseconds) / 1000, 1),
                percent(size.generator.busiestThread),
            ]
        }
        let heads = [
            "NODES", "MESSAGES/S", "CPU µs", "OF THREE", "SENT P50 ms", "P99", "DELIV. P50 ms", "P99", "GENERATOR",
        ]
        let lines = [
            "scale: \(pairs) pairs, window \(window), \(bodyBytes) B, on clusters of \(sizes.map { "\($0.nodes)" }.joined(separator: ", ")) nodes",
            facts.text,
        ]
        return (lines + Columns(rows, heads: heads).lines).joined(separator: "\n")
    }

    /// What a message costs, compared with three nodes: the least that keep three copies.
    private func ratio(of size: Size) -> Double? {
        guard let cost = size.load.serverCPUMicrosecondsPerMessage,
            let three = sizes.first(where: { $0.nodes == 3 })?.load.serverCPUMicrosecondsPerMessage, three > 0
        else { return nil }
        return cost / three
    }

    var row: TableRow {
        let costs = sizes.map { size in
            let cost = size.load.serverCPUMicrosecondsPerMessage.map { "\(decimal($0, 1)) µs" } ?? "unknown"
            return "\(size.nodes): \(cost)"
        }
        return TableRow(
            what:
                "`scale`: \(pairs) pairs, window \(window), \(bodyBytes) bytes; server CPU a message by the number of nodes",
            result: costs.joined(separator: ", "))
    }

    var page: Page {
        let cost = sizes.compactMap { size in
            size.load.serverCPUMicrosecondsPerMessage.map { (x: Double(size.nodes), y: $0) }
        }
        let chart = LineChart(
            title: "Server CPU for a message", xUnit: "nodes", yUnit: "µs of CPU",
            curves: [.init(name: "all servers together", points: cost)])
        return Page(text: text, charts: [chart])
    }
}
