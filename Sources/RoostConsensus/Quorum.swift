import RoostCore

/// Who has to agree: a majority of the current owners and, while a slot moves, of the next ones as well; or everybody.
public struct Quorum: Equatable, Sendable {
    /// The owners in force.
    public let current: [NodeID]
    /// The owners that are to take over; empty when the slot does not move.
    public let next: [NodeID]

    private let needsAll: Bool

    /// Each of these has to agree.
    public init(allOf members: [NodeID]) {
        precondition(!members.isEmpty, "a quorum of nobody")
        current = members
        next = []
        needsAll = true
    }

    /// Makes the rule of majorities.
    public init(current: [NodeID], next: [NodeID] = []) {
        precondition(!current.isEmpty, "a quorum of nobody")
        self.current = current
        self.next = next
        needsAll = false
    }

    /// Everybody to ask, each once, the current owners first.
    public var members: [NodeID] {
        current + next.filter { !current.contains($0) }
    }

    /// Whether these are enough.
    public func isReached(by nodes: [NodeID]) -> Bool {
        if needsAll { return current.allSatisfy(nodes.contains) }
        return Quorum.hasMajority(of: current, nodes) && (next.isEmpty || Quorum.hasMajority(of: next, nodes))
    }

    private static func hasMajority(of owners: [NodeID], _ nodes: [NodeID]) -> Bool {
        owners.count(where: nodes.contains) > owners.count / 2
    }
}
