import Foundation

/// How busy the busiest thread of a process is: the share of the time in which it ran or waited for a core.
///
/// A thread near 100 % is a limit, whether or not it got the core it wanted: on a machine that is full the CPU time alone
/// would not show it.
struct ThreadGauge: Sendable {
    private let process: String
    private let before: [String: UInt64]
    private let start = ContinuousClock.now

    /// Begins to measure a process; the own one without `pid`.
    init(pid: Int? = nil) {
        process = pid.map { "\($0)" } ?? "self"
        before = ThreadGauge.nanoseconds(of: process)
    }

    /// The share, 0 to 1, since the beginning.
    var busiest: Double {
        let elapsed = start.duration(to: .now).seconds
        let most = ThreadGauge.nanoseconds(of: process).map { $1 - min($1, before[$0] ?? 0) }.max() ?? 0
        return elapsed > 0 ? min(1, Double(most) / 1e9 / elapsed) : 0
    }

    /// Of each thread the time in which it ran or could have run.
    private static func nanoseconds(of process: String) -> [String: UInt64] {
        var times: [String: UInt64] = [:]
        for thread in ServerProcess.directory("/proc/\(process)/task") {
            // A thread may end between the two looks.
            guard let text = ServerProcess.textIfThere("/proc/\(process)/task/\(thread)/schedstat") else { continue }
            let fields = text.split(separator: " ").prefix(2).compactMap { UInt64($0) }
            times[thread] = fields.reduce(0, +)
        }
        return times
    }
}
