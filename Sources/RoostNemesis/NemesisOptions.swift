/// What a run is to do.
package struct NemesisOptions: Codable, Sendable {
    /// How much of it.
    package enum Form: String, Codable, CaseIterable, Sendable {
        /// About half a minute: some strikes, brief ones.
        case short
        /// Every nemesis, many times, until the counts below are reached.
        case long
    }

    /// The program under test.
    package var roost: String
    /// How much.
    package var form = Form.short
    /// Decides which nemesis strikes whom, and when.
    package var seed: UInt64 = 1
    /// Nodes at the beginning.
    package var nodes = 3
    /// The shape of the load.
    package var workload = WorkloadOptions()
    /// A network namespace for each node, and small disks; false for signals only.
    package var isIsolated = true
    /// How often every nemesis strikes.
    package var rounds = 1
    /// How often a node joins and leaves, in all.
    package var joinCycles = 0
    /// Acknowledged messages before the run may end.
    package var messagesMin = 0
    /// The bounds on stalls are multiplied by this, for a machine that has other things to do.
    package var slack = 1.0
    /// Only nemeses whose name has this in it.
    package var only: String?
    /// Logs and data stay after the run.
    package var keepsFiles = false

    /// The short form against this program.
    package init(roost: String) {
        self.roost = roost
        workload.pairs = 10
    }

    /// The long form.
    package static func long(roost: String) -> NemesisOptions {
        var options = NemesisOptions(roost: roost)
        options.form = .long
        options.nodes = 5
        options.workload.pairs = 40
        // Five nodes share the machine with the load: at its limit latencies would say nothing.
        options.workload.rate = 2000
        options.rounds = 3
        options.joinCycles = 30
        options.messagesMin = 1_000_000
        return options
    }

    /// Refuses what makes no run.
    package func validate() throws(NemesisError) {
        guard nodes >= 3, nodes <= 9 else { throw .invalidOption("3 to 9 nodes") }
        guard workload.pairs >= 2, workload.pairs <= 1000 else { throw .invalidOption("2 to 1000 pairs") }
        guard workload.window >= 1, workload.window <= 200 else { throw .invalidOption("a window of 1 to 200") }
        guard workload.bytes >= MessageBody.headerBytes, workload.bytes <= 32_768 else {
            throw .invalidOption("bodies of \(MessageBody.headerBytes) to 32768 bytes")
        }
        guard workload.rate >= 0, rounds >= 1, joinCycles >= 0, slack > 0 else {
            throw .invalidOption("rate, rounds, joins and slack are not negative, and there is one round at least")
        }
    }
}
