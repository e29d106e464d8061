import RoostCore
import Testing

/// Contacts and blocks.
@Suite struct PeopleTests {
    private func name(_ text: String) throws -> UserName {
        try #require(UserName(text))
    }

    @Test func `lists are sets in order, and come back from their bytes`() throws {
        var people = People()
        for text in ["carol", "bob", "dave", "bob"] { #expect(people.add(try name(text), to: .contacts) == true) }
        #expect(people.add(try name("mallory"), to: .blocked) == true)
        people.remove(try name("dave"), from: .contacts)
        people.remove(try name("nobody"), from: .contacts)
        #expect(people.contacts.map(\.text) == ["bob", "carol"])
        let bob = try name("bob")
        #expect(people.has(bob, on: .contacts) && !people.has(bob, on: .blocked))
        let bytes = people.encode()
        #expect(try People(decoding: bytes) == people)
        #expect(try People(decoding: []) == People())
        for length in 1..<bytes.count {
            #expect(throws: ByteReaderError.self) { try People(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: ByteReaderError.trailingBytes(1)) { try People(decoding: bytes + [0]) }
    }

    @Test func `who belongs to an audience`() throws {
        var people = People()
        let (bob, carol) = (try name("bob"), try name("carol"))
        #expect(people.add(bob, to: .contacts) == true)
        #expect(people.belongs(carol, to: .everyone) && people.belongs(bob, to: .contacts))
        #expect(!people.belongs(carol, to: .contacts) && !people.belongs(bob, to: .nobody))
    }

    @Test func `lists end at their limits`() throws {
        var people = People()
        for number in 0..<Limits.blockedMax { #expect(people.add(try name("b\(number)"), to: .blocked) == true) }
        #expect(people.add(try name("one-more"), to: .blocked) == false)
        #expect(people.add(try name("b0"), to: .blocked) == true)
        for number in 0..<Limits.contactsMax {
            #expect(people.add(try name("contact-\(number)"), to: .contacts) == true)
        }
        #expect(people.add(try name("one-more"), to: .contacts) == false)
        #expect(try People(decoding: people.encode()) == people)
    }

    @Test func `long names fill the register before the count does`() throws {
        var people = People()
        var count = 0
        let tail = String(repeating: "x", count: 58)
        while people.add(try name(String(100_000 + count) + tail), to: .contacts) { count += 1 }
        #expect(count == People.bytesMax / 65)
        #expect(people.encode().count <= 80 * 1024)
    }

    @Test func `names out of order are refused`() throws {
        var writer = ByteWriter()
        writer.write(1 as UInt8)
        writer.writeCount(2)
        writer.writeText("bob")
        writer.writeText("bob")
        writer.writeCount(0)
        #expect(throws: ByteReaderError.invalidValue(field: "people order")) { try People(decoding: writer.bytes) }
    }
}
