import Foundation
import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/users` and `/v1/sessions`: accounts, and the devices that are logged in to them.
struct AccountResources: Sendable {
    let access: AccountAccess
    let passwords: any PasswordService
    let limits: RequestLimits

    struct NewUser: Decodable {
        let name: String
        let password: String
        /// Log a first device in at once.
        var session: Bool?
        /// What the person calls that device.
        var deviceName: String?
    }

    struct NewSession: Decodable {
        let name: String
        let password: String
        /// A device that the account has, to get a new token for.
        var device: String?
        /// What the person calls the device.
        var deviceName: String?
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
        let body = try await RequestBody.decode(NewUser.self, request, context)
        guard let name = UserName(body.name) else { throw ResourceError.badUserName }
        let password = Array(body.password.utf8)
        guard password.count >= Limits.passwordBytesMin else { throw ResourceError.passwordTooShort }
        guard password.count <= Limits.passwordBytesMax else { throw ResourceError.passwordTooLong }
        try AccountResources.checkDeviceName(body.deviceName)
        if !context.isFromThisMachine { try limits.take(.account, context.remoteAddress) }
        // Asked first because it is cheap and the hash is not.
        guard try await access.account(named: name) == nil else { throw ResourceError.nameTaken }

        let record = try await PasswordWork.hashing { () async throws(PasswordServiceError) in
            try await passwords.record(of: password)
        }
        guard body.session == true else {
            try await create(Account(name: name, password: record))
            return try created(User(user: name.text), request, context)
        }
        let (token, device) = newToken(for: name, device: nil, called: body.deviceName)
        try await create(Account(name: name, password: record, devices: [device]))
        return try created(answer(token), request, context)
    }

    /// `POST /v1/sessions`
    func createSession(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let body = try await RequestBody.decode(NewSession.self, request, context)
        var known: DeviceID?
        if let text = body.device {
            guard let device = DeviceID(text) else { throw ResourceError.badRequest("device must be a decimal number") }
            known = device
        }
        try AccountResources.checkDeviceName(body.deviceName)
        try limits.take(.login, "\(body.name.prefix(UserName.lengthMax)) \(context.remoteAddress)")
        // A name that cannot be anybody's is treated like one that is nobody's.
        var found: Account?
        if let name = UserName(body.name) { found = try await access.account(named: name) }
        let record = found?.isPerson == true ? found?.password : nil
        let matches = try await PasswordWork.hashing { () async throws(PasswordServiceError) in
            try await passwords.matches(Array(body.password.utf8), record)
        }
        guard matches, let account = found else { throw ResourceError.wrongCredentials }
        guard account.state == .active else { throw ResourceError.accountDisabled }
        if let known, !account.devices.contains(where: { $0.id == known }) { throw ResourceError.unknownDevice }

        let (token, device) = newToken(for: account.name, device: known, called: body.deviceName)
        try await access.change(account.name, .putDevice(device))
        return try created(answer(token), request, context)
    }

    /// `DELETE /v1/sessions`
    func deleteSession(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        do {
            try await access.change(caller.name, .removeDevice(caller.device))
        } catch ResourceError.unknownDevice {
            // Somebody else has just removed it, which is what was asked for.
        }
        return Response(status: .noContent)
    }

    private func create(_ account: Account) async throws(ResourceError) {
        do {
            try await access.change(account.name, .create(account))
        } catch .nameTaken {
            // A round that had to be repeated can meet its own first attempt: the salt says whose the account is.
            guard try await access.account(named: account.name)?.password == account.password else { throw .nameTaken }
        }
    }

    // MARK: Secrets

    private static func checkDeviceName(_ name: String?) throws(ResourceError) {
        guard Profile.isShowable(name ?? "", bytesMax: Limits.deviceNameBytesMax) else { throw .badDeviceName }
    }

    private func newToken(
        for user: UserName, device: DeviceID?, called name: String?
    ) -> (AccessToken, Account.Device) {
        let id = device ?? max(1, passwords.randomNumber())
        let token = AccessToken(user: user, device: id, secret: passwords.randomBytes(AccessToken.secretBytes))
        let now = UInt64(Date().timeIntervalSince1970 * 1000)
        return (token, Account.Device(id: id, secretHash: token.secretHash, addedAtMilliseconds: now, name: name ?? ""))
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
