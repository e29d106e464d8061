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
        #expect(account.rename(1, to: "the old telephone") == true)
        account.profile = Profile(
            displayName: "Alice Ōe 🌷", avatar: "sha256:0f",
            privacy: Privacy(findableByMobile: .nobody, readReceipts: false))
        let claims = try AccountTests.claims()
        account.begin(claims.mobile)
        account.begin(claims.email)
        #expect(account.confirm(claims.mobile) == true)
        #expect(account.setDisabled(true) == true)
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

    @Test func `only what an account is taking can become its own, and only once`() throws {
        var account = try account()
        let (email, mobile) = try AccountTests.claims()
        let later = HandleClaim(handle: email.handle, id: UniqueID(high: 3, low: 3))
        #expect(account.confirm(email) == false)
        account.begin(email)
        account.begin(mobile)
        #expect(account.handle(.email) == nil)
        #expect(account.knows(email.id) && account.knows(mobile.id))
        account.begin(later)
        #expect(!account.knows(email.id))
        #expect(account.confirm(email) == false)
        #expect(account.confirm(later) == true)
        #expect(account.confirm(later) == true)
        #expect(account.handle(.email) == email.handle)
        #expect(account.has(email.handle, later.id) && !account.has(email.handle, email.id))
        #expect(account.handle(.mobile) == nil)
        account.begin(email)
        #expect(account.knows(later.id) && account.knows(email.id))
        #expect(account.confirm(email) == true)
        #expect(!account.knows(later.id))
        account.drop(email)
        #expect(account.handle(.email) == nil)
    }

    @Test func `an account that is disabled, being deleted or deleted lets nobody in`() throws {
        var account = try account()
        #expect(account.put(device(7)) == true)
        let token = AccessToken(user: account.name, device: 7, secret: AccountTests.secret)
        #expect(account.setDisabled(true) == true)
        #expect(!account.allows(token) && account.isToken(token))
        #expect(account.setDisabled(false) == true)
        #expect(account.allows(token))
        #expect(account.delete() == false)
        account.close()
        #expect(!account.allows(token) && account.isToken(token))
        #expect(account.setDisabled(false) == false)
        #expect(account.delete() == true)
        #expect(!account.isToken(token))
        #expect(account.state == .deleted)
        account.close()
        #expect(account.state == .deleted)
        #expect(account.setDisabled(false) == false)
        #expect(try Account(decoding: account.encode()) == account)
    }

    @Test func `devices are named, and all but one removed`() throws {
        var account = try account()
        for id in 1...3 as ClosedRange<UInt64> { #expect(account.put(device(id)) == true) }
        #expect(account.rename(2, to: "tablet") == true)
        #expect(account.rename(4, to: "tablet") == false)
        // A new token for it keeps the name.
        #expect(account.put(device(2, secret: Array(1..<33))) == true)
        #expect(account.devices.map(\.name) == ["", "tablet", ""])
        account.removeDevices(except: 2)
        #expect(account.devices.map(\.id) == [2])
    }

    private static func claims() throws -> (email: HandleClaim, mobile: HandleClaim) {
        let email = try #require(Handle(email: "Alice@example.org"))
        let mobile = try #require(Handle(mobile: "+493012345678"))
        return (
            HandleClaim(handle: email, id: UniqueID(high: 1, low: 1)),
            HandleClaim(handle: mobile, id: UniqueID(high: 2, low: 2))
        )
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
