import RoostCore

/// Why bytes are no gossip datagram.
public enum MembershipError: Error, Equatable, Sendable {
    /// More bytes than a datagram may have.
    case tooLong(bytes: Int, limit: Int)
    /// It does not begin as ours do.
    case notGossip
    /// It is of another version of the protocol.
    case otherVersion(UInt8)
    /// The bytes changed on the way.
    case badChecksum
    /// A field is missing, too long or without meaning.
    case malformed(ByteReaderError)
}
