import RoostCore

/// Why a ring record was refused, or a ring cannot be made.
public enum RingError: Error, Equatable, Sendable {
    /// The bytes are no record.
    case malformed(ByteReaderError)
    /// The record breaks a rule of rings.
    case invalid(String)
    /// A field of the member of this name breaks its rule.
    case invalidMember(String, field: String)
    /// A ring needs at least one member.
    case noMembers
    /// More members than a ring may have.
    case tooManyMembers(Int, limit: Int)
    /// Two members share an id or a name.
    case duplicateMember(String)
}
