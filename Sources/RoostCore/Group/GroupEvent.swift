/// What a change made of a group: what its members are told, in order with the messages.
public struct GroupEvent: Equatable, Sendable {
    /// What was done.
    public enum Kind: UInt8, CaseIterable, Sendable {
        /// The group was made; `members` are who it began with.
        case created = 1
        /// It has another name, which is `text`.
        case renamed = 2
        /// `members` were taken in.
        case added = 3
        /// Somebody came in by the invitation link.
        case joined = 4
        /// `members` were put out.
        case removed = 5
        /// Somebody went.
        case left = 6
        /// `members` have become admins.
        case promoted = 7
        /// `members` are admins no more.
        case demoted = 8
        /// Somebody made `members` admin, and is none any more.
        case handedOver = 9
        /// There is an invitation link, another than before.
        case linkMade = 10
        /// There is no invitation link any more.
        case linkRevoked = 11
        /// The group is no more.
        case dissolved = 12
    }

    /// The version of the list that the change made.
    public var version: UInt64
    /// Drawn by whoever asked for the change, so that it is known again.
    public var id: UInt64
    /// What was done.
    public var kind: Kind
    /// By whom.
    public var author: Address
    /// To whom; empty where it was done to nobody, or to the author.
    public var members: [Address]
    /// The new name, where there is one.
    public var text: String
    /// When it was asked for, milliseconds since 1970.
    public var atMilliseconds: UInt64

    /// Makes an event.
    public init(
        version: UInt64, id: UInt64, kind: Kind, author: Address, members: [Address] = [], text: String = "",
        atMilliseconds: UInt64
    ) {
        self.version = version
        self.id = id
        self.kind = kind
        self.author = author
        self.members = members
        self.text = text
        self.atMilliseconds = atMilliseconds
    }

    func encode(to writer: inout ByteWriter) {
        writer.writeVarint(version)
        writer.writeFixed(id)
        writer.write(kind.rawValue)
        writer.writeText(author.text)
        writer.writeCount(members.count)
        for member in members { writer.writeText(member.text) }
        writer.writeText(text)
        writer.writeVarint(atMilliseconds)
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        version = try reader.readVarint()
        id = try reader.readUInt64()
        guard let kind = Kind(rawValue: try reader.readByte()) else { throw .invalidValue(field: "group event") }
        self.kind = kind
        author = try reader.readAddress()
        members = []
        for _ in 0..<(try reader.readCount(limit: Limits.groupMembersAtOnce)) {
            members.append(try reader.readAddress())
        }
        text = try reader.readText(limit: Limits.groupNameBytesMax)
        atMilliseconds = try reader.readVarint()
    }

    /// The event as the members get it: bytes of JSON, see the page of the client protocol.
    public var body: [UInt8] {
        var json = "{\"version\":\(version),\"event\":\"\(kind)\",\"by\":\"\(author)\""
        if !members.isEmpty {
            json += ",\"members\":[" + members.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        if !text.isEmpty { json += ",\"name\":\"\(GroupEvent.escaped(text))\"" }
        return Array((json + "}").utf8)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
