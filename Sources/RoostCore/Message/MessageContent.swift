/// A message's header and body as one run of bytes: what travels between nodes and stands in the log. Only the gateways of
/// sender and reader look into it, and the owners, for when it ends.
public struct MessageContent: Equatable, Sendable {
    /// The bytes of the header, then those of the body.
    public let bytes: [UInt8]

    /// Puts header and body together.
    public init(_ header: MessageHeader = .plain, body: some Collection<UInt8>) {
        var writer = ByteWriter(capacity: body.count + (header == .plain ? 1 : MessageHeader.bytesMax))
        header.encode(to: &writer)
        writer.writeRaw(body)
        bytes = writer.bytes
    }

    /// Takes bytes as they came from a node. They are looked into when they are asked about.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The longest content.
    public static let bytesMax = Limits.bodyBytesMax + MessageHeader.bytesMax

    /// Header and body. Bytes that are no content, which only a newer version can have written, have a header of
    /// ``MessageHeader/Kind/unknown`` and no body.
    public var parts: (header: MessageHeader, body: ArraySlice<UInt8>) {
        if bytes.first == 0 { return (.plain, bytes.dropFirst()) }
        var reader = ByteReader(bytes)
        do throws(ByteReaderError) {
            let header = try MessageHeader(from: &reader)
            return (header, bytes.suffix(reader.left))
        } catch {
            return (MessageHeader(kind: .unknown), [])
        }
    }

    /// When a message of these bytes that was sent at a time ends.
    public static func end(of bytes: [UInt8], sentAtMilliseconds: UInt64) -> MessageEnd {
        // Nearly all are plain.
        guard let first = bytes.first, first != 0 else { return .never }
        let header = MessageContent(bytes: bytes).header
        switch header.kind {
        case .expired: return .passed
        case .lifetimeChange, .groupEvent, .unknown: return .never
        case .plain, .edit, .deletion, .reaction, .erasure:
            return MessageEnd(sentAtMilliseconds: sentAtMilliseconds, lifetimeSeconds: header.lifetimeSeconds)
        }
    }

    /// What stands in place of a message that has ended.
    public static let expired = MessageContent(MessageHeader(kind: .expired), body: [])

    /// The header.
    public var header: MessageHeader { parts.header }

    /// The body.
    public var body: [UInt8] { Array(parts.body) }
}
