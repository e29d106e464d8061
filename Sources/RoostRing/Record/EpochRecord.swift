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
    /// The members, by id.
    public let members: [Member]
    /// Who decides on the next record, by id.
    public let voters: [NodeID]
    /// ``Slot/count`` lines.
    public let lines: [RingTable.Line]

    /// The first ring of a new cluster, whatever the order of `members`.
    ///
    /// Throws when there are no members or too many, when two share an id or a name, or when one breaks a rule of its fields.
    public static func first(clusterID: ClusterID, members: [Member]) throws(RingError) -> EpochRecord {
        let members = members.sorted { $0.id < $1.id }
        try check(members)
        var places: [NodeID: UInt16] = [:]
        for (place, member) in members.enumerated() { places[member.id] = UInt16(place) }
        let lines = Placement.owners(members: members).map { owners in
            RingTable.Line(version: 1, owners: owners.compactMap { places[$0] })
        }
        return EpochRecord(
            clusterID: clusterID, number: 1, previousHash: noHash, members: members, voters: chooseVoters(members),
            lines: lines)
    }

    /// Makes a record of fields that are still to be checked.
    init(
        clusterID: ClusterID, number: Epoch, previousHash: [UInt8], members: [Member], voters: [NodeID],
        lines: [RingTable.Line]
    ) {
        self.clusterID = clusterID
        self.number = number
        self.previousHash = previousHash
        self.members = members
        self.voters = voters
        self.lines = lines
    }

    /// SHA-256 of the encoding, computed at each call.
    public var hash: [UInt8] { SHA256.hash(encode()) }

    /// Whether this record is the one that grew out of `previous`.
    public func follows(_ previous: EpochRecord) -> Bool {
        clusterID == previous.clusterID && number - 1 == previous.number && previousHash == previous.hash
    }
}
