/// What the cluster keeps of a user: the password's hash and the devices that may connect. Stored as the value of the
/// register that the user name names.
public struct Account: Equatable, Sendable {
    /// A device and the hash of the secret that lets it in.
    public struct Device: Equatable, Sendable {
        /// The device.
        public var id: DeviceID
        /// SHA-256 of the token's secret, 32 bytes.
        public var secretHash: [UInt8]
        /// When it was added, milliseconds since 1970.
        public var addedAtMilliseconds: UInt64

        /// Makes a device.
        public init(id: DeviceID, secretHash: [UInt8], addedAtMilliseconds: UInt64) {
            self.id = id
            self.secretHash = secretHash
            self.addedAtMilliseconds = addedAtMilliseconds
        }
    }

    /// The name.
    public let name: UserName
    /// The hash of the password.
    public var password: PasswordRecord
    /// The devices, oldest first, at most ``Limits/devicesMax``.
    public private(set) var devices: [Device]

    /// Makes an account.
    public init(name: UserName, password: PasswordRecord, devices: [Device] = []) {
        self.name = name
        self.password = password
        self.devices = devices
    }

    /// Adds a device, or gives a known one the new secret. False when there are as many as there may be.
    public mutating func put(_ device: Device) -> Bool {
        if let index = devices.firstIndex(where: { $0.id == device.id }) {
            devices[index].secretHash = device.secretHash
            return true
        }
        guard devices.count < Limits.devicesMax else { return false }
        devices.append(device)
        return true
    }

    /// Removes a device. False when there is no such device.
    public mutating func remove(_ id: DeviceID) -> Bool {
        let count = devices.count
        devices.removeAll { $0.id == id }
        return devices.count < count
    }

    /// Whether the token is of one of the devices. Takes the same time whichever byte differs.
    public func allows(_ token: AccessToken) -> Bool {
        guard token.user == name, let device = devices.first(where: { $0.id == token.device }) else { return false }
        return constantTimeEqual(device.secretHash, token.secretHash)
    }

    private static let formatVersion: UInt8 = 1

    /// The bytes of the account.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.write(Account.formatVersion)
        writer.writeText(name.text)
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
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == Account.formatVersion else { throw .invalidValue(field: "account version") }
        name = try reader.readUserName()
        password = PasswordRecord(
            costLog2: try reader.readByte(), blockSize: UInt32(try reader.readCount(limit: 64)),
            parallelism: UInt32(try reader.readCount(limit: 64)), salt: try reader.readBytes(limit: 64),
            hash: try reader.readBytes(limit: 64))
        devices = []
        for _ in 0..<(try reader.readCount(limit: Limits.devicesMax)) {
            devices.append(
                Device(
                    id: try reader.readUInt64(), secretHash: try reader.readBytes(limit: SHA256.digestBytes),
                    addedAtMilliseconds: try reader.readVarint()))
        }
        try reader.finish()
    }
}

/// The scrypt hash of a password (RFC 7914) with the parameters it was made with.
public struct PasswordRecord: Equatable, Sendable {
    /// N is two to this power.
    public var costLog2: UInt8
    /// r.
    public var blockSize: UInt32
    /// p.
    public var parallelism: UInt32
    /// Random, 16 bytes.
    public var salt: [UInt8]
    /// 32 bytes.
    public var hash: [UInt8]

    /// Makes a record.
    public init(costLog2: UInt8, blockSize: UInt32, parallelism: UInt32, salt: [UInt8], hash: [UInt8]) {
        self.costLog2 = costLog2
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.hash = hash
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
