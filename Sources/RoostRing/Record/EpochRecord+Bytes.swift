import RoostCore

/// The record as bytes: what is hashed, kept on disk and sent to peers.
extension EpochRecord {
    /// Longest encoding that is read: a thousand members of the longest names and addresses.
    public static let bytesMax = 2 * 1024 * 1024

    private static let formatVersion: UInt8 = 5

    /// The bytes of the record, about 6.5 a slot for three members. Equal records have equal bytes.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 1024 + lines.count * 7)
        writer.write(EpochRecord.formatVersion)
        writer.write(clusterID)
        writer.writeVarint(number)
        writer.writeRaw(previousHash)
        writer.writeCount(ancestors.count)
        for ancestor in ancestors { writer.writeFixed(ancestor) }
        writer.writeCount(members.count)
        for member in members {
            writer.write(member.id)
            writer.writeText(member.name)
            writer.writeText(member.zone)
            writer.writeText(member.address)
            writer.writeText(member.clientAddress)
            writer.writeVarint(UInt64(member.weight))
            writer.write(member.standing.rawValue)
        }
        writer.writeCount(voters.count)
        for voter in voters { writer.write(voter) }
        writer.write(movement.isPaused)
        writer.writeVarint(movement.bytesPerSecondMax)
        writer.writeVarint(UInt64(movement.planned))
        writer.writeVarint(rescue.count)
        writer.writeFixed(rescue.mark)
        writer.writeCount(lines.count)
        for line in lines {
            writer.writeVarint(line.version)
            EpochRecord.write(line.owners, to: &writer)
            EpochRecord.write(line.next, to: &writer)
        }
        // Few slots ever lose a majority, if any.
        let losses = lines.enumerated().filter { $0.element.lossVersion > 0 }
        writer.writeCount(losses.count)
        for (slot, line) in losses {
            writer.writeVarint(UInt64(slot))
            writer.writeVarint(line.lossVersion)
        }
        return writer.bytes
    }

    private static func write(_ owners: [UInt16], to writer: inout ByteWriter) {
        writer.writeCount(owners.count)
        for owner in owners { writer.writeVarint(UInt64(owner)) }
    }

    /// Reads a record and checks every rule, for it may come from a peer. What is read encodes to the same bytes again.
    ///
    /// Throws ``RingError/malformed(_:)`` when the bytes cannot be read, another error when the record breaks a rule.
    public init(decoding bytes: [UInt8]) throws(RingError) {
        guard bytes.count <= EpochRecord.bytesMax else {
            throw .malformed(.tooLong(bytes.count, limit: EpochRecord.bytesMax))
        }
        do throws(ByteReaderError) {
            self = try EpochRecord.read(bytes)
        } catch {
            throw .malformed(error)
        }
        try check()
        // A number can be written with more bytes than it needs; one record must not have two spellings.
        guard encode() == bytes else { throw .malformed(.invalidValue(field: "number with needless bytes")) }
    }

    private static func read(_ bytes: [UInt8]) throws(ByteReaderError) -> EpochRecord {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == formatVersion else { throw .invalidValue(field: "epoch record version") }
        let clusterID = try reader.readUniqueID()
        let number = try reader.readVarint()
        let previousHash = try reader.readRaw(SHA256.digestBytes)
        var ancestors: [UInt64] = []
        for _ in 0..<(try reader.readCount(limit: ancestorsMax)) { ancestors.append(try reader.readUInt64()) }
        var members: [Member] = []
        for _ in 0..<(try reader.readCount(limit: Limits.membersMax)) {
            members.append(try readMember(from: &reader))
        }
        var voters: [NodeID] = []
        for _ in 0..<(try reader.readCount(limit: votersMax)) { voters.append(try reader.readUniqueID()) }
        let movement = Movement(
            isPaused: try reader.readBool(), bytesPerSecondMax: try reader.readVarint(),
            planned: UInt32(try reader.readCount(limit: SlotCount.most.value * Owners.countMax)))
        let rescue = Rescue(count: try reader.readVarint(), mark: try reader.readUInt64())
        guard let slotCount = SlotCount(try reader.readCount(limit: SlotCount.most.value)) else {
            throw .invalidValue(field: "slot count")
        }
        var lines: [RingTable.Line] = []
        lines.reserveCapacity(slotCount.value)
        for _ in 0..<slotCount.value {
            let version = try reader.readVarint()
            lines.append(
                RingTable.Line(
                    version: version, owners: try readOwners(from: &reader), next: try readOwners(from: &reader)))
        }
        for _ in 0..<(try reader.readCount(limit: slotCount.value)) {
            let slot = try reader.readCount(limit: slotCount.value - 1)
            lines[slot].lossVersion = try reader.readVarint()
        }
        try reader.finish()
        return EpochRecord(
            clusterID: clusterID, number: number, previousHash: previousHash, ancestors: ancestors, members: members,
            voters: voters, movement: movement, rescue: rescue, lines: lines)
    }

    private static func readMember(from reader: inout ByteReader) throws(ByteReaderError) -> Member {
        var member = Member(
            id: try reader.readUniqueID(), name: try reader.readUserName().text,
            zone: try reader.readText(limit: Member.textBytesMax),
            address: try reader.readText(limit: Member.textBytesMax),
            clientAddress: try reader.readText(limit: Member.textBytesMax),
            weight: UInt32(try reader.readCount(limit: Int(Member.weightMax))))
        guard let standing = Member.Standing(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "standing")
        }
        member.standing = standing
        return member
    }

    private static func readOwners(from reader: inout ByteReader) throws(ByteReaderError) -> [UInt16] {
        var owners: [UInt16] = []
        for _ in 0..<(try reader.readCount(limit: Owners.countMax)) {
            owners.append(UInt16(try reader.readCount(limit: Limits.membersMax)))
        }
        return owners
    }
}
