/// SIGTERM: the node says good-bye, and comes back.
struct StopNode: Nemesis {
    private var victim: ClusterNode?

    let name = "graceful stop of a node"

    mutating func harm(_ field: Field) async throws -> String {
        let node = field.randomNode()
        victim = node
        let code = try await node.stop()
        if code != 0 {
            field.fault("\(node.name) ended with \(code) after SIGTERM; the end of its log:\n\(try node.logTail())")
        }
        try await field.last(1...4)
        return node.name
    }

    mutating func heal(_ field: Field) async throws {
        guard let victim else { return }
        try field.cluster.restart(victim)
        try await victim.ready(seconds: 60)
    }
}
