/// What the server understands of a message; the body is the sender's and the reader's alone.
public struct MessageHeader: Equatable, Sendable {
    /// What a message is for.
    public enum Kind: UInt8, CaseIterable, Sendable {
        /// Something said.
        case plain = 0
        /// The body takes the place of that of an earlier message of the same person.
        case edit = 1
        /// An earlier message of the same person is taken back.
        case deletion = 2
        /// The body is what a person makes of an earlier message, usually one character; empty takes it back.
        case reaction = 3
        /// From now on what the person sends in this conversation has the header's lifetime, and others are asked to do likewise; the
        /// message itself does not end.
        case lifetimeChange = 4
        /// The person has erased the conversation for both: readers drop what they have of it.
        case erasure = 5
        /// What was done to a group, see ``GroupEvent/body``. Only the server writes it.
        case groupEvent = 8
        /// Stands in place of a message that has ended before this reader's devices had it. Only the server writes it.
        case expired = 9
        /// Of a kind that this version does not know.
        case unknown = 15
    }

    /// What the message is for.
    public var kind: Kind
    /// The body was somebody else's first.
    public var isForwarded: Bool
    /// The message that this one answers, changes or takes back; `nil` for none.
    public var about: MessageReference?
    /// Where the message comes from, when it did not come straight from its author's stream; `nil` for one that did.
    public var origin: MessageOrigin?
    /// Seconds after which the message is dropped where it has not been delivered; 0 for never.
    public var lifetimeSeconds: UInt32

    /// A message that only says something.
    public static let plain = MessageHeader()

    /// Makes a header.
    public init(
        kind: Kind = .plain, isForwarded: Bool = false, about: MessageReference? = nil, origin: MessageOrigin? = nil,
        lifetimeSeconds: UInt32 = 0
    ) {
        self.kind = kind
        self.isForwarded = isForwarded
        self.about = about
        self.origin = origin
        self.lifetimeSeconds = lifetimeSeconds
    }

    /// The longest header in bytes: two addresses, and room for fields to come.
    public static let bytesMax = 256

    private enum Flag {
        static let kindMask: UInt8 = 0x0F
        static let forwarded: UInt8 = 0x10
        static let about: UInt8 = 0x20
        static let origin: UInt8 = 0x40
        static let lifetime: UInt8 = 0x80
    }

    /// Writes the header: one byte for a plain one.
    func encode(to writer: inout ByteWriter) {
        var first = kind.rawValue
        if isForwarded { first |= Flag.forwarded }
        if about != nil { first |= Flag.about }
        if origin != nil { first |= Flag.origin }
        if lifetimeSeconds > 0 { first |= Flag.lifetime }
        writer.write(first)
        if let about {
            writer.writeFixed(about.key.device)
            writer.writeVarint(about.key.stream)
            writer.writeVarint(about.number)
            writer.writeVarint(about.sentAtMilliseconds)
        }
        if let origin {
            writer.writeText(origin.author.text)
            writer.writeText(origin.to.text)
            writer.writeFixed(origin.key.device)
            writer.writeVarint(origin.key.stream)
            writer.writeVarint(origin.number)
        }
        if lifetimeSeconds > 0 { writer.writeVarint(UInt64(lifetimeSeconds)) }
    }

    /// Reads what ``encode(to:)`` writes; the body follows it.
    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let first = try reader.readByte()
        kind = Kind(rawValue: first & Flag.kindMask) ?? .unknown
        isForwarded = first & Flag.forwarded != 0
        about = nil
        origin = nil
        if first & Flag.about != 0 {
            about = MessageReference(
                key: StreamKey(device: try reader.readUInt64(), stream: try reader.readVarint()),
                number: try reader.readVarint(), sentAtMilliseconds: try reader.readVarint())
        }
        if first & Flag.origin != 0 {
            let author = try reader.readAddress()
            let to = try reader.readAddress()
            let key = StreamKey(device: try reader.readUInt64(), stream: try reader.readVarint())
            origin = MessageOrigin(author: author, to: to, key: key, number: try reader.readVarint())
        }
        lifetimeSeconds = 0
        if first & Flag.lifetime != 0 { lifetimeSeconds = UInt32(clamping: try reader.readVarint()) }
    }
}

/// Names a message within a conversation.
public struct MessageReference: Equatable, Hashable, Sendable {
    /// The stream that it came on: of its author's device, or of the group.
    public var key: StreamKey
    /// Its number there.
    public var number: StreamNumber
    /// When it was sent, milliseconds since 1970, as its author says who changes it or takes it back: readers compare it with
    /// what they have. 0 where it does not matter.
    public var sentAtMilliseconds: UInt64

    /// Makes a reference.
    public init(key: StreamKey, number: StreamNumber, sentAtMilliseconds: UInt64 = 0) {
        self.key = key
        self.number = number
        self.sentAtMilliseconds = sentAtMilliseconds
    }
}

/// A message as its author sent it.
public struct MessageOrigin: Equatable, Sendable {
    /// Who sent it.
    public var author: Address
    /// To whom: a user, or a group.
    public var to: Address
    /// From which device and on which of its streams.
    public var key: StreamKey
    /// Under which number.
    public var number: StreamNumber

    /// Makes an origin.
    public init(author: Address, to: Address, key: StreamKey, number: StreamNumber) {
        self.author = author
        self.to = to
        self.key = key
        self.number = number
    }
}
