import RoostCore

/// The owners of one slot, at most three, in the order of the table. No allocation.
public struct Owners: RandomAccessCollection, Equatable, Sendable {
    /// Most owners a slot has.
    public static let countMax = 3

    private var first: NodeID
    private var second: NodeID
    private var third: NodeID
    /// How many there are, 1 to 3.
    public let count: Int

    /// Takes 1 to 3 nodes.
    public init(_ nodes: some Collection<NodeID>) {
        precondition((1...Owners.countMax).contains(nodes.count), "\(nodes.count) owners")
        var iterator = nodes.makeIterator()
        let none = NodeID(high: 0, low: 0)
        first = iterator.next() ?? none
        second = iterator.next() ?? none
        third = iterator.next() ?? none
        count = nodes.count
    }

    /// Always 0.
    public var startIndex: Int { 0 }

    /// The count.
    public var endIndex: Int { count }

    /// The owner at a place below the count.
    public subscript(position: Int) -> NodeID {
        precondition(position >= 0 && position < count, "owner \(position) of \(count)")
        return position == 0 ? first : position == 1 ? second : third
    }

    /// How many of them decide: more than half.
    public var majority: Int { count / 2 + 1 }
}
