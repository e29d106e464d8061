import RoostCore
import Testing

/// What has a place on the ring. The golden values may never change: data on disk is found by them.
@Suite struct AddressTests {
    @Test(arguments: [
        ("alice", Address.Kind.user), ("a.b_c-9", .user), ("~00000000000000ff", .group),
        ("@0123456789abcdef0123456789abcdef", .claim), ("+0123456789abcdef0123456789abcdef", .claim),
        ("alice/people", .part), ("~00000000000000ff/order", .part),
        (String(repeating: "z", count: 64) + "/abcdefghijklmnop", .part),
    ])
    func `an address is what it begins with`(text: String, kind: Address.Kind) throws {
        let address = try #require(Address(text))
        #expect(address.kind == kind)
        #expect("\(address)" == text)
    }

    @Test(arguments: [
        "", "Alice", "~", "~00000000000000f", "~00000000000000FF", "~00000000000000ff0", "@0123", "alice/", "/people",
        "alice/People", "alice/a/b", "@0123456789abcdef0123456789abcdef/x", "alice/abcdefghijklmnopq", "al ice",
        String(repeating: "z", count: 65), "~00000000000000fg",
    ])
    func `anything else is no address`(text: String) {
        #expect(Address(text) == nil)
    }

    @Test func `a user and a group are found in their address`() throws {
        let alice = try #require(UserName("alice"))
        #expect(Address(alice).user == alice)
        #expect(Address(alice).group == nil)
        #expect(Address(group: 255).text == "~00000000000000ff")
        #expect(Address(group: 255).group == 255)
        #expect(Address(group: .max).group == .max)
        #expect(Address(group: 255).user == nil)
        #expect(Address(alice).part("people").user == nil)
        #expect(Address(group: 255).part("order").group == nil)
    }

    @Test func `a claim is the same for any letters, and never changes`() {
        let claim = Address.claim(email: "Alice@Example.org")
        #expect(claim == Address.claim(email: "alice@example.org"))
        #expect(claim.text == "@7a64adf28737ea90719cbdf0b1a87a5e")
        #expect(claim != Address.claim(email: "bob@example.org"))
        #expect(Address.claim(mobile: "+41791234567").kind == .claim)
        #expect(Address(Address.claim(mobile: "+41791234567").text) == Address.claim(mobile: "+41791234567"))
    }

    @Test func `a part has the place of the whole`() throws {
        let alice = try #require(Address("alice"))
        #expect(alice.part("people").placeText == "alice")
        #expect(alice.placeText == "alice")
    }
}
