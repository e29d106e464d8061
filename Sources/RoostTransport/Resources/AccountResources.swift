import Foundation
import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/users` and `/v1/sessions`: accounts, and the devices that are logged in to them.
struct AccountResources: Sendable {
    let registers: any RegisterService
    let passwords: any PasswordService

    struct NewUser: Decodable {
        let name: String
        let password: String
        /// Log a first device in at once.
        var session: Bool?
    }

    struct NewSession: Decodable {
        let name: String
        let password: String
        /// A device that the account has, to get a new token for.
        var device: String?
    }

    struct User: ResponseEncodable {
        let user: String
    }

    struct Session: ResponseEncodable {
        let user: String
        /// Decimal, in a string because JavaScript's numbers end at 2^53.
        let device: String
        let token: String
    }

    /// `POST /v1/users`
    func createUser(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let body = try await decode(NewUser.self, request, context)
        guard let name = UserName(body.name) else { throw ResourceError.badUserName }
        let password = Array(body.password.utf8)
        guard password.count >= Limits.passwordBytesMin else { throw ResourceError.passwordTooShort }
        guard password.count <= Limits.passwordBytesMax else { throw ResourceError.passwordTooLong }
        // Asked first because it is cheap and the hash is not.
        guard try await account(named: name) == nil else { throw ResourceError.nameTaken }

        let record = try await hashing { () async throws(PasswordServiceError) in
            try await passwords.record(of: password)
        }
        guard body.session == true else {
            try await create(Account(name: name, password: record))
            return try created(User(user: name.text), request, context)
        }
        let (token, device) = newToken(for: name, device: nil)
        try await create(Account(name: name, password: record, devices: [device]))
        return try created(answer(token), request, context)
    }

    /// `POST /v1/sessions`
    func createSession(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let body = try await decode(NewSession.self, request, context)
        var known: DeviceID?
        if let text = body.device {
            guard let device = DeviceID(text) else { throw ResourceError.badRequest("device must be a decimal number") }
            known = device
        }
        // A name that cannot be anybody's is treated like one that is nobody's.
        var found: Account?
        if let name = UserName(body.name) { found = try await account(named: name) }
        let record = found?.password
        let matches = try await hashing { () async throws(PasswordServiceError) in
            try await passwords.matches(Array(body.password.utf8), record)
        }
        guard matches, let account = found else { throw ResourceError.wrongCredentials }
        if let known, !account.devices.contains(where: { $0.id == known }) { throw ResourceError.unknownDevice }

        let (token, device) = newToken(for: account.name, device: known)
        try await change(account.name, .putDevice(device))
        return try created(answer(token), request, context)
    }

    /// `DELETE /v1/sessions`
    func deleteSession(_ request: Request, _ context: ResourceContext) async throws -> Response {
        guard let text = UpgradeRequest.bearerToken(in: request.headers[.authorization]), let token = AccessToken(text),
            let account = try await account(named: token.user), account.allows(token)
        else { throw ResourceError.unauthenticated }
        do {
            try await change(token.user, .removeDevice(token.device))
        } catch ResourceError.unknownDevice {
            // Somebody else has just removed it, which is what was asked for.
        }
        return Response(status: .noContent)
    }

    // MARK: Accounts

    private func account(named name: UserName) async throws(ResourceError) -> Account? {
        try account(in: AccountAnswer(await registers.perform(.read(Address(name)))))
    }

    private func create(_ account: Account) async throws(ResourceError) {
        do {
            try await change(account.name, .create(account))
        } catch .nameTaken {
            // A round that had to be repeated can meet its own first attempt: the salt says whose the account is.
            guard try await self.account(named: account.name)?.password == account.password else { throw .nameTaken }
        }
    }

    private func change(_ name: UserName, _ change: AccountChange) async throws(ResourceError) {
        _ = try account(in: AccountAnswer(await registers.perform(.change(Address(name), .account(change)))))
    }

    private func account(in answer: AccountAnswer) throws(ResourceError) -> Account? {
        switch answer {
        case .account(let account): return account
        case .refused(.exists): throw .nameTaken
        case .refused(.tooManyDevices): throw .tooManyDevices
        case .refused(.unknown), .refused(.unknownDevice): throw .unknownDevice
        case .refused(.unreadable): throw .internalError
        case .unavailable: throw .unavailable
        case .outcomeUnknown: throw .outcomeUnknown
        }
    }

    // MARK: Secrets

    private func hashing<Value>(
        _ body: () async throws(PasswordServiceError) -> Value
    ) async throws(ResourceError) -> Value {
        do {
            return try await body()
        } catch {
            throw .overloaded
        }
    }

    private func newToken(for user: UserName, device: DeviceID?) -> (AccessToken, Account.Device) {
        let id = device ?? max(1, passwords.randomBytes(8).reduce(0) { $0 << 8 | DeviceID($1) })
        let token = AccessToken(user: user, device: id, secret: passwords.randomBytes(AccessToken.secretBytes))
        let now = UInt64(Date().timeIntervalSince1970 * 1000)
        return (token, Account.Device(id: id, secretHash: token.secretHash, addedAtMilliseconds: now))
    }

    // MARK: JSON

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ request: Request, _ context: ResourceContext
    ) async throws -> Value {
        do {
            return try await context.requestDecoder.decode(type, from: request, context: context)
        } catch let error as DecodingError {
            throw ResourceError.badRequest(AccountResources.text(of: error))
        }
    }

    /// Says which field is wrong, and repeats nothing of the body.
    private static func text(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.last.map { "\($0.stringValue) has the wrong type" } ?? "the body must be a JSON object"
        default: "the body must be a JSON object"
        }
    }

    private func answer(_ token: AccessToken) -> Session {
        Session(user: token.user.text, device: String(token.device), token: token.text)
    }

    private func created(
        _ value: some ResponseEncodable, _ request: Request, _ context: ResourceContext
    ) throws -> Response {
        var response = try value.response(from: request, context: context)
        response.status = .created
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
