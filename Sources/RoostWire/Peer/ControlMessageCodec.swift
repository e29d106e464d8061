import RoostConsensus
import RoostCore
import RoostNode
import RoostRing

/// Bytes of what nodes say to each other about the cluster: a kind byte, and the fields of that kind in the order of its type.
/// Kinds are never reused.
enum ControlMessageCodec {
    private enum Kind: UInt8 {
        case fetchRing = 1
        case ring = 2
        case askStatus = 3
        case status = 4
        case prepareEpoch = 5
        case epochPromised = 6
        case acceptEpoch = 7
        case epochAccepted = 8
        case epochConflict = 9
        case merged = 10
        case prepareRescue = 11
    }

    /// Appends the bytes of `message`.
    static func write(_ message: ControlMessage, to writer: inout ByteWriter) {
        switch message {
        case .fetchRing:
            writer.write(Kind.fetchRing.rawValue)
        case .ring(let bytes):
            writer.write(Kind.ring.rawValue)
            writer.writeBytes(bytes)
        case .askStatus(let token):
            writer.write(Kind.askStatus.rawValue)
            writer.writeFixed(token)
        case .status(let token, let status):
            writer.write(Kind.status.rawValue)
            writer.writeFixed(token)
            status.write(to: &writer)
        case .prepareEpoch(let token, let epoch, let ballot):
            writer.write(Kind.prepareEpoch.rawValue)
            writer.writeFixed(token)
            writer.writeVarint(epoch)
            writer.write(ballot)
        case .prepareRescue(let token, let epoch, let ballot, let lost):
            writer.write(Kind.prepareRescue.rawValue)
            writer.writeFixed(token)
            writer.writeVarint(epoch)
            writer.write(ballot)
            writer.writeCount(lost.count)
            for node in lost { writer.write(node) }
        case .epochPromised(let token, let ballot, let accepted, let value):
            writer.write(Kind.epochPromised.rawValue)
            writer.writeFixed(token)
            writer.write(ballot)
            writer.write(accepted)
            writer.writeBytes(value)
        case .acceptEpoch(let token, let epoch, let ballot, let value):
            writer.write(Kind.acceptEpoch.rawValue)
            writer.writeFixed(token)
            writer.writeVarint(epoch)
            writer.write(ballot)
            writer.writeBytes(value)
        case .epochAccepted(let token, let ballot):
            writer.write(Kind.epochAccepted.rawValue)
            writer.writeFixed(token)
            writer.write(ballot)
        case .epochConflict(let token, let ballot, let promised):
            writer.write(Kind.epochConflict.rawValue)
            writer.writeFixed(token)
            writer.write(ballot)
            writer.write(promised)
        case .merged(let slots):
            writer.write(Kind.merged.rawValue)
            writer.writeCount(slots.count)
            for merged in slots {
                writer.write(merged.slot)
                writer.writeVarint(merged.version)
            }
        }
    }

    /// Reads one message; its end is the caller's to check.
    static func read(from reader: inout ByteReader) throws(ByteReaderError) -> ControlMessage {
        guard let kind = Kind(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "control message kind")
        }
        switch kind {
        case .fetchRing:
            return .fetchRing
        case .ring:
            return .ring(try reader.readBytes(limit: EpochRecord.bytesMax))
        case .askStatus:
            return .askStatus(token: try reader.readUInt64())
        case .status:
            return .status(token: try reader.readUInt64(), try NodeStatus(from: &reader))
        case .prepareEpoch:
            return .prepareEpoch(
                token: try reader.readUInt64(), epoch: try reader.readVarint(), ballot: try reader.readBallot())
        case .prepareRescue:
            return .prepareRescue(
                token: try reader.readUInt64(), epoch: try reader.readVarint(), ballot: try reader.readBallot(),
                lost: try reader.readList { reader throws(ByteReaderError) in try reader.readUniqueID() })
        case .epochPromised:
            return .epochPromised(
                token: try reader.readUInt64(), ballot: try reader.readBallot(), accepted: try reader.readBallot(),
                value: try reader.readBytes(limit: EpochRecord.bytesMax))
        case .acceptEpoch:
            return .acceptEpoch(
                token: try reader.readUInt64(), epoch: try reader.readVarint(), ballot: try reader.readBallot(),
                value: try reader.readBytes(limit: EpochRecord.bytesMax))
        case .epochAccepted:
            return .epochAccepted(token: try reader.readUInt64(), ballot: try reader.readBallot())
        case .epochConflict:
            return .epochConflict(
                token: try reader.readUInt64(), ballot: try reader.readBallot(), promised: try reader.readBallot())
        case .merged:
            return .merged(
                try reader.readList { reader throws(ByteReaderError) in
                    MergedSlot(slot: try reader.readSlot(), version: try reader.readVarint())
                })
        }
    }
}
