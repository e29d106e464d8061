/// What the cluster keeps of a group: who is in it, and what has been done to it that its members have not been told yet.
/// Stored as the value of the register at the group's address.
///
/// Each change makes a version. Changes are decided here first, and put in order with the group's messages afterwards: until
/// then the list says what it was as well, for a message that stands before a change goes to whom the list named then.
public struct Group: Equatable, Sendable {
    /// Somebody in the group, or who was until a removal that has not been put in order yet. Who is taken in again is another
    /// member of the same address.
    public struct Member: Equatable, Sendable {
        /// Who.
        public var address: Address
        /// Whether the member may change the list.
        public var isAdmin: Bool
        /// The version that made the member: it names the membership, and the stream that the group's messages come on.
        public var since: UInt64
        /// The version that ended the membership; 0 while there is none.
        public var until: UInt64 = 0
        /// The number of the first event of the stream; 0 until it is in order.
        public var firstNumber: StreamNumber = 0

        /// Makes a member.
        public init(address: Address, isAdmin: Bool, since: UInt64) {
            self.address = address
            self.isAdmin = isAdmin
            self.since = since
        }

        /// Whether the membership holds now.
        public var isPresent: Bool { until == 0 }

        /// Whether the membership holds at a version.
        public func isIn(at version: UInt64) -> Bool { since <= version && (isPresent || until > version) }
    }

    /// A change that was made not long ago, so that it is not made again.
    public struct Made: Equatable, Sendable {
        /// The change's id.
        public var id: UInt64
        /// The version it made.
        public var version: UInt64

        /// Makes an entry.
        public init(id: UInt64, version: UInt64) {
            self.id = id
            self.version = version
        }
    }

    /// The name.
    public var name: String
    /// The newest version.
    public internal(set) var version: UInt64 = 0
    /// Everything up to this version is in order, and its events are kept for whom they are for.
    public internal(set) var settledVersion: UInt64 = 0
    /// The members, in the order in which they came.
    public internal(set) var members: [Member] = []
    /// What was done after the settled version, oldest first.
    public internal(set) var events: [GroupEvent] = []
    /// The last changes, oldest first.
    public internal(set) var made: [Made] = []
    /// SHA-256 of the secret of the invitation link; empty when there is none.
    public internal(set) var invitationHash: [UInt8] = []
    /// Whether the group is no more.
    public internal(set) var isDissolved = false

    /// A group without members: the ground of its creation.
    init(name: String) {
        self.name = name
    }

    /// Whether somebody is in the group now.
    public func contains(_ address: Address) -> Bool { member(address) != nil }

    /// The present membership of somebody.
    public func member(_ address: Address) -> Member? {
        members.first { $0.address == address && $0.isPresent }
    }

    /// Who is in the group now, in the order in which they came.
    public var presentMembers: [Member] { members.filter(\.isPresent) }

    /// How many are in the group now.
    public var count: Int { members.count(where: \.isPresent) }

    /// Who gets what stands in order at a version. Versions below the settled one are forgotten.
    public func members(at version: UInt64) -> [Member] {
        members.filter { $0.isIn(at: version) }
    }

    /// Who gets the event of a version: who is in the group after it, and who was before.
    public func audience(ofEvent version: UInt64) -> [Member] {
        members.filter { $0.since <= version && ($0.isPresent || $0.until >= version) }
    }

    /// The event of a version that is not settled.
    public func event(_ version: UInt64) -> GroupEvent? { events.first { $0.version == version } }

    // MARK: Bytes

    private static let formatVersion: UInt8 = 1
    /// Memberships in the stored list: those that hold, and those whose end is not settled.
    private static let membersMax = Limits.groupMembersMax * 2
    private static let madeMax = Limits.groupChangesPendingMax

    /// Notes a change among the last ones.
    mutating func note(_ id: UInt64) {
        made.append(Made(id: id, version: version))
        if made.count > Group.madeMax { made.removeFirst(made.count - Group.madeMax) }
    }

    /// The bytes of the group.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 256 + members.count * 24)
        writer.write(Group.formatVersion)
        writer.writeText(name)
        writer.writeVarint(version)
        writer.writeVarint(settledVersion)
        writer.write(isDissolved)
        writer.writeBytes(invitationHash)
        writer.writeCount(members.count)
        for member in members {
            writer.writeText(member.address.text)
            writer.write(member.isAdmin)
            writer.writeVarint(member.since)
            writer.writeVarint(member.until)
            writer.writeVarint(member.firstNumber)
        }
        writer.writeCount(events.count)
        for event in events { event.encode(to: &writer) }
        writer.writeCount(made.count)
        for made in made {
            writer.writeFixed(made.id)
            writer.writeVarint(made.version)
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        guard try reader.readByte() == Group.formatVersion else { throw .invalidValue(field: "group version") }
        name = try reader.readText(limit: Limits.groupNameBytesMax)
        version = try reader.readVarint()
        settledVersion = try reader.readVarint()
        isDissolved = try reader.readBool()
        invitationHash = try reader.readBytes(limit: SHA256.digestBytes)
        for _ in 0..<(try reader.readCount(limit: Group.membersMax)) {
            var member = Member(
                address: try reader.readAddress(), isAdmin: try reader.readBool(), since: try reader.readVarint())
            member.until = try reader.readVarint()
            member.firstNumber = try reader.readVarint()
            members.append(member)
        }
        for _ in 0..<(try reader.readCount(limit: Limits.groupChangesPendingMax)) {
            events.append(try GroupEvent(from: &reader))
        }
        for _ in 0..<(try reader.readCount(limit: Group.madeMax)) {
            made.append(Made(id: try reader.readUInt64(), version: try reader.readVarint()))
        }
        try reader.finish()
    }
}
