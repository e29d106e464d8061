import RoostOperator

/// What nodes answer, with what a test does not care for left out.
enum Samples {
    static func node(
        _ name: String, _ state: String = "serving", epoch: UInt64 = 3, slots: Int = 4, diskFull: Bool = false
    ) -> NodeReport {
        NodeReport(
            name: name, state: state, zone: "default", address: "\(name):7401", clientAddress: "\(name):7400",
            epoch: state == "waiting" ? 0 : epoch, slots: slots, sessions: 0, pendingMessages: 0, logBytes: 4096,
            diskFull: diskFull)
    }

    static func progress(
        planned: Int = 0, left: Int = 0, moving: Int = 0, isPaused: Bool = false, limit: UInt64 = 0,
        _ standings: KeyValuePairs<String, String> = ["n1": "member", "n2": "member", "n3": "member"]
    ) -> MoveProgress {
        MoveProgress(
            epoch: 7, planned: planned, left: left, moving: moving, isPaused: isPaused, bytesPerSecondMax: limit,
            nodes: standings.map { .init(node: $0.key, standing: $0.value, arriving: 0) })
    }

    /// Four slots, each on all three nodes.
    static let ring = RingReport(
        members: ["n1", "n2", "n3"], slots: Array(repeating: ["n1", "n2", "n3"], count: 4))
}
