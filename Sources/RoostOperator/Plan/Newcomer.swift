/// A node that is to come in, as the others know it.
public struct Newcomer: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Every node that gossip knows.
    public var nodes: [NodeReport]
    /// What every command to be typed ends with.
    public var suffix: String

    /// Makes one.
    public init(name: String, nodes: [NodeReport], suffix: String = "") {
        self.name = name
        self.nodes = nodes
        self.suffix = suffix
    }

    /// What to say when no node of that name has shown itself.
    public var missing: String {
        let seeds = nodes.filter { $0.state == "serving" }.prefix(3).map(\.address).joined(separator: ",")
        let waiting = nodes.filter { $0.state == "waiting" }.map(\.name)
        let others = waiting.isEmpty ? "No node waits to be added." : "Waiting now: \(waiting.joined(separator: ", "))."
        return """
            No node called \(name) has shown itself. \(others)
            Start it with nodes of this cluster as its seeds: roost node --name \(name) --seeds \(seeds) …
            """
    }
}

extension RingVerb {
    /// The node that comes in by it.
    public var newcomer: String? {
        switch self {
        case .add(let node): node
        case .replace(_, let new): new
        case .remove, .forget, .acceptLoss, .pause, .resume, .limit, .abort: nil
        }
    }
}
