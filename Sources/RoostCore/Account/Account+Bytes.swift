extension Account {
    private static let formatVersion: UInt8 = 2

    /// The bytes of the account.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 512)
        writer.write(Account.formatVersion)
        writer.writeText(name.text)
        writer.write(state.rawValue)
        writer.write(password.costLog2)
        writer.writeVarint(UInt64(password.blockSize))
        writer.writeVarint(UInt64(password.parallelism))
        writer.writeBytes(password.salt)
        writer.writeBytes(password.hash)
        writer.writeCount(devices.count)
        for device in devices {
            writer.writeFixed(device.id)
            writer.writeBytes(device.secretHash)
            writer.writeVarint(device.addedAtMilliseconds)
            writer.writeText(device.name)
        }
        writer.writeText(profile.displayName)
        writer.writeText(profile.avatar)
        writer.write(profile.privacy.findableByEmail.rawValue)
        writer.write(profile.privacy.findableByMobile.rawValue)
        writer.write(profile.privacy.presence.rawValue)
        writer.write(profile.privacy.readReceipts)
        for claims in [taken, pending] {
            writer.writeCount(claims.count)
            for claim in claims {
                writer.write(claim.handle.kind.rawValue)
                writer.writeText(claim.handle.text)
                writer.write(claim.id)
            }
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == Account.formatVersion else { throw .invalidValue(field: "account version") }
        let name = try reader.readUserName()
        guard let state = State(rawValue: try reader.readByte()) else { throw .invalidValue(field: "account state") }
        let password = PasswordRecord(
            costLog2: try reader.readByte(), blockSize: UInt32(try reader.readCount(limit: 64)),
            parallelism: UInt32(try reader.readCount(limit: 64)), salt: try reader.readBytes(limit: 64),
            hash: try reader.readBytes(limit: 64))
        var devices: [Device] = []
        for _ in 0..<(try reader.readCount(limit: Limits.devicesMax)) {
            devices.append(
                Device(
                    id: try reader.readUInt64(), secretHash: try reader.readBytes(limit: SHA256.digestBytes),
                    addedAtMilliseconds: try reader.readVarint(),
                    name: try reader.readText(limit: Limits.deviceNameBytesMax)))
        }
        let profile = Profile(
            displayName: try reader.readText(limit: Limits.displayNameBytesMax),
            avatar: try reader.readText(limit: Limits.avatarBytesMax),
            privacy: Privacy(
                findableByEmail: try Account.readAudience(&reader), findableByMobile: try Account.readAudience(&reader),
                presence: try Account.readAudience(&reader), readReceipts: try reader.readBool()))
        self.init(name: name, password: password, devices: devices, profile: profile)
        self.state = state
        taken = try Account.readClaims(&reader)
        pending = try Account.readClaims(&reader)
        try reader.finish()
    }

    private static func readAudience(_ reader: inout ByteReader) throws(ByteReaderError) -> Audience {
        guard let audience = Audience(rawValue: try reader.readByte()) else { throw .invalidValue(field: "audience") }
        return audience
    }

    private static func readClaims(_ reader: inout ByteReader) throws(ByteReaderError) -> [HandleClaim] {
        var claims: [HandleClaim] = []
        for _ in 0..<(try reader.readCount(limit: Handle.Kind.allCases.count)) {
            guard let kind = Handle.Kind(rawValue: try reader.readByte()),
                let handle = Handle(kind, try reader.readText(limit: Limits.emailBytesMax))
            else { throw .invalidValue(field: "handle") }
            claims.append(HandleClaim(handle: handle, id: try reader.readUniqueID()))
        }
        return claims
    }
}
