/// A handle that an account has or is about to take, under an id that was drawn for this once.
public struct HandleClaim: Hashable, Sendable {
    /// The e-mail address or telephone number.
    public let handle: Handle
    /// Random, and never used again: a claim whose account does not know its id any more is stale for ever.
    public let id: UniqueID

    /// Makes a claim.
    public init(handle: Handle, id: UniqueID) {
        self.handle = handle
        self.id = id
    }
}

/// What the register of a handle holds: whose it is, and under which id the account says the same.
public struct HandleHolder: Equatable, Sendable {
    /// Who has the handle, if the account confirms it.
    public let user: UserName
    /// The id of the claim.
    public let id: UniqueID

    /// Makes a holder.
    public init(user: UserName, id: UniqueID) {
        self.user = user
        self.id = id
    }

    private static let formatVersion: UInt8 = 1

    /// The bytes of the holder.
    public func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(HandleHolder.formatVersion)
        writer.writeText(user.text)
        writer.write(id)
        return writer.bytes
    }

    /// Reads what ``encode()`` writes.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == HandleHolder.formatVersion else { throw .invalidValue(field: "claim version") }
        user = try reader.readUserName()
        id = try reader.readUniqueID()
        try reader.finish()
    }
}
