import Foundation

/// The number of files, sockets included, that this process may open.
enum OpenFiles {
    /// Raises the limit as far as it goes.
    ///
    /// - Returns: The limit now in force.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit, or says how to when it is not enough for `sockets`.
    static func require(_ sockets: Int) throws {
        let needed = sockets + 64
        let limit = raise()
        guard limit >= needed else {
            throw BenchFailure(
                "\(sockets) sockets need \(needed) open files, this shell allows \(limit); "
                    + "try `ulimit -Hn \(needed)` as root, or fewer")
        }
    }

    /// The same question about servers: each must hold its share of the sockets.
    static func warn(about servers: [ServerProcess], sockets: Int, nodes: Int) throws {
        for server in servers {
            let share = sockets / max(1, nodes) + 128
            let limit = try server.openFilesMax()
            if limit < share {
                throw BenchFailure(
                    "\(server.name) (process \(server.pid)) may open \(limit) files and needs about \(share): "
                        + "start it after `ulimit -n \(share)`")
            }
        }
    }
}
