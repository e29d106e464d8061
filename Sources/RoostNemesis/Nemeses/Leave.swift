import RoostCore

/// A node is removed from the ring under load, and ends by itself when it has nothing left.
struct Leave: Nemesis {
    let name = "leave of a node"

    // As long as the movement of everything it held may take.
    private static let endSecondsMax = 120.0

    func obstacle(in cluster: Cluster) -> String? {
        cluster.canChange ? nil : "this roost has no `remove`"
    }

    mutating func harm(_ field: Field) async throws -> String {
        let cluster = field.cluster
        // Those with a small disk stay: the nemesis of full disks needs them.
        let movable = cluster.nodes.dropFirst(Cluster.smallDisks)
        let node = movable[movable.startIndex + field.random.below(movable.count)]
        _ = try await cluster.nodes[0].operate(["remove", node.name, "--yes"])
        let code = try await node.ended(seconds: Leave.endSecondsMax)
        if code != 0 { field.fault("\(node.name) ended with \(code) after it was removed") }
        cluster.removeNode(node)
        try await field.workload.setNodes(cluster.addresses)
        return node.name
    }

    mutating func heal(_ field: Field) async throws {}
}
