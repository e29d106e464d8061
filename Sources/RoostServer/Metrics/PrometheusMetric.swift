import Metrics
import Synchronization

/// One metric of the registry.
protocol PrometheusMetric: AnyObject, Sendable {
    /// What the `# TYPE` line says.
    static var prometheusType: String { get }

    /// Adds its samples.
    func render(name: String, dimensions: String, into text: inout String)
}

/// A number that only rises.
final class PrometheusCounter: PrometheusMetric, CounterHandler {
    static var prometheusType: String { "counter" }

    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func render(name: String, dimensions: String, into text: inout String) {
        text += PrometheusText.sample(name, dimensions, String(value.load(ordering: .relaxed)))
    }
}

/// A number that rises and falls.
final class PrometheusGauge: PrometheusMetric, MeterHandler, RecorderHandler {
    static var prometheusType: String { "gauge" }

    private let value = Mutex<Double>(0)

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) {
        self.value.withLock { $0 = value }
    }

    func increment(by amount: Double) {
        value.withLock { $0 += amount }
    }

    func decrement(by amount: Double) {
        value.withLock { $0 -= amount }
    }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    func render(name: String, dimensions: String, into text: inout String) {
        text += PrometheusText.sample(name, dimensions, PrometheusText.number(value.withLock { $0 }))
    }
}

/// How often values fell below each of some fixed bounds.
final class PrometheusHistogram: PrometheusMetric, RecorderHandler, TimerHandler {
    /// The bounds, ascending.
    struct Buckets: Sendable {
        let bounds: [Double]

        /// 50 µs, half the time of a disk sync, to 10 s.
        static let seconds = Buckets(bounds: [
            0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        ])
        /// Powers of four from 64 B to 64 MiB.
        static let bytes = Buckets(bounds: (3...13).map { Double(1 << (2 * $0)) })
        /// Powers of two up to 4096.
        static let counts = Buckets(bounds: (0...12).map { Double(1 << $0) })

        /// The ones that fit the unit in the name.
        static func of(_ name: String) -> Buckets {
            name.hasSuffix("_seconds") ? seconds : name.hasSuffix("_bytes") ? bytes : counts
        }
    }

    private struct State {
        /// One for each bound, and one for what is beyond the last.
        var counts: [UInt64]
        var sum = 0.0
    }

    static var prometheusType: String { "histogram" }

    private let buckets: Buckets
    private let state: Mutex<State>

    init(_ buckets: Buckets) {
        self.buckets = buckets
        state = Mutex(State(counts: [UInt64](repeating: 0, count: buckets.bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let index = buckets.bounds.firstIndex { value <= $0 } ?? buckets.bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func render(name: String, dimensions: String, into text: inout String) {
        let state = state.withLock { $0 }
        var total: UInt64 = 0
        for (bound, count) in zip(buckets.bounds + [.infinity], state.counts) {
            total += count
            let bucket = "le=\"\(PrometheusText.number(bound))\""
            text += PrometheusText.sample(
                name + "_bucket", dimensions.isEmpty ? bucket : dimensions + "," + bucket, String(total))
        }
        text += PrometheusText.sample(name + "_sum", dimensions, PrometheusText.number(state.sum))
        text += PrometheusText.sample(name + "_count", dimensions, String(total))
    }
}
