/// The result of `idle`.
struct IdleReport: KeptReport, Codable {
    var facts: RunFacts
    var sockets: Int
    var welcomed: Int
    var ended: Int
    var servers: [ServerUse]
    var residentBytesPerSocket: Int

    var text: String {
        var lines = ["idle: \(welcomed) of \(sockets) sockets welcomed, \(ended) ended"]
        for server in servers {
            lines.append(
                "server \(server.name) (process \(server.pid)): \(server.residentBytesBefore / 1024) KiB before, "
                    + "\(server.residentBytes / 1024) KiB with them")
        }
        lines.append("resident memory per socket: \(residentBytesPerSocket) bytes")
        return lines.joined(separator: "\n")
    }

    var row: TableRow {
        TableRow(
            what: "`idle`, \(facts.nodes.count) node(s): \(sockets) authenticated sockets that say nothing",
            result: "\(residentBytesPerSocket) bytes of resident memory each")
    }
}
