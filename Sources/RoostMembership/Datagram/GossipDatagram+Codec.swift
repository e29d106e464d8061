import RoostCore

extension GossipDatagram {
    /// The version of the protocol that this build speaks.
    public static let version: UInt8 = 1

    private static let magic: [UInt8] = Array("RSTG".utf8)
    private static let checksumBytes = 4

    /// What a datagram takes at most without its updates: magic, version, cluster, sender, incarnation, process, epoch,
    /// hash, kind, sequence, node, count of updates and checksum.
    static let bytesMaxWithoutUpdates = 4 + 1 + 16 + 16 + 8 + 8 + 10 + 8 + 1 + 4 + 16 + 2 + checksumBytes

    /// What is left for updates.
    static let updateBytesMax = Limits.gossipDatagramBytesMax - bytesMaxWithoutUpdates

    private enum Tag: UInt8 {
        case ping = 1
        case ack, pingRequest, nack, gossip, listRequest, listPage, lastListPage
    }

    /// The bytes of the datagram. The updates must fit.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.writeRaw(GossipDatagram.magic)
        writer.write(GossipDatagram.version)
        writer.write(cluster)
        writer.write(sender)
        writer.writeFixed(incarnation.rawValue)
        writer.writeFixed(process)
        writer.writeVarint(epoch)
        writer.writeFixed(epochHash)
        write(kind, to: &writer)
        writer.writeCount(updates.count)
        for update in updates { update.write(to: &writer) }
        writer.writeFixed(CRC32C.checksum(writer.bytes))
        precondition(
            writer.count <= Limits.gossipDatagramBytesMax,
            "a datagram of \(writer.count) bytes with \(updates.count) updates")
        return writer.bytes
    }

    private func write(_ kind: Kind, to writer: inout ByteWriter) {
        switch kind {
        case .ping(let sequence, let target):
            writer.write(Tag.ping.rawValue)
            writer.writeFixed(sequence)
            writer.write(target)
        case .ack(let sequence):
            writer.write(Tag.ack.rawValue)
            writer.writeFixed(sequence)
        case .pingRequest(let sequence, let target):
            writer.write(Tag.pingRequest.rawValue)
            writer.writeFixed(sequence)
            writer.write(target)
        case .nack(let sequence):
            writer.write(Tag.nack.rawValue)
            writer.writeFixed(sequence)
        case .gossip:
            writer.write(Tag.gossip.rawValue)
        case .listRequest(let sequence, let after):
            writer.write(Tag.listRequest.rawValue)
            writer.writeFixed(sequence)
            writer.write(after)
        case .listPage(let sequence, let next?):
            writer.write(Tag.listPage.rawValue)
            writer.writeFixed(sequence)
            writer.write(next)
        case .listPage(let sequence, nil):
            writer.write(Tag.lastListPage.rawValue)
            writer.writeFixed(sequence)
        }
    }

    /// Reads a datagram from anybody: whatever the bytes are, the result is a valid datagram or an error.
    public init(decoding bytes: [UInt8]) throws(MembershipError) {
        guard bytes.count <= Limits.gossipDatagramBytesMax else {
            throw .tooLong(bytes: bytes.count, limit: Limits.gossipDatagramBytesMax)
        }
        let bodyBytes = bytes.count - GossipDatagram.checksumBytes
        guard bodyBytes > GossipDatagram.magic.count, bytes.starts(with: GossipDatagram.magic) else {
            throw .notGossip
        }
        let version = bytes[GossipDatagram.magic.count]
        guard version == GossipDatagram.version else { throw .otherVersion(version) }
        let checksum = bytes[bodyBytes...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard checksum == CRC32C.checksum(bytes[..<bodyBytes]) else { throw .badChecksum }
        do throws(ByteReaderError) {
            var reader = ByteReader(bytes, in: (GossipDatagram.magic.count + 1)..<bodyBytes)
            self = try GossipDatagram.read(&reader)
        } catch {
            throw .malformed(error)
        }
    }

    private static func read(_ reader: inout ByteReader) throws(ByteReaderError) -> GossipDatagram {
        let cluster = try reader.readUniqueID()
        let sender = try reader.readNodeID(field: "sender")
        let incarnation = Incarnation(rawValue: try reader.readUInt64())
        let process = try reader.readUInt64()
        let epoch = try reader.readVarint()
        let epochHash = try reader.readUInt64()
        let kind = try readKind(&reader)
        let count = try reader.readCount(limit: updateBytesMax / MemberUpdate.encodedByteCountMin)
        var updates: [MemberUpdate] = []
        updates.reserveCapacity(count)
        for _ in 0..<count { updates.append(try MemberUpdate(from: &reader)) }
        try reader.finish()
        return GossipDatagram(
            cluster: cluster, sender: sender, incarnation: incarnation, process: process, epoch: epoch,
            epochHash: epochHash, kind: kind, updates: updates)
    }

    private static func readKind(_ reader: inout ByteReader) throws(ByteReaderError) -> Kind {
        guard let tag = Tag(rawValue: try reader.readByte()) else { throw .invalidValue(field: "datagram kind") }
        switch tag {
        case .ping:
            return .ping(sequence: try reader.readUInt32(), target: try reader.readNodeID(field: "target"))
        case .ack: return .ack(sequence: try reader.readUInt32())
        case .pingRequest:
            return .pingRequest(sequence: try reader.readUInt32(), target: try reader.readNodeID(field: "target"))
        case .nack: return .nack(sequence: try reader.readUInt32())
        case .gossip: return .gossip
        case .listRequest:
            return .listRequest(sequence: try reader.readUInt32(), after: try reader.readUniqueID())
        case .listPage:
            return .listPage(sequence: try reader.readUInt32(), next: try reader.readNodeID(field: "next"))
        case .lastListPage: return .listPage(sequence: try reader.readUInt32(), next: nil)
        }
    }
}
