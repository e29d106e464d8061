import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// Accounts, as the resources read and change them: what comes of a register is a value or an answer to the client.
struct AccountAccess: Sendable {
    let registers: any RegisterService

    /// Who asks, by the token of a session.
    struct Caller: Sendable {
        let account: Account
        let device: DeviceID

        var name: UserName { account.name }
    }

    // MARK: Who asks

    /// Whose token the request carries, if the account is in use.
    func caller(of request: Request) async throws(ResourceError) -> Caller {
        let caller = try await bearer(of: request)
        switch caller.account.state {
        case .active: return caller
        case .disabled: throw .accountDisabled
        case .closing, .deleted: throw .unauthenticated
        }
    }

    /// Whose token the request carries, whatever the state of the account.
    func bearer(of request: Request) async throws(ResourceError) -> Caller {
        guard let text = UpgradeRequest.bearerToken(in: request.headers[.authorization]), let token = AccessToken(text),
            let account = try await account(named: token.user), account.isToken(token)
        else { throw .unauthenticated }
        return Caller(account: account, device: token.device)
    }

    // MARK: Accounts

    /// The account of this name, in whatever state; `nil` when the name was never taken.
    func account(named name: UserName) async throws(ResourceError) -> Account? {
        try account(in: AccountAnswer(await registers.perform(.read(Address(name)))))
    }

    /// Changes an account. Returns what has come of it.
    @discardableResult
    func change(_ name: UserName, _ change: AccountChange) async throws(ResourceError) -> Account {
        let answer = AccountAnswer(await registers.perform(.change(Address(name), .account(change))))
        guard let account = try account(in: answer) else { throw .internalError }
        return account
    }

    private func account(in answer: AccountAnswer) throws(ResourceError) -> Account? {
        switch answer {
        case .account(let account): return account
        case .refused(.exists): throw .nameTaken
        case .refused(.tooManyDevices): throw .tooManyDevices
        case .refused(.unknown): throw .unknownUser
        case .refused(.unknownDevice): throw .unknownDevice
        case .refused(.disabled): throw .accountDisabled
        case .refused(.passwordChanged), .refused(.claimGone): throw .changedMeanwhile
        case .refused(.unreadable): throw .internalError
        case .unavailable: throw .unavailable
        case .outcomeUnknown: throw .outcomeUnknown
        }
    }

    // MARK: Lists

    /// The contacts and blocks of a user.
    func people(of name: UserName) async throws(ResourceError) -> People {
        try people(in: await registers.perform(.read(Address(name).part(People.part))), tooMany: .internalError)
    }

    /// Changes the contacts or blocks of a user, and returns what has come of it; throws `tooMany` when the list is full.
    @discardableResult
    func change(
        _ name: UserName, _ change: PeopleChange, tooMany: ResourceError = .internalError
    ) async throws(ResourceError) -> People {
        let address = Address(name).part(People.part)
        return try people(in: await registers.perform(.change(address, .people(change))), tooMany: tooMany)
    }

    private func people(in answer: RegisterAnswer, tooMany: ResourceError) throws(ResourceError) -> People {
        let value = try answer.value { $0 == PeopleChange.Refusal.full.rawValue ? tooMany : .internalError }
        do throws(ByteReaderError) {
            return try People(decoding: value)
        } catch {
            throw .internalError
        }
    }

    // MARK: Handles

    /// Who has a handle, by the register and by the account's own word; `nil` for nobody.
    func account(with handle: Handle) async throws(ResourceError) -> Account? {
        let value = try await registers.perform(.read(handle.address)).value()
        guard !value.isEmpty else { return nil }
        let holder: HandleHolder
        do throws(ByteReaderError) {
            holder = try HandleHolder(decoding: value)
        } catch {
            throw .internalError
        }
        let account = try await account(named: holder.user)
        return account?.has(handle, holder.id) == true ? account : nil
    }

    /// Takes a handle for an account.
    func take(_ handle: Handle, for name: UserName, id: UniqueID) async throws(ResourceError) -> Account {
        var taking = HandleTaking(user: name, claim: HandleClaim(handle: handle, id: id))
        var request = taking.first
        while true {
            switch taking.answered(await registers.perform(request)) {
            case .ask(let next): request = next
            case .ended(.taken(let account)): return account
            case .ended(.anothers): throw handle.kind == .email ? .emailTaken : .mobileTaken
            case .ended(.superseded): throw .changedMeanwhile
            case .ended(.noAccount): throw .unauthenticated
            case .ended(.contended): throw .overloaded
            case .ended(.unreadable): throw .internalError
            case .ended(.unavailable): throw .outcomeUnknown
            }
        }
    }

    /// Gives up a handle. Its register may go on naming the account for a while: the claim is stale, and anybody's.
    func drop(_ claim: HandleClaim, of name: UserName) async throws(ResourceError) {
        try await change(name, .dropClaim(claim))
        _ = await registers.perform(HandleTaking.release(claim, of: name))
    }
}
