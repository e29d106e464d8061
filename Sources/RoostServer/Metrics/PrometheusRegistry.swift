import Metrics
import Synchronization

/// The node's swift-metrics backend: keeps every metric and renders all of them in the Prometheus text format.
///
/// A name is the label with everything but `a-z A-Z 0-9 _ :` made an underscore; put the unit into it
/// (`roost_log_sync_seconds`, `roost_log_bytes`). Counters end in `_total`. A recorder that aggregates is a histogram,
/// and so is a timer, in seconds. Metrics of one name and the same dimensions are one.
public final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable, Comparable {
        let name: String
        let dimensions: String

        static func < (left: Key, right: Key) -> Bool {
            (left.name, left.dimensions) < (right.name, right.dimensions)
        }
    }

    private let metrics = Mutex<[Key: any PrometheusMetric]>([:])

    /// Makes an empty registry.
    public init() {}

    /// Everything there is, ordered by name, in the text format of version 0.0.4.
    public func text() -> String {
        let sorted = metrics.withLock { $0.sorted { $0.key < $1.key } }
        var text = ""
        var lastName: String?
        for (key, metric) in sorted {
            if key.name != lastName { text += "# TYPE \(key.name) \(type(of: metric).prometheusType)\n" }
            lastName = key.name
            metric.render(name: key.name, dimensions: key.dimensions, into: &text)
        }
        return text
    }

    /// Makes or finds a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = PrometheusText.name(label)
        return metric(name.hasSuffix("_total") ? name : name + "_total", dimensions) { PrometheusCounter() }
    }

    /// Makes or finds a gauge that can also go up and down.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(PrometheusText.name(label), dimensions) { PrometheusGauge() }
    }

    /// Makes or finds a histogram, or a gauge where only the last value counts.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let name = PrometheusText.name(label)
        guard aggregate else { return metric(name, dimensions) { PrometheusGauge() } }
        return metric(name, dimensions) { PrometheusHistogram(.of(name)) }
    }

    /// Makes or finds a histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = PrometheusText.name(label)
        let full = name.hasSuffix("_seconds") ? name : name + "_seconds"
        return metric(full, dimensions) { PrometheusHistogram(.of(full)) }
    }

    /// Forgets a counter.
    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }

    /// Forgets a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }

    /// Forgets a histogram or gauge.
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }

    /// Forgets a histogram.
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

    private func forget(_ handler: AnyObject) {
        metrics.withLock { metrics in
            for key in metrics.keys where metrics[key] === handler { metrics[key] = nil }
        }
    }

    private func metric<Metric: PrometheusMetric>(
        _ name: String, _ dimensions: [(String, String)], _ make: () -> Metric
    ) -> Metric {
        let key = Key(name: name, dimensions: PrometheusText.dimensions(dimensions))
        return metrics.withLock { metrics in
            if let known = metrics[key] {
                guard let metric = known as? Metric else {
                    preconditionFailure("\(name) is a \(type(of: known).prometheusType) already")
                }
                return metric
            }
            let metric = make()
            metrics[key] = metric
            return metric
        }
    }
}
