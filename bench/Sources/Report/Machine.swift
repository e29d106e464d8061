import Foundation

/// The machine that the numbers are of.
struct Machine: Codable, Sendable {
    let cpu: String
    let cores: Int
    let memoryBytes: UInt64
    let kernel: String

    /// CPU seconds that everything on the machine has taken since it started, waiting for disks not counted.
    static func busyCPUSeconds() throws -> Double {
        let names = try ServerProcess.text("/proc/stat").split(separator: "\n").first?.split(separator: " ") ?? []
        let ticks = names.dropFirst().compactMap { Double($0) }
        guard ticks.count >= 7 else { throw BenchFailure("/proc/stat cannot be read") }
        // user, nice, system, idle, waiting, interrupts, soft interrupts; guests are part of user.
        return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func here() throws -> Machine {
        let model = try ServerProcess.text("/proc/cpuinfo").split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
        return Machine(
            cpu: model.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount, memoryBytes: ProcessInfo.processInfo.physicalMemory,
            kernel: try ServerProcess.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }
}
