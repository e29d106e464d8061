import RoostClient
import RoostCore

/// Something that goes wrong, and is made good again.
///
/// A strike has two halves. Between them stalls are measured from the harm, after them from the heal.
protocol Nemesis {
    /// As the report calls it.
    var name: String { get }
    /// How long at most a sender may wait for its next `sent` during the harm; nil where nothing is promised.
    var stallSecondsMax: Double? { get }
    /// What this machine lacks for it.
    func obstacle(in cluster: Cluster) -> String?
    /// Does the harm and waits as long as it is to last. Returns what exactly was done.
    mutating func harm(_ field: Field) async throws -> String
    /// Makes it good; what takes long after the decisive act may be left to the cluster.
    mutating func heal(_ field: Field) async throws
}

extension Nemesis {
    var stallSecondsMax: Double? { nil }

    func obstacle(in cluster: Cluster) -> String? { nil }
}

/// What a nemesis can reach.
final class Field {
    let cluster: Cluster
    let workload: Workload
    let users: [Credentials]
    var random: SeededRandom
    /// Promises that were broken, other than those about messages and stalls.
    private(set) var faults: [String] = []
    /// Shorter waits, for the short form.
    let isBrief: Bool
    private let stopRequest: StopRequest

    init(
        cluster: Cluster, workload: Workload, users: [Credentials], random: SeededRandom, isBrief: Bool,
        stopRequest: StopRequest
    ) {
        self.cluster = cluster
        self.workload = workload
        self.users = users
        self.random = random
        self.isBrief = isBrief
        self.stopRequest = stopRequest
    }

    func fault(_ text: String) {
        faults.append(text)
    }

    func randomNode() -> ClusterNode {
        cluster.nodes[random.below(cluster.nodes.count)]
    }

    func randomUser() -> Int {
        random.below(users.count)
    }

    /// Two nodes that are not the same.
    func randomPair() -> (ClusterNode, ClusterNode) {
        let first = random.below(cluster.nodes.count)
        let second = (first + 1 + random.below(cluster.nodes.count - 1)) % cluster.nodes.count
        return (cluster.nodes[first], cluster.nodes[second])
    }

    /// Lets the harm last, between these many seconds.
    func last(_ seconds: ClosedRange<Double>) async throws {
        let most = isBrief ? min(seconds.upperBound, seconds.lowerBound + 1) : seconds.upperBound
        let milliseconds = Int((most - seconds.lowerBound) * 1000)
        let chosen = seconds.lowerBound + Double(random.below(milliseconds + 1)) / 1000
        try await sleep(seconds: chosen)
    }

    /// Ends early, with an error, when the run is to stop.
    func sleep(seconds: Double) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if stopRequest.isMade { throw NemesisError.interrupted }
            try await Task.sleep(until: min(end, ContinuousClock.now + .milliseconds(100)), clock: .continuous)
        }
    }
}
