import RoostCore

/// One numbered, decided ring: who the members are and which of them own what. Each record names the hash of the one
/// before, so that a node can tell whether a newer ring grew out of the one it knows.
///
/// A value of this type keeps the rules of rings: ``first(clusterID:members:)`` and ``init(decoding:)`` refuse anything else.
public struct EpochRecord: Equatable, Sendable {
    /// The cluster it belongs to.
    public let clusterID: ClusterID
    /// Its number, from 1.
    public let number: Epoch
    /// ``hash`` of the record before; 32 zero bytes in the first.
    public let previousHash: [UInt8]
    /// The first eight bytes of the hashes of the records before, the one before first; at most ``ancestorsMax``.
    public let ancestors: [UInt64]
    /// The members, by id.
    public let members: [Member]
    /// Who decides on the next record, by id.
    public let voters: [NodeID]
    /// How slots move.
    public let movement: Movement
    /// How often it took less than a majority of the voters to go on.
    public let rescue: Rescue
    /// One line a slot, as many as ``slotCount`` says.
    public let lines: [RingTable.Line]

    /// How many slots the ring has: the same in all records of a cluster.
    public var slotCount: SlotCount {
        guard let count = SlotCount(lines.count) else { preconditionFailure("a record of \(lines.count) slots") }
        return count
    }

    /// The version of a slot; `nil` for one that the ring has not.
    public func version(of slot: Slot) -> UInt64? {
        Int(slot.index) < lines.count ? lines[Int(slot.index)].version : nil
    }

    /// How many records back one tells what it grew out of: a node that missed more takes a newer one on the word of its peers.
    public static let ancestorsMax = 64

    /// The first ring of a new cluster, whatever the order of `members`.
    ///
    /// Throws when there are no members or too many, when two share an id or a name, or when one breaks a rule of its fields.
    public static func first(
        clusterID: ClusterID, members: [Member], slotCount: SlotCount = .standard
    ) throws(RingError) -> EpochRecord {
        let members = members.sorted { $0.id < $1.id }
        try check(members)
        var places: [NodeID: UInt16] = [:]
        for (place, member) in members.enumerated() { places[member.id] = UInt16(place) }
        let lines = Placement.owners(members: members, slotCount: slotCount).map { owners in
            RingTable.Line(version: 1, owners: owners.compactMap { places[$0] })
        }
        return EpochRecord(
            clusterID: clusterID, number: 1, previousHash: noHash, ancestors: [], members: members,
            voters: chooseVoters(members), movement: Movement(), rescue: .none, lines: lines)
    }

    /// Makes a record of fields that are still to be checked.
    init(
        clusterID: ClusterID, number: Epoch, previousHash: [UInt8], ancestors: [UInt64], members: [Member],
        voters: [NodeID], movement: Movement, rescue: Rescue, lines: [RingTable.Line]
    ) {
        self.clusterID = clusterID
        self.number = number
        self.previousHash = previousHash
        self.ancestors = ancestors
        self.members = members
        self.voters = voters
        self.movement = movement
        self.rescue = rescue
        self.lines = lines
    }

    /// SHA-256 of the encoding, computed at each call.
    public var hash: [UInt8] { SHA256.hash(encode()) }

    /// Whether this record is the one that grew out of `previous`.
    public func follows(_ previous: EpochRecord) -> Bool {
        clusterID == previous.clusterID && lines.count == previous.lines.count && number - 1 == previous.number
            && previousHash == previous.hash
    }

    /// Whether this record is a later one of the same chain, as far as it can tell: exactly for the last ``ancestorsMax``
    /// records, by the cluster's id for older ones.
    public func descends(from older: EpochRecord) -> Bool {
        guard clusterID == older.clusterID, lines.count == older.lines.count, number > older.number else {
            return false
        }
        let distance = number - older.number
        if distance == 1 { return previousHash == older.hash }
        return distance > UInt64(ancestors.count) || ancestors[Int(distance) - 1] == older.shortHash
    }

    /// The first eight bytes of ``hash``.
    public var shortHash: UInt64 { EpochRecord.short(hash) }

    static func short(_ hash: [UInt8]) -> UInt64 {
        hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
