import RoostConsensus
import RoostCore
import RoostRing

/// A voter's promise and acceptance for one epoch: the acceptor of its decision. On disk before anything of it is told.
public struct EpochVote: Equatable, Sendable {
    /// The epoch that is decided on.
    public var epoch: Epoch
    /// What was promised and accepted.
    public var state: RegisterState

    /// Makes a vote.
    public init(epoch: Epoch, state: RegisterState) {
        self.epoch = epoch
        self.state = state
    }

    private static let formatVersion: UInt8 = 1

    /// The bytes of the vote.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: state.value.count + 80)
        writer.write(EpochVote.formatVersion)
        writer.writeVarint(epoch)
        writer.writeRaw(state.encode())
        return writer.bytes
    }

    /// Reads what ``encode()`` writes.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == EpochVote.formatVersion else { throw .invalidValue(field: "vote version") }
        epoch = try reader.readVarint()
        let rest = try reader.readRaw(reader.left)
        state = try RegisterState(decoding: rest, valueBytesMax: EpochRecord.bytesMax)
    }
}
