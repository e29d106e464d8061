/// What the node says about itself to whoever watches it.
public protocol HealthService: Sendable {
    /// Why the node should get no new clients; empty when it should.
    func readiness() async -> [String]

    /// Every metric in the Prometheus text format, version 0.0.4.
    func metricsText() async -> String
}
