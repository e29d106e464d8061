/// The groups that a user may be in. Stored as the value of the register `alice/groups`.
///
/// A group's own list says who is in it; this is where to look. It is written before the list is, and so may name groups that the
/// user did not come to be in, or is not in any more: never too few.
public struct JoinedGroups: Equatable, Sendable {
    /// The name of the part that holds it.
    public static let part = "groups"

    /// A group, and when it was noted.
    public struct Entry: Equatable, Sendable {
        /// Which group.
        public let group: GroupID
        /// When, milliseconds since 1970.
        public let notedAtMilliseconds: UInt64

        /// Makes an entry.
        public init(group: GroupID, notedAtMilliseconds: UInt64) {
            self.group = group
            self.notedAtMilliseconds = notedAtMilliseconds
        }
    }

    /// The groups, in the order in which they were noted.
    public private(set) var entries: [Entry] = []
    /// Whether no group is taken up any more: the account is being deleted.
    public private(set) var isClosed = false

    /// Makes an empty list.
    public init() {}

    /// Whether a group is noted.
    public func contains(_ group: GroupID) -> Bool { entries.contains { $0.group == group } }

    /// Notes a group, with the time of the last attempt. False when the list is closed, or as long as it may be.
    public mutating func add(_ entry: Entry) -> Bool {
        guard !isClosed else { return false }
        let others = entries.filter { $0.group != entry.group }
        guard others.count < Limits.groupsJoinedMax else { return false }
        entries = others + [entry]
        return true
    }

    /// Forgets an entry, unless it was noted again since.
    public mutating func remove(_ entry: Entry) {
        entries.removeAll { $0 == entry }
    }

    /// Takes up no more groups.
    public mutating func close() {
        isClosed = true
    }

    // MARK: Bytes

    private static let formatVersion: UInt8 = 1

    /// The bytes of the list.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 8 + entries.count * 16)
        writer.write(JoinedGroups.formatVersion)
        writer.write(isClosed)
        writer.writeCount(entries.count)
        for entry in entries {
            writer.writeFixed(entry.group)
            writer.writeVarint(entry.notedAtMilliseconds)
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes; nothing is an empty list.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        guard !bytes.isEmpty else { return }
        var reader = ByteReader(bytes)
        guard try reader.readByte() == JoinedGroups.formatVersion else {
            throw .invalidValue(field: "version of the groups of a user")
        }
        isClosed = try reader.readBool()
        for _ in 0..<(try reader.readCount(limit: Limits.groupsJoinedMax)) {
            entries.append(
                Entry(group: try reader.readUInt64(), notedAtMilliseconds: try reader.readVarint()))
        }
        try reader.finish()
    }
}
