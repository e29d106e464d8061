import RoostCore
import Testing

/// What is kept of a user, and the token that a device shows.
@Suite struct AccountTests {
    static let secret = [UInt8](0..<32)

    private func account() throws -> Account {
        let name = try #require(UserName("al.ice"))
        let password = PasswordRecord(
            costLog2: 15, blockSize: 8, parallelism: 3, salt: Array(0..<16), hash: Array(32..<64))
        return Account(name: name, password: password)
    }

    private func device(_ id: DeviceID, secret: [UInt8] = secret) -> Account.Device {
        Account.Device(id: id, secretHash: SHA256.hash(secret), addedAtMilliseconds: 1_700_000_000_000)
    }

    @Test func `an account comes back from its bytes, and from no part of them`() throws {
        var account = try account()
        #expect(account.put(device(1)) == true)
        #expect(account.put(device(.max)) == true)
        let bytes = account.encode()
        #expect(try Account(decoding: bytes) == account)
        for length in 0..<bytes.count {
            #expect(throws: ByteReaderError.self) { try Account(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: ByteReaderError.trailingBytes(1)) { try Account(decoding: bytes + [0]) }
        #expect(throws: ByteReaderError.invalidValue(field: "account version")) {
            try Account(decoding: [9] + bytes.dropFirst())
        }
    }

    @Test func `devices are added up to the limit, renewed and removed`() throws {
        var account = try account()
        for id in 1...UInt64(Limits.devicesMax) { #expect(account.put(device(id)) == true) }
        #expect(account.put(device(99)) == false)
        #expect(account.put(device(1, secret: Array(1..<33))) == true)
        #expect(account.devices.count == Limits.devicesMax)
        #expect(account.remove(2) == true)
        #expect(account.remove(2) == false)
        #expect(account.put(device(99)) == true)
    }

    @Test func `a token lets in its device with its secret only`() throws {
        var account = try account()
        #expect(account.put(device(7)) == true)
        let bob = try #require(UserName("bob"))
        #expect(account.allows(AccessToken(user: account.name, device: 7, secret: AccountTests.secret)))
        #expect(!account.allows(AccessToken(user: account.name, device: 8, secret: AccountTests.secret)))
        #expect(!account.allows(AccessToken(user: bob, device: 7, secret: AccountTests.secret)))
        for bit in 0..<256 {
            var wrong = AccountTests.secret
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!account.allows(AccessToken(user: account.name, device: 7, secret: wrong)))
        }
    }

    @Test func `a token is read from its text, though names hold dots`() throws {
        let name = try #require(UserName("a.b.c"))
        let token = AccessToken(user: name, device: 255, secret: AccountTests.secret)
        #expect(token.text == "a.b.c.00000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(AccessToken(token.text) == token)
    }

    @Test(arguments: [
        "", ".", "..", "alice", "alice.00000000000000ff", "alice.00000000000000ff.",
        "alice.0000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "alice.00000000000000fg.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "alice.00000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",
        "alice.00000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh",
        "alice.00000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ".00000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "Alice.00000000000000ff.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ])
    func `what is no token is refused`(text: String) {
        #expect(AccessToken(text) == nil)
    }

    @Test func `equality in constant time is equality`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1]))
    }
}
