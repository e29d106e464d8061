import ArgumentParser
import RoostServer

/// `roost status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how every node is, and what to do about it.")

    @OptionGroup var node: NodeOption
    @Flag(help: "An array of objects, one a node.")
    var json = false

    func run() async throws {
        let nodes = try await node.get("/admin/v1/status", as: [NodeStatusAnswer].self)
        if json { return try printJSON(nodes) }
        printTable(
            ["NAME", "STATE", "ZONE", "EPOCH", "SLOTS", "SESSIONS", "PENDING", "LOG", "CLIENTS AT", "PEERS AT"],
            nodes.map {
                [
                    $0.name, $0.state, $0.zone, "\($0.epoch)", "\($0.slots)", "\($0.sessions)", "\($0.pendingMessages)",
                    bytes($0.logBytes), $0.clientAddress, $0.address,
                ]
            })
        print("")
        guard nodes.contains(where: { $0.epoch > 0 }) else {
            print(
                "No ring yet. When every node above is one of yours: roost init --expect \(nodes.count) --node \(node.node)"
            )
            return
        }
        let ring = try await node.get("/admin/v1/ring", as: RingAnswer.self)
        for line in advice(nodes, ring) { print(line) }
    }

    /// What the table means for the users, and what to type.
    private func advice(_ nodes: [NodeStatusAnswer], _ ring: RingAnswer) -> [String] {
        let serving = Set(nodes.filter { $0.state == "serving" }.map(\.name))
        let stopped = ring.slots.count { owners in
            owners.count(where: serving.contains) < owners.count / 2 + 1
        }
        let thin = ring.slots.count { owners in !owners.allSatisfy(serving.contains) } - stopped
        var lines: [String] = []
        if stopped > 0 {
            lines.append(
                "\(stopped) of \(ring.slots.count) slots have no majority: their users can neither log in nor be sent to."
            )
        }
        if thin > 0 {
            lines.append("\(thin) slots are short of a copy; they work, and one more loss of theirs stops them.")
        }
        for node in nodes where node.state == "unreachable" {
            lines.append("\(node.name) does not answer: start it again with the same data directory, or see its log.")
        }
        for node in nodes where node.diskFull {
            lines.append("\(node.name) is short of disk space and takes no new messages: make room on its disk.")
        }
        return lines.isEmpty ? ["All \(ring.slots.count) slots have all their copies."] : lines
    }

    private func bytes(_ count: Int) -> String {
        switch count {
        case ..<1024: "\(count) B"
        case ..<(1 << 20): "\(count >> 10) KiB"
        case ..<(1 << 30): "\(count >> 20) MiB"
        default: "\(count >> 30) GiB"
        }
    }
}
