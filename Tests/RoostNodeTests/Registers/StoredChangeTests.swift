import RoostConsensus
import RoostCore
import RoostNode
import Testing

/// Changes to accounts, handles and lists as data: applied twice they are applied once, and what forbids them says so.
@Suite struct StoredChangeTests {
    private func alice(_ state: Account.State = .active) throws -> Account {
        let name = try #require(UserName("alice"))
        var account = Account(name: name, password: Self.password(1))
        _ = account.put(Self.device(1))
        if state == .disabled { _ = account.setDisabled(true) }
        if state == .closing || state == .deleted { account.close() }
        if state == .deleted { _ = account.delete() }
        return account
    }

    private static func password(_ salt: UInt8) -> PasswordRecord {
        PasswordRecord(costLog2: 1, blockSize: 1, parallelism: 1, salt: [salt], hash: [salt])
    }

    private static func device(_ id: DeviceID) -> Account.Device {
        Account.Device(id: id, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)
    }

    private static func claim() throws -> HandleClaim {
        HandleClaim(handle: try #require(Handle(mobile: "+4930123456")), id: UniqueID(high: 1, low: 1))
    }

    static let changes: [AccountChange] = [
        .putDevice(device(2)), .renameDevice(1, "telephone"), .removeDevice(1),
        .setPassword(from: password(1), to: password(2), keepingOnly: 1), .setDisabled(true), .close,
    ]

    @Test(arguments: changes)
    func `a change that met its own first attempt leaves it alone`(change: AccountChange) throws {
        let once = change.apply(to: try alice().encode())
        guard case .write(let value) = once else { return #expect(Bool(false), "\(once)") }
        let twice = change.apply(to: value)
        if case .removeDevice = change {
            #expect(twice == .refuse(reason: AccountChange.Refusal.unknownDevice.rawValue))
        } else {
            #expect(twice == .keep)
        }
    }

    @Test(arguments: changes)
    func `nothing is changed in an account that is not there`(change: AccountChange) throws {
        #expect(change.apply(to: []) == .refuse(reason: AccountChange.Refusal.unknown.rawValue))
        #expect(change.apply(to: [1, 2, 3]) == .refuse(reason: AccountChange.Refusal.unreadable.rawValue))
    }

    @Test func `an account that is not in use takes what ends it, and nothing else`() throws {
        let claim = try Self.claim()
        let ordinary: [AccountChange] = [
            .putDevice(Self.device(2)), .renameDevice(1, "x"), .removeDevice(1), .edit(ProfileEdit()),
            .setPassword(from: Self.password(1), to: Self.password(2), keepingOnly: nil), .beginClaim(claim),
        ]
        for (state, reason) in [
            (Account.State.disabled, AccountChange.Refusal.disabled), (.closing, .unknown), (.deleted, .unknown),
        ] {
            let value = try alice(state).encode()
            for change in ordinary { #expect(change.apply(to: value) == .refuse(reason: reason.rawValue)) }
            #expect(AccountChange.dropClaim(claim).apply(to: value) == .keep)
            #expect(AccountChange.create(try alice()).apply(to: value) == .refuse(reason: 1))
        }
        let disabled = try alice(.disabled).encode()
        #expect(AccountChange.setDisabled(false).apply(to: disabled) == .write(try alice().encode()))
        for state in [Account.State.closing, .deleted] {
            let change = AccountChange.setDisabled(false)
            #expect(
                change.apply(to: try alice(state).encode()) == .refuse(reason: AccountChange.Refusal.unknown.rawValue))
        }
    }

    @Test func `an account is deleted in two steps only`() throws {
        let refused = RegisterDecision.refuse(reason: AccountChange.Refusal.unknown.rawValue)
        #expect(AccountChange.delete.apply(to: try alice().encode()) == refused)
        #expect(AccountChange.delete.apply(to: try alice(.disabled).encode()) == refused)
        guard case .write(let closing) = AccountChange.close.apply(to: try alice().encode()),
            case .write(let deleted) = AccountChange.delete.apply(to: closing)
        else { return #expect(Bool(false)) }
        #expect(try Account(decoding: deleted) == alice(.deleted))
        #expect(AccountChange.delete.apply(to: deleted) == .keep)
        #expect(AccountChange.close.apply(to: deleted) == .keep)
    }

    @Test func `of two who change the password one does, and devices go only if asked`() throws {
        var account = try alice()
        _ = account.put(Self.device(2))
        let first = AccountChange.setPassword(from: Self.password(1), to: Self.password(2), keepingOnly: nil)
        let second = AccountChange.setPassword(from: Self.password(1), to: Self.password(3), keepingOnly: 2)
        guard case .write(let value) = first.apply(to: account.encode()) else { return #expect(Bool(false)) }
        #expect(try Account(decoding: value).devices.map(\.id) == [1, 2])
        #expect(second.apply(to: value) == .refuse(reason: AccountChange.Refusal.passwordChanged.rawValue))
        guard case .write(let kept) = second.apply(to: account.encode()) else { return #expect(Bool(false)) }
        #expect(try Account(decoding: kept).devices.map(\.id) == [2])
    }

    @Test func `an edit changes what it names`() throws {
        var edit = ProfileEdit()
        #expect(edit.isEmpty)
        edit.displayName = "Alice"
        edit.presence = .nobody
        guard case .write(let value) = AccountChange.edit(edit).apply(to: try alice().encode()) else {
            return #expect(Bool(false))
        }
        let profile = try Account(decoding: value).profile
        #expect(profile == Profile(displayName: "Alice", privacy: Privacy(presence: .nobody)))
    }

    @Test func `lists take and give, and end at their limit`() throws {
        let bob = try #require(UserName("bob"))
        guard case .write(let value) = PeopleChange.add(bob, .blocked).apply(to: []) else {
            return #expect(Bool(false))
        }
        #expect(try People(decoding: value).blocked == [bob])
        #expect(PeopleChange.add(bob, .blocked).apply(to: value) == .keep)
        #expect(PeopleChange.remove(bob, .contacts).apply(to: value) == .keep)
        #expect(PeopleChange.remove(bob, .blocked).apply(to: value) == .write([]))
        #expect(PeopleChange.clear.apply(to: value) == .write([]))
        #expect(PeopleChange.clear.apply(to: []) == .keep)
        #expect(PeopleChange.clear.apply(to: [9]) == .refuse(reason: PeopleChange.Refusal.unreadable.rawValue))
        var people = People()
        for number in 0..<Limits.blockedMax { _ = people.add(try #require(UserName("n\(number)")), to: .blocked) }
        let full = PeopleChange.add(bob, .blocked).apply(to: people.encode())
        #expect(full == .refuse(reason: PeopleChange.Refusal.full.rawValue))
    }
}
