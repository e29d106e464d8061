import RoostClient
import RoostCore

/// `kill -9` of one node, chosen by what it is to somebody, or of all.
struct KillNode: Nemesis {
    enum Role: String, CaseIterable {
        case owner = "an owner"
        case senderGateway = "a sender's gateway"
        case readerGateway = "a reader's gateway"
        case all = "all nodes at once"
    }

    let role: Role
    private var victims: [ClusterNode] = []

    init(_ role: Role) {
        self.role = role
    }

    var name: String { "kill -9 of \(role.rawValue)" }

    /// Clients on the victim have to find another node meanwhile.
    var stallSecondsMax: Double? { role == .all ? nil : 2 }

    mutating func harm(_ field: Field) async throws -> String {
        switch role {
        case .owner: victims = [try await owner(field)]
        case .senderGateway, .readerGateway:
            let user = field.randomUser()
            let address = try await field.workload.node(of: user)
            victims = [address.flatMap(field.cluster.node(at:)) ?? field.randomNode()]
        case .all: victims = field.cluster.nodes
        }
        for node in victims { node.signal(9) }
        for node in victims { try await node.kill() }
        try await field.last(role == .all ? 0...2 : 2.5...8)
        return victims.map(\.name).joined(separator: ", ")
    }

    mutating func heal(_ field: Field) async throws {
        for node in victims { try field.cluster.restart(node) }
        for node in victims { try await node.ready(seconds: 60) }
    }

    private func owner(_ field: Field) async throws -> ClusterNode {
        let user = field.users[field.randomUser()].user
        let owners = try await field.cluster.owners(of: user)
        let name = owners.isEmpty ? "" : owners[field.random.below(owners.count)]
        return field.cluster.nodes.first { $0.name == name } ?? field.randomNode()
    }
}
