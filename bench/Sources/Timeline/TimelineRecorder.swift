/// Reads gauges in the background of a run.
actor TimelineRecorder {
    private let start = ContinuousClock.now
    private let gauges: @Sendable () async -> [Reading]
    private var timeline = Timeline()
    private var last: (at: Double, values: [String: Double]) = (0, [:])
    private var task: Task<Void, Never>?

    /// `gauges` reads all of them; one that cannot be read is left out.
    init(_ gauges: @escaping @Sendable () async -> [Reading]) {
        self.gauges = gauges
    }

    /// Begins to read every `interval`.
    func begin(every interval: Duration) {
        task = Task {
            while !Task.isCancelled {
                await read()
                do {
                    try await Task.sleep(for: interval)
                } catch {
                    return
                }
            }
        }
    }

    /// Something happened now.
    func mark(_ text: String) {
        timeline.moments.append(.init(seconds: now, text: text))
    }

    /// Ends reading.
    func end() async -> Timeline {
        task?.cancel()
        await task?.value
        await read()
        return timeline
    }

    private var now: Double { start.duration(to: .now).seconds }

    private func read() async {
        let readings = await gauges()
        let at = now
        var values: [String: Double] = [:]
        timeline.seconds.append(at)
        for reading in readings {
            let key = "\(reading.name) \(reading.unit)"
            values[key] = reading.value
            if !reading.isCounter {
                append(reading, reading.value)
            } else if let before = last.values[key], at > last.at {
                // A process that began anew counts from 0.
                append(reading, max(0, reading.value - before) / (at - last.at))
            }
        }
        last = (at, values)
        for index in timeline.series.indices { pad(index, to: timeline.seconds.count) }
    }

    private func append(_ reading: Reading, _ value: Double) {
        let index: Int
        if let known = timeline.series.firstIndex(where: { $0.name == reading.name && $0.unit == reading.unit }) {
            index = known
        } else {
            timeline.series.append(.init(name: reading.name, unit: reading.unit, values: []))
            index = timeline.series.count - 1
        }
        pad(index, to: timeline.seconds.count - 1)
        timeline.series[index].values.append(value)
    }

    private func pad(_ index: Int, to count: Int) {
        while timeline.series[index].values.count < count { timeline.series[index].values.append(nil) }
    }
}
