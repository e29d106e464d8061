import Histogram

/// Percentiles of a latency for tables, and its spread for a plot.
struct LatencyResult: Codable, Sendable {
    var percentiles: LoadReport.Latency
    var spread: LatencySpread

    /// Of several histograms of microseconds, one for each event loop.
    init(_ histograms: [Histogram<UInt64>]) {
        var all = Histogram<UInt64>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
        for histogram in histograms { all.add(histogram) }
        percentiles = LoadReport.Latency(all)
        spread = LatencySpread(all)
    }

    var text: String {
        let times = [
            ("p50", percentiles.p50Microseconds), ("p99", percentiles.p99Microseconds),
            ("p99.9", percentiles.p999Microseconds), ("max", percentiles.maxMicroseconds),
        ]
        return times.map { "\($0.0) \(decimal(Double($0.1) / 1000, 1)) ms" }.joined(separator: ", ")
    }
}
