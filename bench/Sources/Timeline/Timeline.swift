/// Gauges over the time of a run, and what happened when.
struct Timeline: Codable, Sendable {
    struct Series: Codable, Sendable {
        var name: String
        var unit: String
        /// One for each of ``seconds``; `nil` where it could not be read.
        var values: [Double?]
    }

    struct Moment: Codable, Sendable {
        var seconds: Double
        var text: String
    }

    /// When each reading was made, from the beginning.
    var seconds: [Double] = []
    var series: [Series] = []
    var moments: [Moment] = []

    /// One plot for each unit, in the order in which they first came.
    var charts: [any Chart] {
        var units: [String] = []
        for item in series where !units.contains(item.unit) { units.append(item.unit) }
        return units.map { unit in
            LineChart(
                title: "\(unit) over time", xUnit: "seconds", yUnit: unit,
                curves: series.filter { $0.unit == unit }.map { item in
                    LineChart.Curve(
                        name: item.name,
                        points: zip(seconds, item.values).compactMap { at, value in value.map { (at, $0) } })
                },
                moments: moments.map { ($0.seconds, $0.text) })
        }
    }
}

/// One gauge at one moment.
struct Reading: Sendable {
    let name: String
    let unit: String
    let value: Double
    /// Whether it only grows, so that what it grew by in a second is what is kept.
    var isCounter = false
}
