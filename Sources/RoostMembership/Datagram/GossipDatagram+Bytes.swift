import RoostCore

extension GossipDatagram {
    private static let magic: [UInt8] = Array("RSTG".utf8) + [1]
    private static let checksumBytes = 4
    /// Most items of news: what fits a datagram at the shortest.
    private static let newsMax = 64

    /// The bytes of the datagram: at most ``Limits/gossipDatagramBytesMax``. News beyond that are left out; the number
    /// that went in is returned beside the bytes.
    public func encode() -> (bytes: [UInt8], newsCount: Int) {
        var writer = ByteWriter(capacity: Limits.gossipDatagramBytesMax)
        writer.writeRaw(GossipDatagram.magic)
        GossipDatagram.write(sender, to: &writer)
        writer.writeVarint(epoch)
        writer.writeFixed(epochHash)
        switch kind {
        case .ping(let sequence, let target):
            writer.write(UInt8(1))
            writer.writeFixed(sequence)
            writer.write(target)
        case .ack(let sequence):
            writer.write(UInt8(2))
            writer.writeFixed(sequence)
        case .pingRequest(let sequence, let target, let address):
            writer.write(UInt8(3))
            writer.writeFixed(sequence)
            writer.write(target)
            writer.writeText(address)
        case .nack(let sequence):
            writer.write(UInt8(4))
            writer.writeFixed(sequence)
        case .news:
            writer.write(UInt8(5))
        }
        let countPlace = writer.count
        writer.write(UInt8(0))
        var count = 0
        for entry in news.prefix(GossipDatagram.newsMax) {
            let start = writer.count
            GossipDatagram.write(entry, to: &writer)
            guard writer.count + GossipDatagram.checksumBytes <= Limits.gossipDatagramBytesMax else {
                writer.bytes.removeSubrange(start...)
                break
            }
            count += 1
        }
        writer.bytes[countPlace] = UInt8(count)
        writer.writeFixed(CRC32C.checksum(writer.bytes))
        return (writer.bytes, count)
    }

    /// Reads a datagram; whatever is not exactly one is refused.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        guard bytes.count <= Limits.gossipDatagramBytesMax else {
            throw .tooLong(bytes.count, limit: Limits.gossipDatagramBytesMax)
        }
        guard bytes.count > GossipDatagram.checksumBytes else {
            throw .truncated(needed: GossipDatagram.checksumBytes + 1, left: bytes.count)
        }
        let end = bytes.count - GossipDatagram.checksumBytes
        var trailer = ByteReader(bytes, in: end..<bytes.count)
        guard try trailer.readUInt32() == CRC32C.checksum(bytes[..<end]) else { throw .invalidValue(field: "checksum") }
        var reader = ByteReader(bytes, in: 0..<end)
        guard try reader.readRaw(GossipDatagram.magic.count) == GossipDatagram.magic else {
            throw .invalidValue(field: "gossip protocol")
        }
        sender = try GossipDatagram.readEntry(from: &reader)
        epoch = try reader.readVarint()
        epochHash = try reader.readUInt64()
        switch try reader.readByte() {
        case 1: kind = .ping(sequence: try reader.readUInt32(), target: try reader.readUniqueID())
        case 2: kind = .ack(sequence: try reader.readUInt32())
        case 3:
            kind = .pingRequest(
                sequence: try reader.readUInt32(), target: try reader.readUniqueID(),
                address: try reader.readText(limit: MemberDescription.textBytesMax))
        case 4: kind = .nack(sequence: try reader.readUInt32())
        case 5: kind = .news
        default: throw .invalidValue(field: "datagram kind")
        }
        news = []
        for _ in 0..<(try reader.readByte()) { news.append(try GossipDatagram.readEntry(from: &reader)) }
        try reader.finish()
    }

    private static func write(_ entry: MemberStatusEntry, to writer: inout ByteWriter) {
        writer.write(entry.description.id)
        writer.writeText(entry.description.name)
        writer.writeText(entry.description.zone)
        writer.writeText(entry.description.address)
        writer.writeText(entry.description.clientAddress)
        writer.writeVarint(entry.description.boot)
        writer.writeVarint(entry.incarnation)
        writer.write(entry.status.rawValue)
        writer.write(entry.cluster)
    }

    private static func readEntry(from reader: inout ByteReader) throws(ByteReaderError) -> MemberStatusEntry {
        let id = try reader.readUniqueID()
        guard !id.isZero else { throw .invalidValue(field: "node id") }
        let description = MemberDescription(
            id: id, name: try reader.readUserName().text,
            zone: try reader.readText(limit: MemberDescription.textBytesMax),
            address: try reader.readText(limit: MemberDescription.textBytesMax),
            clientAddress: try reader.readText(limit: MemberDescription.textBytesMax), boot: try reader.readVarint())
        let incarnation = try reader.readVarint()
        guard let status = MemberStatus(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "member status")
        }
        return MemberStatusEntry(
            description: description, incarnation: incarnation, status: status, cluster: try reader.readUniqueID())
    }
}
