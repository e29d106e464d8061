import OrderedCollections
import RoostCore

/// What a node remembers of the others' lives: for each the latest, and the furthest that its log was ever said to be.
///
/// Each link begins with it: whoever answers to a link has heard before what the other end remembers of it. A memory that is
/// lost weakens the check and nothing else.
public struct LifeMemory: Equatable, Sendable {
    private var lives: OrderedDictionary<NodeID, NodeLife> = [:]

    /// Remembers nothing yet.
    public init() {}

    /// What is remembered of a node; `nil` for one that was never heard.
    public func life(of node: NodeID) -> NodeLife? { lives[node] }

    /// A node said which life it is in. Returns whether a life began by that which was not known.
    ///
    /// A life that is behind what is remembered changes nothing, nor does another process at the same boot: the first to be
    /// heard is remembered.
    @discardableResult
    public mutating func heard(_ life: NodeLife, of node: NodeID) -> Bool {
        guard let known = lives[node] else {
            guard lives.count < LifeMemory.countMax else { return false }
            lives[node] = life
            return true
        }
        guard life.boot > known.boot || life.boot == known.boot && life.process == known.process else { return false }
        lives[node] = NodeLife(
            boot: life.boot, process: life.process, position: max(life.position, known.position))
        return life.boot > known.boot
    }

    /// Forgets all but these nodes.
    public mutating func keep(only nodes: [NodeID]) {
        let nodes = Set(nodes)
        lives.removeAll { !nodes.contains($0.key) }
    }

    /// Nodes that are remembered at most: the members of the largest ring, and as many that wait or have left.
    static let countMax = 2 * Limits.membersMax

    private static let formatVersion: UInt8 = 1

    /// The bytes of the memory.
    public func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(LifeMemory.formatVersion)
        writer.writeCount(lives.count)
        for (node, life) in lives {
            writer.write(node)
            life.write(to: &writer)
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == LifeMemory.formatVersion else { throw .invalidValue(field: "memory version") }
        for _ in 0..<(try reader.readCount(limit: LifeMemory.countMax)) {
            let node = try reader.readUniqueID()
            lives[node] = try NodeLife(from: &reader)
        }
        try reader.finish()
    }
}
