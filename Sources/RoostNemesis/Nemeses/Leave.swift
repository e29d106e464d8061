import RoostCore

/// A node is removed from the ring under load, and ends by itself when it has nothing left.
struct Leave: Nemesis {
    let name = "leave of a node"

    // As long as the movement of everything it held may take.
    private static let endSecondsMax = 120.0
    private static let pauseSeconds = 10.0

    func obstacle(in cluster: Cluster) -> String? {
        cluster.canChange ? nil : "this roost has no `remove`"
    }

    mutating func harm(_ field: Field) async throws -> String {
        let cluster = field.cluster
        // Those with a small disk stay: the nemesis of full disks needs them.
        let movable = cluster.nodes.dropFirst(Cluster.smallDisks)
        let node = movable[movable.startIndex + field.random.below(movable.count)]
        try await remove(node, field)
        let code = try await node.ended(seconds: Leave.endSecondsMax)
        if code != 0 { field.fault("\(node.name) ended with \(code) after it was removed") }
        cluster.removeNode(node)
        try await field.workload.setNodes(cluster.addresses)
        return node.name
    }

    /// A cluster that is whole has no reason to refuse; that it did is in the report, and it is asked once more.
    private func remove(_ node: ClusterNode, _ field: Field) async throws {
        do {
            _ = try await field.cluster.nodes[0].operate(["remove", node.name, "--yes"])
        } catch {
            field.fault("\(error)")
            try await field.sleep(seconds: Leave.pauseSeconds)
            _ = try await field.cluster.nodes[0].operate(["remove", node.name, "--yes"])
        }
    }

    mutating func heal(_ field: Field) async throws {}
}
