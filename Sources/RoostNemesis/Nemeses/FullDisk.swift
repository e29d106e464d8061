/// The disks of some nodes are filled to the last byte, and freed again.
struct FullDisk: Nemesis {
    let count: Int
    private var victims: [ClusterNode] = []

    init(nodes count: Int) {
        self.count = count
    }

    var name: String { count == 1 ? "full disk of one node" : "full disks of \(count) nodes" }

    func obstacle(in cluster: Cluster) -> String? {
        cluster.nodes.count { $0.disk != nil } < count ? "no small disks" : nil
    }

    mutating func harm(_ field: Field) async throws -> String {
        victims = Array(field.cluster.nodes.filter { $0.disk != nil }.prefix(count))
        for node in victims { try await node.disk?.fill(spare: ClusterNode.freeBytesMin / 2) }
        try await field.last(3...10)
        return victims.map(\.name).joined(separator: ", ")
    }

    mutating func heal(_ field: Field) async throws {
        for node in victims {
            try node.disk?.free()
            if !node.isRunning {
                field.fault("\(node.name) ended because its disk was full")
                try field.cluster.restart(node)
            }
        }
    }
}
