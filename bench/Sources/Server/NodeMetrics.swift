import RoostClient

/// What a node says of itself under `/metrics`, as far as a scenario asks.
struct NodeMetrics: Sendable {
    /// Messages that it keeps for users who have not stored them, each copy.
    var pendingMessages: Int
    /// What its log holds.
    var logBytes: Int
    /// What it has written to its log since it started.
    var logWrittenBytes: Int

    /// How old what a node says may be.
    static let ageSecondsMax = 2

    static func read(_ node: NodeAddress) async throws -> NodeMetrics {
        let text = String(decoding: try await NodeResources(node).get("/metrics"), as: UTF8.self)
        return NodeMetrics(
            pendingMessages: sum(of: "roost_mailbox_pending_messages", in: text),
            logBytes: sum(of: "roost_log_bytes", in: text),
            logWrittenBytes: sum(of: "roost_log_written_bytes", in: text))
    }

    /// The same, `nil` for a node that does not answer.
    static func readIfAnswering(_ node: NodeAddress) async -> NodeMetrics? {
        do {
            return try await read(node)
        } catch {
            return nil
        }
    }

    /// The sum of several nodes.
    static func total(of nodes: [NodeAddress]) async throws -> NodeMetrics {
        var total = NodeMetrics(pendingMessages: 0, logBytes: 0, logWrittenBytes: 0)
        for node in nodes {
            let metrics = try await read(node)
            total.pendingMessages += metrics.pendingMessages
            total.logBytes += metrics.logBytes
            total.logWrittenBytes += metrics.logWrittenBytes
        }
        return total
    }

    /// The sum over all labels of a metric.
    private static func sum(of metric: String, in text: String) -> Int {
        text.split(separator: "\n").filter { $0.hasPrefix("\(metric) ") || $0.hasPrefix("\(metric){") }
            .reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "").map { Int($0) } ?? 0) }
    }
}
