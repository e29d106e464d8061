/// One element of an XMPP stream, as its bytes.
///
/// It is read by looking for what a server that is trusted writes, not by parsing XML: for the load generator only.
struct XMPPStanza: Equatable {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// The stanza as text, for people and for the few that are read once a connection.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func isElement(_ name: StaticString) -> Bool {
        let rest = bytes.dropFirst()
        guard rest.count > name.utf8CodeUnitCount else { return false }
        let after = rest[rest.startIndex + name.utf8CodeUnitCount]
        return name.withUTF8Buffer { rest.starts(with: $0) } && " />".utf8.contains(after)
    }

    /// The value of an attribute in the first tag that begins with `tag`; `nil` when there is no such tag or attribute.
    func attribute(_ attribute: StaticString, of tag: StaticString) -> ArraySlice<UInt8>? {
        guard let start = index(after: tag, from: bytes.startIndex),
            let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")),
            let value = index(after: attribute, from: start), value + 1 < end, bytes[value] == UInt8(ascii: "=")
        else { return nil }
        let quote = bytes[value + 1]
        let text = bytes[(value + 2)...]
        return text.firstIndex(of: quote).map { text[..<$0] }
    }

    /// What stands between `<tag>` and `</tag>`.
    func content(of tag: StaticString, closedBy end: StaticString) -> ArraySlice<UInt8>? {
        guard let start = index(after: tag, from: bytes.startIndex), let past = index(after: end, from: start) else {
            return nil
        }
        return bytes[start..<past - end.utf8CodeUnitCount]
    }

    /// Where the bytes behind the first occurrence of `text` begin.
    private func index(after text: StaticString, from start: Int) -> Int? {
        let count = text.utf8CodeUnitCount
        return text.withUTF8Buffer { wanted in
            var position = start
            while position + count <= bytes.endIndex {
                guard let found = bytes[position...].firstIndex(of: wanted[0]), found + count <= bytes.endIndex else {
                    return nil
                }
                if bytes[found..<found + count].elementsEqual(wanted) { return found + count }
                position = found + 1
            }
            return nil
        }
    }
}
