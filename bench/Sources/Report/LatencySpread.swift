import Foundation
import Histogram

/// How many of some latencies fell into each of the buckets whose bounds grow by a tenth of a power of ten.
struct LatencySpread: Codable, Sendable {
    struct Bar: Codable, Sendable {
        /// Latencies of up to 10^(bucket / 10) microseconds, and above the bucket before.
        var bucket: Int
        var count: UInt64
    }

    var bars: [Bar]

    init(_ histogram: Histogram<UInt64>) {
        var counts: [Int: UInt64] = [:]
        for value in histogram.recordedValues() {
            counts[Int((log10(Double(max(1, value.value))) * 10).rounded(.up)), default: 0] += value.count
        }
        bars = counts.sorted { $0.key < $1.key }.map { Bar(bucket: $0.key, count: $0.value) }
    }

    func share(_ bar: Bar) -> Double {
        Double(bar.count) / Double(max(1, bars.reduce(0) { $0 + $1.count }))
    }

    static func milliseconds(upTo bucket: Int) -> Double {
        pow(10, Double(bucket) / 10) / 1000
    }
}
