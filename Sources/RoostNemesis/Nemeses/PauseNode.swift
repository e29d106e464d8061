import Foundation

/// SIGSTOP, and SIGCONT after a while: a node that is there and does nothing, and then goes on as if no time had passed.
struct PauseNode: Nemesis {
    private var victim: ClusterNode?

    let name = "pause of a node"

    mutating func harm(_ field: Field) async throws -> String {
        let node = field.randomNode()
        victim = node
        node.signal(SIGSTOP)
        try await field.last(1...15)
        return node.name
    }

    mutating func heal(_ field: Field) async throws {
        victim?.signal(SIGCONT)
    }
}
