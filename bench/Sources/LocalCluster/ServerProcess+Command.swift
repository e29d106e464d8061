import Foundation
import Glibc

extension ServerProcess {
    /// The value of an option on the command line that the process was started with.
    private func option(_ name: String) -> String? {
        guard let text = ServerProcess.textIfThere("/proc/\(pid)/cmdline") else { return nil }
        let words = text.split(separator: "\0")
        guard let index = words.firstIndex(of: Substring(name)), index + 1 < words.count else { return nil }
        return String(words[index + 1])
    }

    /// The node's name, if it was started with `--name`, as `cluster/up` does.
    var nodeName: String? { option("--name") }

    /// The node's data directory, if it was started with `--data`.
    var dataDirectory: String? { option("--data") }

    /// What the segments of the log take on disk; what is held in reserve beside them does not count.
    var segmentBytes: Int? {
        guard let directory = dataDirectory, let files = FileManager.default.enumerator(atPath: directory) else {
            return nil
        }
        var bytes = 0
        for case let file as String in files where file.hasSuffix(".segment") {
            var status = stat()
            // A segment may be removed between the two looks.
            guard lstat("\(directory)/\(file)", &status) == 0 else { continue }
            bytes += Int(status.st_blocks) * 512
        }
        return bytes
    }

    /// Seconds from the boot of the machine to the start of the process.
    func startedAtSeconds() throws -> Double {
        let stat = try ServerProcess.text("/proc/\(pid)/stat")
        // The command's name may hold anything, so the fields are counted from the last parenthesis.
        guard let close = stat.lastIndex(of: ")") else { throw BenchFailure("/proc/\(pid)/stat cannot be read") }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else {
            throw BenchFailure("/proc/\(pid)/stat has too few fields")
        }
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Seconds from the boot of the machine to now.
    static var uptimeSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
