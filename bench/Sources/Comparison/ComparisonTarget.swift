/// A figure that Roost is meant to reach beside the others.
struct ComparisonTarget: Sendable {
    let text: String
    /// The figure to reach, and whether more or less of it is better.
    let wanted: Double
    let isLeast: Bool
    let seen: @Sendable (ComparisonReport) -> Double?

    static let all = [
        ComparisonTarget(text: "one node, CPU µs a message", wanted: 12, isLeast: false) {
            $0.row(.oneNode)?.cpuMicrosecondsPerMessage.median
        },
        ComparisonTarget(text: "one node's rate against ejabberd's", wanted: 5, isLeast: true) {
            ratio($0.row(.oneNode)?.messagesPerSecond, $0.row(.ejabberd)?.messagesPerSecond)
        },
        ComparisonTarget(text: "one node's rate against Mosquitto's", wanted: 2, isLeast: true) {
            ratio($0.row(.oneNode)?.messagesPerSecond, $0.row(.mosquitto)?.messagesPerSecond)
        },
        ComparisonTarget(text: "three nodes' rate against ejabberd's", wanted: 1.5, isLeast: true) {
            ratio($0.row(.threeNodes)?.messagesPerSecond, $0.row(.ejabberd)?.messagesPerSecond)
        },
        ComparisonTarget(
            text: "one node's p99 against ejabberd's, each at half of its own load", wanted: 0.25, isLeast: false
        ) { ratio($0.row(.oneNode)?.pacedP99Microseconds, $0.row(.ejabberd)?.pacedP99Microseconds) },
        ComparisonTarget(text: "one node, KB of memory an idle socket", wanted: 6, isLeast: false) {
            $0.row(.oneNode)?.idleBytesPerSocket.map { $0.median / 1000 }
        },
    ]

    /// What the report says of it; `nil` when it did not measure that.
    func line(_ report: ComparisonReport) -> String? {
        guard let value = seen(report) else { return nil }
        let isReached = isLeast ? value >= wanted : value <= wanted
        return "\(isReached ? "reached" : "missed ")  \(text): \(decimal(value, 2)), wanted "
            + "\(isLeast ? "at least" : "at most") \(decimal(wanted, 2))"
    }

    private static func ratio(
        _ value: ComparisonReport.Spread?, _ base: ComparisonReport.Spread?
    ) -> Double? {
        guard let value, let base, base.median > 0 else { return nil }
        return value.median / base.median
    }
}
