import RoostCore

/// How often the ring has been saved from a lost majority of its voters, and by which decision last.
///
/// Records decided by majorities make one chain. A rescue is decided by whoever is left, and whoever was taken for lost may
/// have decided otherwise: then there are two chains, and the one with the later rescue is the cluster. A node of the other has
/// to stop.
public struct Rescue: Comparable, Sendable {
    /// How often.
    public let count: UInt64
    /// Stands for the members that stayed in the last one: where two sides each gave the other up, this decides between them.
    public let mark: UInt64

    /// Makes a count with its mark.
    init(count: UInt64, mark: UInt64) {
        self.count = count
        self.mark = mark
    }

    /// Never.
    public static let none = Rescue(count: 0, mark: 0)

    /// The one after this, by which these members stay.
    func next(staying: [NodeID], after hash: [UInt8]) -> Rescue {
        var writer = ByteWriter()
        writer.writeRaw(hash)
        for node in staying { writer.write(node) }
        return Rescue(count: count + 1, mark: EpochRecord.short(SHA256.hash(writer.bytes)))
    }

    /// The earlier first.
    public static func < (left: Rescue, right: Rescue) -> Bool {
        (left.count, left.mark) < (right.count, right.mark)
    }
}

extension EpochRecord {
    /// Whether the voters that are left without these members are no majority, so that no record can be decided as usual.
    public func needsRescue(without lost: [NodeID]) -> Bool {
        voters.count { !lost.contains($0) } * 2 <= voters.count
    }

    /// Who decides on the next record all alone when these members are lost: the voters that are left, each of them; with
    /// none left the one with the lowest id of the members that may vote, or of those that leave when there are no others. Empty when
    /// nobody is left.
    public func rescuers(without lost: [NodeID]) -> [NodeID] {
        let voters = voters.filter { !lost.contains($0) }
        guard voters.isEmpty else { return voters }
        let left = members.filter { !lost.contains($0.id) }
        return (EpochRecord.electorate(of: left).first ?? left.first).map { [$0.id] } ?? []
    }

    /// Whether this record and another of the cluster cannot be of one chain, as far as they tell.
    public func isForked(from other: EpochRecord) -> Bool {
        guard clusterID == other.clusterID else { return false }
        if number == other.number { return self != other }
        return number > other.number ? !descends(from: other) : !other.descends(from: self)
    }
}
