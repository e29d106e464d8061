import NIOCore

/// Cuts the bytes of an XMPP stream into its stanzas.
///
/// It counts tags and knows quotes, and nothing else of XML: comments, CDATA and entities of one's own are forbidden in
/// XMPP (RFC 6120 section 11.1). For the load generator only.
struct XMPPStanzaSplitter {
    /// One thing that the server said.
    enum Item: Equatable {
        /// `<stream:stream …>`: a stream begins; it is closed by ``streamClosed``.
        case streamOpened
        case stanza(XMPPStanza)
        case streamClosed
    }

    /// How many elements are open, the stream itself not counted.
    private var depth = 0
    /// Bytes from the reader's index on that have been looked at: whole tags and the text between them.
    private var scanned = 0

    /// Takes the next whole item from `input`; `nil` when more bytes are needed.
    mutating func next(from input: inout ByteBuffer) -> Item? {
        while let tag = nextTag(input) {
            scanned = tag.end
            switch tag.kind {
            case .declaration: skip(&input)
            case .stream where depth == 0:
                skip(&input)
                return .streamOpened
            case .opening, .stream: depth += 1
            case .whole:
                if depth == 0 { return .stanza(take(&input)) }
            case .closing where depth == 0:
                skip(&input)
                return .streamClosed
            case .closing:
                depth -= 1
                if depth == 0 { return .stanza(take(&input)) }
            }
        }
        return nil
    }

    private enum TagKind {
        case declaration, stream, opening, whole, closing
    }

    private func nextTag(_ input: ByteBuffer) -> (kind: TagKind, end: Int)? {
        input.withUnsafeReadableBytes { bytes in
            guard let start = bytes[scanned...].firstIndex(of: UInt8(ascii: "<")) else { return nil }
            var quote: UInt8?
            var position = start + 1
            while position < bytes.count {
                let byte = bytes[position]
                if let open = quote {
                    if byte == open { quote = nil }
                } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    quote = byte
                } else if byte == UInt8(ascii: ">") {
                    return (XMPPStanzaSplitter.kind(bytes[start...position]), position + 1)
                }
                position += 1
            }
            return nil
        }
    }

    private static func kind(_ tag: Slice<UnsafeRawBufferPointer>) -> TagKind {
        switch tag[tag.startIndex + 1] {
        case UInt8(ascii: "?"): .declaration
        case UInt8(ascii: "/"): .closing
        case _ where tag[tag.endIndex - 2] == UInt8(ascii: "/"): .whole
        case _ where tag.starts(with: "<stream:stream".utf8): .stream
        case _: .opening
        }
    }

    /// Everything that has been looked at, without the blanks that keep a connection alive.
    private mutating func take(_ input: inout ByteBuffer) -> XMPPStanza {
        let bytes = input.readBytes(length: scanned) ?? []
        scanned = 0
        return XMPPStanza(bytes.drop { $0 != UInt8(ascii: "<") })
    }

    private mutating func skip(_ input: inout ByteBuffer) {
        input.moveReaderIndex(forwardBy: scanned)
        scanned = 0
    }
}
