import RoostClient

/// What the servers have used and what they hold, all together, at one moment.
struct ClusterSample: Sendable {
    var at = ContinuousClock.now
    var cpuSeconds = 0.0
    var residentBytes = 0
    var metrics: NodeMetrics
    /// What their segments take on disk; `nil` when that cannot be seen from here.
    var segmentBytes: Int?

    static func take(of servers: [ServerProcess], nodes: [NodeAddress]) async throws -> ClusterSample {
        var sample = ClusterSample(metrics: try await NodeMetrics.total(of: nodes))
        for server in servers {
            let one = try server.sample()
            sample.cpuSeconds += one.cpuSeconds
            sample.residentBytes += one.residentBytes
            if let bytes = server.segmentBytes { sample.segmentBytes = (sample.segmentBytes ?? 0) + bytes }
        }
        return sample
    }
}

extension ClusterSample {
    /// Takes the gauges of the nodes anew when they had time to take in what has happened; CPU and time stay.
    mutating func settle(nodes: [NodeAddress]) async throws {
        try await Task.sleep(for: .seconds(NodeMetrics.ageSecondsMax))
        metrics = try await NodeMetrics.total(of: nodes)
    }
}

/// What a part of a run came to.
struct PhaseUse: Codable, Sendable {
    var messages: Int
    var seconds: Double
    var messagesPerSecond: Double
    /// Of all servers together.
    var serverCPUMicrosecondsPerMessage: Double
    /// What all servers together wrote to their logs.
    var logWrittenBytesPerMessage: Double

    init(messages: Int, from before: ClusterSample, to after: ClusterSample) {
        let count = Double(max(1, messages))
        self.messages = messages
        seconds = before.at.duration(to: after.at).seconds
        messagesPerSecond = (Double(messages) / max(seconds, 1e-6)).rounded()
        serverCPUMicrosecondsPerMessage = ((after.cpuSeconds - before.cpuSeconds) * 1e8 / count).rounded() / 100
        logWrittenBytesPerMessage =
            (Double(after.metrics.logWrittenBytes - before.metrics.logWrittenBytes) * 10 / count).rounded() / 10
    }

    var text: String {
        "\(Int(messagesPerSecond)) messages/s (\(messages) in \(decimal(seconds, 2)) s), server CPU "
            + "\(decimal(serverCPUMicrosecondsPerMessage, 2)) µs and \(decimal(logWrittenBytesPerMessage, 0)) B of log a message"
    }
}
