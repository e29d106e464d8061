import RoostCore

/// One piece of news about a node, carried by whatever datagram is sent next.
public enum MemberUpdate: Equatable, Sendable {
    /// It lives, and this is how it presents itself. The description's boot is the incarnation's.
    case alive(MemberDescription, cluster: ClusterID, incarnation: Incarnation)
    /// It did not answer `accuser`.
    case suspect(NodeID, incarnation: Incarnation, accuser: NodeID)
    /// It did not refute a suspicion in time.
    case dead(NodeID, incarnation: Incarnation)
    /// It said goodbye.
    case left(NodeID, incarnation: Incarnation)

    /// The node it is about.
    public var id: NodeID {
        switch self {
        case .alive(let description, _, _): description.id
        case .suspect(let id, _, _), .dead(let id, _), .left(let id, _): id
        }
    }

    /// The shortest encoding.
    static let encodedByteCountMin = 1 + 16 + 8

    /// How many bytes ``write(to:)`` writes.
    var encodedByteCount: Int {
        switch self {
        case .alive(let description, _, _):
            MemberUpdate.encodedByteCountMin + 16 + MemberUpdate.textByteCount(description.name)
                + MemberUpdate.textByteCount(description.zone) + MemberUpdate.textByteCount(description.address)
                + MemberUpdate.textByteCount(description.clientAddress)
        case .suspect: MemberUpdate.encodedByteCountMin + 16
        case .dead, .left: MemberUpdate.encodedByteCountMin
        }
    }

    private static func textByteCount(_ text: String) -> Int {
        let count = text.utf8.count
        return count < 0x80 ? 1 + count : 2 + count
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .alive(let description, let cluster, let incarnation):
            writer.write(MemberStatus.alive.rawValue)
            writer.write(description.id)
            writer.writeFixed(incarnation.rawValue)
            writer.write(cluster)
            writer.writeText(description.name)
            writer.writeText(description.zone)
            writer.writeText(description.address)
            writer.writeText(description.clientAddress)
        case .suspect(let id, let incarnation, let accuser):
            writer.write(MemberStatus.suspect.rawValue)
            writer.write(id)
            writer.writeFixed(incarnation.rawValue)
            writer.write(accuser)
        case .dead(let id, let incarnation):
            writer.write(MemberStatus.dead.rawValue)
            writer.write(id)
            writer.writeFixed(incarnation.rawValue)
        case .left(let id, let incarnation):
            writer.write(MemberStatus.left.rawValue)
            writer.write(id)
            writer.writeFixed(incarnation.rawValue)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        guard let status = MemberStatus(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "update kind")
        }
        let id = try reader.readNodeID(field: "member")
        let incarnation = Incarnation(rawValue: try reader.readUInt64())
        switch status {
        case .alive:
            let cluster = try reader.readUniqueID()
            let name = try reader.readUserName().text
            let zone = try reader.readText(limit: MemberDescription.textBytesMax)
            let address = try reader.readText(limit: MemberDescription.textBytesMax)
            guard !address.isEmpty else { throw .invalidValue(field: "address") }
            let clientAddress = try reader.readText(limit: MemberDescription.textBytesMax)
            let description = MemberDescription(
                id: id, name: name, zone: zone, address: address, clientAddress: clientAddress, boot: incarnation.boot)
            self = .alive(description, cluster: cluster, incarnation: incarnation)
        case .suspect:
            self = .suspect(id, incarnation: incarnation, accuser: try reader.readNodeID(field: "accuser"))
        case .dead: self = .dead(id, incarnation: incarnation)
        case .left: self = .left(id, incarnation: incarnation)
        }
    }
}

extension ByteReader {
    /// Reads the id of a node, which is never all zero.
    mutating func readNodeID(field: String) throws(ByteReaderError) -> NodeID {
        let id = try readUniqueID()
        guard !id.isZero else { throw .invalidValue(field: field) }
        return id
    }
}
