import RoostCore

/// One numbered, decided ring: who the members are and which of them own what. Each record names the hash of the one
/// before, so that a node can tell whether a newer ring grew out of the one it knows.
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

    /// Longest encoding that is read: a thousand members of the longest names.
    public static let bytesMax = 2 * 1024 * 1024

    /// The first ring of a new cluster.
    public static func first(clusterID: ClusterID, members: [Member]) throws(RingError) -> EpochRecord {
        let members = members.sorted { $0.id < $1.id }
        try check(members)
        let owners = Placement.owners(members: members)
        var places: [NodeID: UInt16] = [:]
        for (place, member) in members.enumerated() { places[member.id] = UInt16(place) }
        let lines = owners.map { RingTable.Line(version: 1, owners: $0.compactMap { places[$0] }) }
        return EpochRecord(
            clusterID: clusterID, number: 1, previousHash: Array(repeating: 0, count: SHA256.digestBytes),
            members: members, voters: chooseVoters(members), lines: lines)
    }

    /// One voter for up to two members, three for up to four, else five; zone after zone, so that they are spread.
    static func chooseVoters(_ members: [Member]) -> [NodeID] {
        let count = members.count < 3 ? 1 : members.count <= 4 ? 3 : 5
        var byZone: [[Member]] = []
        for zone in Set(members.map(\.zone)).sorted() {
            byZone.append(members.filter { $0.zone == zone }.sorted { $0.id < $1.id })
        }
        var voters: [NodeID] = []
        var round = 0
        while voters.count < count {
            for zone in byZone where round < zone.count && voters.count < count { voters.append(zone[round].id) }
            round += 1
        }
        return voters.sorted()
    }

    private init(
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

    /// SHA-256 of the encoding.
    public var hash: [UInt8] { SHA256.hash(encode()) }

    /// Whether this record is the one that grew out of `previous`.
    public func follows(_ previous: EpochRecord) -> Bool {
        clusterID == previous.clusterID && number == previous.number + 1 && previousHash == previous.hash
    }

    private static func check(_ members: [Member]) throws(RingError) {
        guard !members.isEmpty else { throw .noMembers }
        guard members.count <= Limits.membersMax else {
            throw .tooManyMembers(members.count, limit: Limits.membersMax)
        }
        for (left, right) in zip(members, members.dropFirst()) where left.id >= right.id {
            throw .duplicateMember(right.id.description)
        }
        let names = members.map(\.name).sorted()
        for (left, right) in zip(names, names.dropFirst()) where left == right { throw .duplicateMember(left) }
    }

    // MARK: Bytes

    private static let formatVersion: UInt8 = 1

    /// The bytes of the record: what is hashed, kept on disk and sent to peers.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 8192)
        writer.write(EpochRecord.formatVersion)
        writer.write(clusterID)
        writer.writeVarint(number)
        writer.writeRaw(previousHash)
        writer.writeCount(members.count)
        for member in members {
            writer.write(member.id)
            writer.writeText(member.name)
            writer.writeText(member.zone)
            writer.writeText(member.address)
            writer.writeText(member.clientAddress)
            writer.writeVarint(UInt64(member.weight))
        }
        writer.writeCount(voters.count)
        for voter in voters { writer.write(voter) }
        for line in lines {
            writer.writeVarint(line.version)
            for owners in [line.owners, line.next] {
                writer.writeCount(owners.count)
                for owner in owners { writer.writeVarint(UInt64(owner)) }
            }
        }
        return writer.bytes
    }

    /// Reads a record and checks every rule, for it may come from a peer.
    public init(decoding bytes: [UInt8]) throws(RingError) {
        do throws(ByteReaderError) {
            self = try EpochRecord.read(bytes)
        } catch {
            throw .malformed(error)
        }
        try EpochRecord.check(members)
        let ids = members.map(\.id)
        guard !voters.isEmpty, Set(voters).count == voters.count, voters.allSatisfy(ids.contains) else {
            throw .invalid("voters are not distinct members")
        }
        for (slot, line) in lines.enumerated() {
            for owners in [line.owners, line.next] {
                guard owners.allSatisfy({ Int($0) < ids.count }), Set(owners).count == owners.count else {
                    throw .invalid("owners of slot \(slot) are not distinct members")
                }
            }
            guard (1...Owners.countMax).contains(line.owners.count), line.next.count <= Owners.countMax else {
                throw .invalid("slot \(slot) has \(line.owners.count) owners")
            }
        }
    }

    private static func read(_ bytes: [UInt8]) throws(ByteReaderError) -> EpochRecord {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == formatVersion else { throw .invalidValue(field: "epoch record version") }
        let clusterID = try reader.readUniqueID()
        let number = try reader.readVarint()
        guard number > 0 else { throw .invalidValue(field: "epoch") }
        let previousHash = try reader.readRaw(SHA256.digestBytes)
        var members: [Member] = []
        for _ in 0..<(try reader.readCount(limit: Limits.membersMax)) {
            let id = try reader.readUniqueID()
            let name = try reader.readUserName().text
            members.append(
                Member(
                    id: id, name: name, zone: try reader.readText(limit: Member.textBytesMax),
                    address: try reader.readText(limit: Member.textBytesMax),
                    clientAddress: try reader.readText(limit: Member.textBytesMax),
                    weight: UInt32(try reader.readCount(limit: 1 << 20))))
        }
        var voters: [NodeID] = []
        for _ in 0..<(try reader.readCount(limit: 5)) { voters.append(try reader.readUniqueID()) }
        var lines: [RingTable.Line] = []
        lines.reserveCapacity(Slot.count)
        for _ in 0..<Slot.count {
            let version = try reader.readVarint()
            lines.append(
                RingTable.Line(
                    version: version, owners: try readOwners(from: &reader), next: try readOwners(from: &reader)))
        }
        try reader.finish()
        return EpochRecord(
            clusterID: clusterID, number: number, previousHash: previousHash, members: members, voters: voters,
            lines: lines)
    }

    private static func readOwners(from reader: inout ByteReader) throws(ByteReaderError) -> [UInt16] {
        var owners: [UInt16] = []
        for _ in 0..<(try reader.readCount(limit: Owners.countMax)) {
            owners.append(UInt16(try reader.readCount(limit: Limits.membersMax)))
        }
        return owners
    }
}
