import Foundation
import RoostCore
import RoostNode

/// Groups, as the resources read and change them.
struct GroupAccess: Sendable {
    let accounts: AccountAccess
    let passwords: any PasswordService
    /// Most members of a group.
    var membersMax = Limits.groupMembersMax

    private var registers: any RegisterService { accounts.registers }

    /// A group as it is decided, and whether all of that is in force.
    struct Standing: Sendable {
        let address: Address
        let group: Group
        /// Whether what is sent from now on comes after the last change.
        let isInForce: Bool
    }

    /// How many people are looked up at once when a group is made.
    private static let lookupsAtOnce = 16
    /// Between two looks whether a change is in force.
    private static let pause = Duration.milliseconds(50)
    /// How often that is looked at: a change that is not in force by then is answered as decided.
    private static let looksMax = 60

    // MARK: Reading

    /// The group, as somebody in it may see it.
    func group(_ address: Address, seenBy user: UserName) async throws(ResourceError) -> Group {
        guard let group = try await group(address), group.contains(Address(user)) else { throw .unknownGroup }
        return group
    }

    /// The same, and whether all of it is in force.
    func standing(_ address: Address, seenBy user: UserName) async throws(ResourceError) -> Standing {
        try await place(address, seenBy: user).standing
    }

    /// The same, and the number that is given next in the group's order.
    func place(
        _ address: Address, seenBy user: UserName
    ) async throws(ResourceError) -> (standing: Standing, next: StreamNumber) {
        let group = try await group(address, seenBy: user)
        guard let order = await registers.order(of: address) else { throw .unavailable }
        return (
            Standing(address: address, group: group, isInForce: order.version >= group.version), order.next
        )
    }

    /// The group; `nil` when there is none.
    func group(_ address: Address) async throws(ResourceError) -> Group? {
        try GroupAccess.group(in: await registers.perform(.read(address)))
    }

    private static func group(in answer: RegisterAnswer) throws(ResourceError) -> Group? {
        let value = try answer.value { ResourceError(Group.Refusal(rawValue: $0) ?? .unreadable) }
        guard !value.isEmpty else { return nil }
        guard let group = Group(stored: value) else { throw .internalError }
        return group
    }

    // MARK: Changing

    /// Makes a group.
    func create(named name: String, by author: UserName, with others: [UserName]) async throws(ResourceError)
        -> Standing
    {
        guard others.count < membersMax else { throw ResourceError(Group.Refusal.full) }
        let made = Group.made(
            by: Address(author), name: name, with: others.map { Address($0) }, id: passwords.randomNumber(),
            atMilliseconds: now)
        let group: Group
        switch made {
        case .failure(let refusal): throw ResourceError(refusal)
        case .success(let new): group = new
        }
        let address = Address(group: max(1, passwords.randomNumber()))
        try await note(address, for: author)
        try await invite(others, into: address, by: author)
        return try await change(address, .create(group)) { _ in group.version }
    }

    /// Changes a group.
    func edit(
        _ address: Address, _ edit: Group.Edit, by author: UserName
    ) async throws(ResourceError) -> Standing {
        let id = passwords.randomNumber()
        return try await change(
            address, .edit(edit, by: Address(author), id: id, atMilliseconds: now, membersMax: membersMax)
        ) { group in
            group.made.first { $0.id == id }?.version ?? group.version
        }
    }

    /// Makes a change, and waits for a while until it is in force: what is sent after the answer comes after the change then.
    private func change(
        _ address: Address, _ change: GroupChange, version: (Group) -> UInt64
    ) async throws(ResourceError) -> Standing {
        guard let group = try GroupAccess.group(in: await registers.perform(.change(address, .group(change)))) else {
            throw .internalError
        }
        let wanted = version(group)
        for look in 0..<GroupAccess.looksMax {
            if let order = await registers.order(of: address), order.version >= wanted {
                return Standing(address: address, group: group, isInForce: true)
            }
            guard look < GroupAccess.looksMax - 1, await isLate() else { break }
        }
        return Standing(address: address, group: group, isInForce: false)
    }

    /// Waits until the next look; false when whoever asked has gone.
    private func isLate() async -> Bool {
        do {
            try await Task.sleep(for: GroupAccess.pause)
            return true
        } catch {
            return false
        }
    }

    // MARK: Taking people in

    /// Takes people up who may be taken in, so that they can be put on the list of a group.
    func invite(_ users: [UserName], into group: Address, by author: UserName) async throws(ResourceError) {
        let failure = await withTaskGroup(of: ResourceError?.self) { tasks in
            var rest = users[...]
            func next() {
                guard let user = rest.popFirst() else { return }
                tasks.addTask {
                    do throws(ResourceError) {
                        try await checkInvitable(user, by: author)
                        try await note(group, for: user)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for _ in 0..<GroupAccess.lookupsAtOnce { next() }
            while let ended = await tasks.next() {
                if let failure = ended { return failure as ResourceError? }
                next()
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Whether somebody may be taken in: an account in use that has not blocked who asks.
    private func checkInvitable(_ user: UserName, by author: UserName) async throws(ResourceError) {
        guard let account = try await accounts.account(named: user), account.state == .active,
            !(try await accounts.people(of: user).has(author, on: .blocked))
        else { throw .nobodyToTakeIn(user) }
    }

    // MARK: The groups of a user

    /// Notes that a user may be in a group.
    func note(_ group: Address, for user: UserName) async throws(ResourceError) {
        guard let id = group.group else { throw .unknownGroup }
        try await change(user, .add(.init(group: id, notedAtMilliseconds: now)))
    }

    /// The groups that a user may be in.
    func joined(by user: UserName) async throws(ResourceError) -> JoinedGroups {
        try joined(in: await registers.perform(.read(Address(user).part(JoinedGroups.part))), by: user)
    }

    @discardableResult
    func change(_ user: UserName, _ change: JoinedGroupsChange) async throws(ResourceError) -> JoinedGroups {
        try joined(
            in: await registers.perform(.change(Address(user).part(JoinedGroups.part), .joined(change))), by: user)
    }

    private func joined(in answer: RegisterAnswer, by user: UserName) throws(ResourceError) -> JoinedGroups {
        let value = try answer.value { reason in
            switch JoinedGroupsChange.Refusal(rawValue: reason) {
            case .full: .tooManyGroups
            case .closed: .nobodyToTakeIn(user)
            case .unreadable, nil: .internalError
            }
        }
        do throws(ByteReaderError) {
            return try JoinedGroups(decoding: value)
        } catch {
            throw .internalError
        }
    }

    // MARK: Time

    /// Milliseconds since 1970.
    var now: UInt64 { UInt64(Date().timeIntervalSince1970 * 1000) }
}
