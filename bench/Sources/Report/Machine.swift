import Foundation

/// The machine that the numbers are of.
struct Machine: Codable, Sendable {
    let cpu: String
    let cores: Int
    let memoryBytes: UInt64
    let kernel: String

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
