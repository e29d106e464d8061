import Foundation
import RoostClient

/// A server process on this machine, seen through /proc.
struct ServerProcess: Sendable {
    let pid: Int
    /// What it serves, for the report.
    let name: String

    struct Sample: Sendable {
        var cpuSeconds: Double
        var residentBytes: Int
    }

    /// CPU and memory at this moment.
    func sample() throws -> Sample {
        let stat = try ServerProcess.text("/proc/\(pid)/stat")
        // The command's name may hold anything, so the fields are counted from the last parenthesis.
        guard let close = stat.lastIndex(of: ")") else { throw BenchFailure("/proc/\(pid)/stat cannot be read") }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw BenchFailure("/proc/\(pid)/stat has too few fields")
        }
        return Sample(
            cpuSeconds: (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))), residentBytes: try status("VmRSS"))
    }

    /// The same, `nil` when the process has ended meanwhile.
    func sampleIfRunning() -> Sample? {
        do {
            return try sample()
        } catch {
            return nil
        }
    }

    /// How many files the process may open.
    func openFilesMax() throws -> Int {
        let limits = try ServerProcess.text("/proc/\(pid)/limits")
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        guard let number = line?.split(separator: " ").dropFirst(3).first.flatMap({ Int($0) }) else {
            throw BenchFailure("/proc/\(pid)/limits cannot be read")
        }
        return number
    }

    private func status(_ key: String) throws -> Int {
        let line = try ServerProcess.text("/proc/\(pid)/status").split(separator: "\n")
            .first { $0.hasPrefix("\(key):") }
        guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw BenchFailure("/proc/\(pid)/status has no \(key)")
        }
        return kilobytes * 1024
    }

    /// The CPU seconds of this process.
    static func ownCPUSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The processes that listen on the ports of `nodes`; those of other machines are left out.
    static func listening(on nodes: [NodeAddress]) throws -> [ServerProcess] {
        var found: [ServerProcess] = []
        let listeners = try listeningSockets()
        for node in nodes {
            let inodes = Set(listeners.filter { $0.port == node.port }.map(\.inode))
            guard !inodes.isEmpty, let pid = owner(of: inodes) else { continue }
            if !found.contains(where: { $0.pid == pid }) {
                found.append(ServerProcess(pid: pid, name: node.description))
            }
        }
        return found
    }

    private static func listeningSockets() throws -> [(port: Int, inode: String)] {
        var sockets: [(port: Int, inode: String)] = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] where FileManager.default.fileExists(atPath: table) {
            for line in try text(table).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                let listen = "0A"
                guard fields.count > 9, fields[3] == listen,
                    let port = fields[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) })
                else { continue }
                sockets.append((port, String(fields[9])))
            }
        }
        return sockets
    }

    private static func owner(of inodes: Set<String>) -> Int? {
        let files = FileManager.default
        for entry in directory("/proc") {
            guard let pid = Int(entry) else { continue }
            for descriptor in directory("/proc/\(pid)/fd") {
                let link: String
                do {
                    link = try files.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)")
                } catch {
                    continue
                }
                guard link.hasPrefix("socket:["), link.hasSuffix("]") else { continue }
                if inodes.contains(String(link.dropFirst(8).dropLast())) { return pid }
            }
        }
        return nil
    }

    /// What a directory of /proc holds; nothing when the process is gone or another user's.
    static func directory(_ path: String) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            return []
        }
    }

    /// The text of a file; `nil` when it is gone.
    static func textIfThere(_ path: String) -> String? {
        do {
            return try text(path)
        } catch {
            return nil
        }
    }

    static func text(_ path: String) throws -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        } catch {
            throw BenchFailure("\(path) cannot be read: is the process gone?")
        }
    }
}

/// What a server process used between two samples.
struct ServerUse: Sendable, Codable {
    var name: String
    var pid: Int
    /// Whether it ended in between; what it had used by then is not known.
    var hasEnded: Bool
    var cpuSeconds: Double
    var residentBytesBefore: Int
    var residentBytes: Int

    init(_ server: ServerProcess, from before: ServerProcess.Sample, to after: ServerProcess.Sample?) {
        name = server.name
        pid = server.pid
        hasEnded = after == nil
        cpuSeconds = (after?.cpuSeconds ?? before.cpuSeconds) - before.cpuSeconds
        residentBytesBefore = before.residentBytes
        residentBytes = after?.residentBytes ?? 0
    }
}
