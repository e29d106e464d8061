import RoostCore

/// A node is started and added to the ring under load; in one variant another is killed meanwhile.
struct Join: Nemesis {
    let killsAnother: Bool
    private var victim: ClusterNode?

    init(killsAnother: Bool = false) {
        self.killsAnother = killsAnother
    }

    var name: String { killsAnother ? "join, and kill -9 of another" : "join of a node" }

    func obstacle(in cluster: Cluster) -> String? {
        cluster.canChange ? nil : "this roost has no `add`"
    }

    mutating func harm(_ field: Field) async throws -> String {
        let cluster = field.cluster
        let asked = cluster.nodes[0]
        let node = try await cluster.addNode()
        try cluster.restart(node)
        try await node.alive(seconds: 30)
        let command = asked.operation(["add", node.name, "--yes"])
        var detail = node.name
        let adding = Task { try await Program.run(command) }
        if killsAnother {
            try await field.last(0.2...2)
            let others = cluster.nodes.filter { $0 !== asked && $0 !== node }
            let other = others[field.random.below(others.count)]
            try await other.kill()
            victim = other
            detail += ", kill -9 of \(other.name)"
            try await field.last(1...4)
            try cluster.restart(other)
            try await other.ready(seconds: 60)
        }
        _ = try await adding.value
        node.isMember = true
        try await node.ready(seconds: 60)
        try await field.workload.setNodes(cluster.addresses)
        return detail
    }

    mutating func heal(_ field: Field) async throws {}
}
