import RoostCore
import Testing

/// E-mail addresses, telephone numbers, and what may be shown of a person.
@Suite struct HandleTests {
    @Test(arguments: [
        ("Alice@Example.ORG", "alice@example.org"), ("a@b", "a@b"), ("a.b+c@d.e", "a.b+c@d.e"),
    ])
    func `an e-mail address is kept in lower case`(text: String, kept: String) throws {
        let handle = try #require(Handle(email: text))
        #expect(handle.text == kept)
        #expect(handle.address == Address.claim(email: text))
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a@b@c", "a b@c", "аlice@example.org", "a@b\n", "\u{0}a@b",
        "a@" + String(repeating: "b", count: 253),
    ])
    func `what is no e-mail address, or looks like another, is refused`(text: String) {
        #expect(Handle(email: text) == nil)
    }

    @Test(arguments: ["+1234567", "+493012345678", "+123456789012345"])
    func `a telephone number is one of E.164`(text: String) throws {
        #expect(try #require(Handle(mobile: text)).text == text)
    }

    @Test(arguments: [
        "", "+", "493012345678", "+0123456789", "+123456", "+1234567890123456", "+1234 5678", "+١٢٣٤٥٦٧٨",
    ])
    func `what is no telephone number is refused`(text: String) {
        #expect(Handle(mobile: text) == nil)
    }

    @Test func `the longest e-mail address is taken`() {
        #expect(Handle(email: "a@" + String(repeating: "b", count: Limits.emailBytesMax - 2)) != nil)
    }

    @Test(arguments: ["", "Alice", "Алиса", "شيرين", "👩\u{200D}🚀", "O'Neill, Jr.", String(repeating: "x", count: 128)])
    func `names of all scripts may be shown`(text: String) {
        #expect(Profile.isShowable(text, bytesMax: Limits.displayNameBytesMax))
    }

    @Test(arguments: [
        " ", "\u{3000}", "a\nb", "a\u{0}", "a\u{202E}b", "\u{200B}", "a\u{2028}b", "\u{E000}",
        String(repeating: "é", count: 65),
    ])
    func `what hides, turns or breaks the line is no name`(text: String) {
        #expect(!Profile.isShowable(text, bytesMax: Limits.displayNameBytesMax))
    }

    @Test func `a holder comes back from its bytes, and from no part of them`() throws {
        let name = try #require(UserName("alice"))
        let holder = HandleHolder(user: name, id: UniqueID(high: 1, low: 2))
        let bytes = holder.encode()
        #expect(try HandleHolder(decoding: bytes) == holder)
        for length in 0..<bytes.count {
            #expect(throws: ByteReaderError.self) { try HandleHolder(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: ByteReaderError.trailingBytes(1)) { try HandleHolder(decoding: bytes + [0]) }
    }
}
