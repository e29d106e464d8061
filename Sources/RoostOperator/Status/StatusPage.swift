/// How the cluster is, for whoever was woken at three: a table of the nodes, what it means for the users, what to type.
public struct StatusPage: Equatable, Sendable {
    /// Every node that gossip knows.
    public var nodes: [NodeReport]
    /// Which nodes own which slots; `nil` while there is no ring.
    public var ring: RingReport?
    /// How far a move is; `nil` when that is not known.
    public var progress: MoveProgress?
    /// What every command to be typed ends with, so that it asks the same node: empty, or ` --node URL`.
    public var suffix: String

    /// Makes a page.
    public init(nodes: [NodeReport], ring: RingReport?, progress: MoveProgress?, suffix: String = "") {
        self.nodes = nodes
        self.ring = ring
        self.progress = progress
        self.suffix = suffix
    }

    /// The page.
    public var lines: [String] { table.lines + [""] + advice }

    private var table: TextTable {
        TextTable(
            [
                "NAME", "STATE", "STANDING", "ZONE", "EPOCH", "SLOTS", "SESSIONS", "PENDING", "LOG", "CLIENTS AT",
                "PEERS AT",
            ],
            nodes.map { node in
                [
                    node.name, node.state, standing(of: node), node.zone, "\(node.epoch)", "\(node.slots)",
                    "\(node.sessions)", "\(node.pendingMessages)", ByteCount.text(node.logBytes), node.clientAddress,
                    node.address,
                ]
            })
    }

    private func standing(of node: NodeReport) -> String {
        if let known = progress?.nodes.first(where: { $0.node == node.name })?.standing ?? node.standing {
            return known
        }
        return ring?.members.contains(node.name) == true ? "member" : "-"
    }

    /// What it means, and what to type, the worst first.
    public var advice: [String] {
        guard let ring else { return adviceWithoutRing }
        let lines = slotLines(ring) + nodeLines(ring) + moveLines
        return lines.isEmpty ? ["All \(ring.slots.count) slots have all their copies."] : lines
    }

    /// The node that was asked waits: alone, among others that wait, or beside a cluster.
    private var adviceWithoutRing: [String] {
        guard let member = nodes.first(where: { $0.epoch > 0 }) else {
            return [
                "No ring yet. When every node above is one of yours: roost init --expect \(nodes.count)\(suffix)",
                "  To join a cluster that runs already: start the node with nodes of it as --seeds, and ask them, not this one: roost add NAME",
            ]
        }
        return nodes.filter { $0.state == "waiting" }.map {
            "\($0.name) waits beside a cluster. To take it in: roost add \($0.name) --node http://\(member.clientAddress)"
        }
    }

    private func slotLines(_ ring: RingReport) -> [String] {
        let serving = Set(nodes.filter { $0.state == "serving" || $0.state == "draining" }.map(\.name))
        let lacking = ring.slots.filter { owners in !owners.allSatisfy(serving.contains) }
        let stopped = lacking.filter { owners in owners.count(where: serving.contains) < owners.count / 2 + 1 }
        var lines: [String] = []
        if !stopped.isEmpty {
            let away = Set(stopped.joined()).subtracting(serving).sorted()
            lines += [
                "\(stopped.count) of \(ring.slots.count) slots have no majority: their users can neither log in nor be sent to.",
                "  Start \(NameList.text(away)) again, with the data they had; each one that comes back helps.",
                "  Only if disks are gone for good, and what was only there with them, naming those nodes and no others:",
                "  roost forget NODE… --accept-loss\(suffix)",
            ]
        }
        let thin = lacking.count - stopped.count
        if thin > 0 {
            lines.append("\(thin) slots are short of a copy; they work, and one more loss of theirs stops them.")
        }
        return lines
    }

    private func nodeLines(_ ring: RingReport) -> [String] {
        nodes.flatMap { node -> [String] in
            let isMember = ring.members.contains(node.name)
            var lines: [String] = []
            switch node.state {
            case "waiting" where isMember:
                lines.append(
                    "\(node.name) is a member and has no ring yet: it fetches it now, or cannot reach the others.")
            case "waiting":
                lines.append("\(node.name) waits: roost add \(node.name)\(suffix)")
            case "unreachable" where isMember:
                lines += [
                    "\(node.name) does not answer: start it again with the same data directory, or see its log.",
                    "  If its disk is gone for good: roost forget \(node.name)\(suffix)"
                        + ", or, with a new node waiting: roost replace \(node.name) NEW\(suffix)",
                ]
            default: break
            }
            if let count = node.slotsQuarantined, count > 0 {
                lines.append(
                    "\(node.name) could not read all that its log held of \(count) slots and gets it from the other owners: nothing to do."
                )
            }
            if node.diskFull {
                lines.append(
                    "\(node.name) is short of disk space and takes no new messages: make room on its disk, or add a node."
                )
            }
            return lines
        }
    }

    private var moveLines: [String] {
        guard let progress, !progress.isAtRest else { return [] }
        var view = MoveView()
        view.note(progress, atSeconds: 0)
        let who = progress.comingAndGoing
        var lines = ["\(who.isEmpty ? "Copies move" : who): \(view.line())"]
        if progress.isPaused {
            lines.append("  Nothing more begins to move until: roost rebalance resume\(suffix)")
        } else {
            lines.append("  Watch it: roost rebalance\(suffix); pause it: roost rebalance pause\(suffix)")
        }
        let dead = nodes.filter { $0.state == "unreachable" }.map(\.name)
        for node in progress.nodes where node.arriving > 0 && dead.contains(node.node) {
            lines.append(
                "  \(node.arriving) slots are on their way to \(node.node), which does not answer: start it, or roost forget \(node.node)\(suffix)"
            )
        }
        return lines
    }
}
