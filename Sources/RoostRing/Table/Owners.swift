import RoostCore

/// Who answers for one slot: its owners, at most three, and while it moves those that are to take over. Everybody to ask
/// stands once, the owners in force first. No allocation.
///
/// An answer of the node at place `p` is bit `p` of a set; ``isQuorum(_:)`` says whether a set is enough. While a slot moves
/// that takes a majority of the owners in force and a majority of the next ones ("joint majorities": Ongaro and Ousterhout,
/// "In Search of an Understandable Consensus Algorithm", 2014, section 6).
public struct Owners: RandomAccessCollection, Equatable, Sendable {
    /// Most owners a slot has.
    public static let countMax = 3
    /// Most nodes to ask while a slot moves: the next owners differ in one.
    private static let joinedMax = countMax + 1

    private var first: NodeID
    private var second: NodeID
    private var third: NodeID
    private var fourth: NodeID
    /// How many nodes there are to ask, 1 to 4.
    public let count: Int
    /// How many of them, from the first, are in force.
    public let currentCount: Int
    /// The next owners, a bit for each place; 0 when the slot does not move.
    private let nextSet: UInt8

    /// Takes 1 to 3 owners in force and, for a slot that moves, 1 to 3 next ones that add at most one.
    public init(_ current: [NodeID], next: [NodeID] = []) {
        let nodes = current + next.filter { !current.contains($0) }
        precondition(
            (1...Owners.countMax).contains(current.count) && next.count <= Owners.countMax, "\(nodes.count) owners")
        precondition(nodes.count <= Owners.joinedMax, "next owners differ in more than one")
        let none = NodeID(high: 0, low: 0)
        func node(_ place: Int) -> NodeID { place < nodes.count ? nodes[place] : none }
        first = node(0)
        second = node(1)
        third = node(2)
        fourth = node(3)
        count = nodes.count
        currentCount = current.count
        var nextSet: UInt8 = 0
        for (place, node) in nodes.enumerated() where next.contains(node) { nextSet |= 1 << UInt8(place) }
        self.nextSet = nextSet
    }

    /// Always 0.
    public var startIndex: Int { 0 }

    /// The count.
    public var endIndex: Int { count }

    /// The node at a place below the count.
    public subscript(position: Int) -> NodeID {
        precondition(position >= 0 && position < count, "owner \(position) of \(count)")
        switch position {
        case 0: return first
        case 1: return second
        case 2: return third
        default: return fourth
        }
    }

    /// The owners in force.
    public var current: [NodeID] { Array(self[..<currentCount]) }

    /// The owners that are to take over; empty when the slot does not move.
    public var next: [NodeID] { indices.filter { nextSet & 1 << UInt8($0) != 0 }.map { self[$0] } }

    /// Whether other owners are to take over.
    public var isMoving: Bool { nextSet != 0 }

    /// Whether the node is an owner in force.
    public func isCurrent(_ node: NodeID) -> Bool {
        for place in 0..<currentCount where self[place] == node { return true }
        return false
    }

    /// Whether the node is to take over, or stays.
    public func isNext(_ node: NodeID) -> Bool {
        firstIndex(of: node).map { nextSet & 1 << UInt8($0) != 0 } ?? false
    }

    /// Whether the nodes at these places are enough.
    public func isQuorum(_ places: UInt8) -> Bool {
        let currentSet: UInt8 = 1 << UInt8(currentCount) - 1
        guard (places & currentSet).nonzeroBitCount * 2 > currentCount else { return false }
        return nextSet == 0 || (places & nextSet).nonzeroBitCount * 2 > nextSet.nonzeroBitCount
    }

    /// Whether the others can still be enough when the nodes at these places are out.
    public func canReachQuorum(without places: UInt8) -> Bool {
        isQuorum(~places & (1 << UInt8(count) - 1))
    }
}
