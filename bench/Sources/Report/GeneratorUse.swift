/// What the load generator itself took: whether it, and not the servers, was the limit.
struct GeneratorUse: Codable, Sendable {
    var cpuSeconds: Double
    var seconds: Double
    /// Share of the time in which its busiest thread ran or waited for a core.
    var busiestThread: Double
    /// The same of the server process that was the busiest; 0 when none could be watched.
    var busiestServerThread: Double

    /// From here on a thread has no time left.
    private static let busyMin = 0.9

    /// Says so when the generator had no time left.
    var warning: String? {
        guard busiestThread >= GeneratorUse.busyMin else { return nil }
        return
            "WARNING: the generator's busiest thread ran or waited for a core \(percent(busiestThread)) of the time: it, and "
            + "not the servers (\(percent(busiestServerThread))), may be the limit; give it --loops, or a machine of its own"
    }

    var text: String {
        let line =
            "generator: \(decimal(cpuSeconds, 2)) CPU s in \(decimal(seconds, 1)) s, busiest thread \(percent(busiestThread)); "
            + "busiest thread of the servers \(percent(busiestServerThread))"
        return [line, warning].compactMap { $0 }.joined(separator: "\n")
    }
}

/// Begins to watch the generator and the servers; ``use`` ends it.
struct GeneratorGauge: Sendable {
    private let own = ThreadGauge()
    private let servers: [ThreadGauge]
    private let cpuBefore = ServerProcess.ownCPUSeconds()
    private let start = ContinuousClock.now

    init(servers: [ServerProcess]) {
        self.servers = servers.map { ThreadGauge(pid: $0.pid) }
    }

    var use: GeneratorUse {
        GeneratorUse(
            cpuSeconds: ServerProcess.ownCPUSeconds() - cpuBefore, seconds: start.duration(to: .now).seconds,
            busiestThread: own.busiest, busiestServerThread: servers.map(\.busiest).max() ?? 0)
    }
}

/// A share as a percentage without digits behind the point.
func percent(_ share: Double) -> String {
    "\(decimal(share * 100, 0)) %"
}
