/// What some nodes say to some others is thrown away.
struct Partition: Nemesis {
    enum Shape: String, CaseIterable {
        case oneWay = "one way between two nodes"
        case bothWays = "both ways between two nodes"
        case alone = "one node from all others"
        case deaf = "one node hears nobody"
        case flapping = "flapping between two nodes"
    }

    let shape: Shape

    init(_ shape: Shape) {
        self.shape = shape
    }

    var name: String { "partition, \(shape.rawValue)" }

    func obstacle(in cluster: Cluster) -> String? {
        cluster.network == nil ? "no network namespaces" : nil
    }

    mutating func harm(_ field: Field) async throws -> String {
        guard let network = field.cluster.network else { return "" }
        let (first, second) = field.randomPair()
        let others = field.cluster.nodes.filter { $0 !== first }
        switch shape {
        case .oneWay: try await network.cut(from: first.number, to: second.number)
        case .bothWays:
            try await network.cut(from: first.number, to: second.number)
            try await network.cut(from: second.number, to: first.number)
        case .alone:
            for other in others {
                try await network.cut(from: first.number, to: other.number)
                try await network.cut(from: other.number, to: first.number)
            }
        case .deaf: for other in others { try await network.cut(from: other.number, to: first.number) }
        case .flapping:
            for _ in 0..<(field.isBrief ? 2 : 6) {
                try await network.cut(from: first.number, to: second.number)
                try await network.cut(from: second.number, to: first.number)
                try await field.last(0.3...2)
                try await network.healAll()
                try await field.last(0.3...2)
            }
            return "\(first.name), \(second.name)"
        }
        try await field.last(3...20)
        return shape == .oneWay || shape == .bothWays ? "\(first.name), \(second.name)" : first.name
    }

    mutating func heal(_ field: Field) async throws {
        try await field.cluster.network?.healAll()
    }
}
