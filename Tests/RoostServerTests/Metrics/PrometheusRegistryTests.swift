import Metrics
import RoostServer
import Testing

@Suite("Metrics as Prometheus text")
struct PrometheusRegistryTests {
    @Test("render by name, one type line each")
    func text() {
        let registry = PrometheusRegistry()
        Counter(label: "roost.frames", dimensions: [("way", "in"), ("encoding", "json")], factory: registry)
            .increment(by: 3)
        Counter(label: "roost_frames_total", dimensions: [("way", "out")], factory: registry).increment()
        Counter(label: "roost_frames_total", dimensions: [("way", "out")], factory: registry).increment()
        Meter(label: "roost_sessions", factory: registry).increment(by: 2)
        Gauge(label: "roost_log_bytes", dimensions: [("path", "a\"b\\c\nd")], factory: registry).record(1.5)
        #expect(
            registry.text() == """
                # TYPE roost_frames_total counter
                roost_frames_total{encoding="json",way="in"} 3
                roost_frames_total{way="out"} 2
                # TYPE roost_log_bytes gauge
                roost_log_bytes{path="a\\"b\\\\c\\nd"} 1.5
                # TYPE roost_sessions gauge
                roost_sessions 2

                """)
    }

    @Test("render histograms with cumulative buckets in the unit of their name")
    func histograms() {
        let registry = PrometheusRegistry()
        let timer = Metrics.Timer(label: "roost_sync", factory: registry)
        timer.recordMicroseconds(80)
        timer.recordMilliseconds(3)
        timer.recordSeconds(60)
        Recorder(label: "roost_batch_bytes", factory: registry).record(100)
        let lines = registry.text().split(separator: "\n").map(String.init)
        #expect(lines.contains(#"roost_sync_seconds_bucket{le="5e-05"} 0"#))
        #expect(lines.contains(#"roost_sync_seconds_bucket{le="0.0001"} 1"#))
        #expect(lines.contains(#"roost_sync_seconds_bucket{le="0.005"} 2"#))
        #expect(lines.contains(#"roost_sync_seconds_bucket{le="10"} 2"#))
        #expect(lines.contains(#"roost_sync_seconds_bucket{le="+Inf"} 3"#))
        #expect(lines.contains("roost_sync_seconds_count 3"))
        #expect(lines.contains(#"roost_batch_bytes_bucket{le="64"} 0"#))
        #expect(lines.contains(#"roost_batch_bytes_bucket{le="256"} 1"#))
        #expect(lines.contains("roost_batch_bytes_sum 100"))
    }

    @Test("forget what is destroyed")
    func destroyed() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "roost_gone", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(registry.text().isEmpty)
    }

    @Test("count exactly from many threads")
    func threads() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "roost_sum", factory: registry)
                    let recorder = Recorder(label: "roost_values", factory: registry)
                    for value in 0..<1000 {
                        counter.increment()
                        recorder.record(value % 2)
                    }
                }
            }
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.contains("roost_sum_total 8000"))
        #expect(lines.contains("roost_values_sum 4000"))
        #expect(lines.contains("roost_values_count 8000"))
    }
}
