import RoostConsensus
import RoostRing

/// The one decision on the record of an epoch: whoever finds nothing accepted proposes its own, whoever finds something
/// proposes that. Single-decree Paxos by way of the register's proposer.
public struct EpochDecision: RegisterChange {
    /// A record is as long as its members make it.
    public static var valueBytesMax: Int { EpochRecord.bytesMax }

    /// The record that is proposed, encoded.
    public let record: [UInt8]

    /// Proposes a record.
    public init(record: [UInt8]) {
        self.record = record
    }

    /// Keeps what was accepted before.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        current.isEmpty ? .write(record) : .keep
    }
}
