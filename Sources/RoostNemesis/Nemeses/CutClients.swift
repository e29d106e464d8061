import RoostCore

/// Phones in a tunnel: a third of the clients lose their connections without a word, several times.
struct CutClients: Nemesis {
    let name = "clients cut off"

    mutating func harm(_ field: Field) async throws -> String {
        let times = field.isBrief ? 2 : 5
        for _ in 0..<times {
            try await field.workload.cut(field.users.indices.filter { _ in field.random.below(3) == 0 })
            try await field.last(0.5...2)
        }
        return "a third of them, \(times) times"
    }

    mutating func heal(_ field: Field) async throws {}
}
