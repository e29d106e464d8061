import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/me`: what a person says of itself, and the end of it.
struct ProfileResources: Sendable {
    let access: AccountAccess
    let passwords: any PasswordService
    let limits: RequestLimits
    let ending: AccountEnding

    struct PrivacySettings: Codable {
        var findableByEmail: String?
        var findableByMobile: String?
        var presence: String?
        var readReceipts: Bool?
    }

    struct Me: ResponseEncodable {
        let user: String
        let device: String
        let displayName: String
        let avatar: String
        let email: String?
        let mobile: String?
        let privacy: PrivacySettings

        init(_ caller: AccountAccess.Caller) {
            let account = caller.account
            user = account.name.text
            device = String(caller.device)
            displayName = account.profile.displayName
            avatar = account.profile.avatar
            email = account.handle(.email)?.text
            mobile = account.handle(.mobile)?.text
            let privacy = account.profile.privacy
            self.privacy = PrivacySettings(
                findableByEmail: privacy.findableByEmail.text, findableByMobile: privacy.findableByMobile.text,
                presence: privacy.presence.text, readReceipts: privacy.readReceipts)
        }
    }

    struct Edit: Decodable {
        var displayName: String?
        var avatar: String?
        var privacy: PrivacySettings?
    }

    struct NewPassword: Decodable {
        let password: String
        let newPassword: String
        /// Whether the other devices have to log in anew.
        var removeDevices: Bool?
    }

    struct Confirmation: Decodable {
        let password: String
    }

    struct NewHandle: Decodable {
        var email: String?
        var mobile: String?
    }

    /// `GET /v1/me`
    func read(_ request: Request, _ context: ResourceContext) async throws -> Response {
        try Me(try await access.caller(of: request)).response(from: request, context: context)
    }

    /// `PATCH /v1/me`
    func edit(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let edit = try ProfileResources.edit(of: try await RequestBody.decode(Edit.self, request, context))
        let account = edit.isEmpty ? caller.account : try await access.change(caller.name, .edit(edit))
        return try Me(.init(account: account, device: caller.device)).response(from: request, context: context)
    }

    private static func edit(of body: Edit) throws(ResourceError) -> ProfileEdit {
        var edit = ProfileEdit()
        if let name = body.displayName {
            guard Profile.isShowable(name, bytesMax: Limits.displayNameBytesMax) else { throw .badDisplayName }
            edit.displayName = name
        }
        if let avatar = body.avatar {
            guard Profile.isAvatar(avatar) else { throw .badAvatar }
            edit.avatar = avatar
        }
        func audience(_ text: String?, _ field: String) throws(ResourceError) -> Audience? {
            guard let text else { return nil }
            guard let audience = Audience(text) else {
                throw .badRequest("\(field) is everyone, contacts or nobody")
            }
            return audience
        }
        edit.findableByEmail = try audience(body.privacy?.findableByEmail, "findableByEmail")
        edit.findableByMobile = try audience(body.privacy?.findableByMobile, "findableByMobile")
        edit.presence = try audience(body.privacy?.presence, "presence")
        edit.readReceipts = body.privacy?.readReceipts
        return edit
    }

    // MARK: Handles

    /// `PUT /v1/me/email`
    func putEmail(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let body = try await RequestBody.decode(NewHandle.self, request, context)
        guard let text = body.email else { throw ResourceError.badRequest("email is missing") }
        guard let handle = Handle(email: text) else { throw ResourceError.badEmail }
        return try await put(handle, caller, request, context)
    }

    /// `PUT /v1/me/mobile`
    func putMobile(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let body = try await RequestBody.decode(NewHandle.self, request, context)
        guard let text = body.mobile else { throw ResourceError.badRequest("mobile is missing") }
        guard let handle = Handle(mobile: text) else { throw ResourceError.badMobile }
        return try await put(handle, caller, request, context)
    }

    private func put(
        _ handle: Handle, _ caller: AccountAccess.Caller, _ request: Request, _ context: ResourceContext
    ) async throws -> Response {
        // The answer tells whether somebody has it, so it counts as looking somebody up.
        try limits.take(.lookup, caller.name.text)
        var account = caller.account
        if account.handle(handle.kind) != handle {
            let id = UniqueID(high: passwords.randomNumber(), low: passwords.randomNumber())
            account = try await access.take(handle, for: caller.name, id: id)
        }
        return try Me(.init(account: account, device: caller.device)).response(from: request, context: context)
    }

    /// `DELETE /v1/me/email`
    func dropEmail(_ request: Request, _ context: ResourceContext) async throws -> Response {
        try await drop(.email, request)
    }

    /// `DELETE /v1/me/mobile`
    func dropMobile(_ request: Request, _ context: ResourceContext) async throws -> Response {
        try await drop(.mobile, request)
    }

    private func drop(_ kind: Handle.Kind, _ request: Request) async throws -> Response {
        let caller = try await access.caller(of: request)
        for claim in caller.account.taken + caller.account.pending where claim.handle.kind == kind {
            try await access.drop(claim, of: caller.name)
        }
        return Response(status: .noContent)
    }

    // MARK: Password and end

    /// `PUT /v1/me/password`
    func putPassword(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let body = try await RequestBody.decode(NewPassword.self, request, context)
        let new = Array(body.newPassword.utf8)
        guard new.count >= Limits.passwordBytesMin else { throw ResourceError.passwordTooShort }
        guard new.count <= Limits.passwordBytesMax else { throw ResourceError.passwordTooLong }
        try await check(body.password, of: caller, context)
        let record = try await PasswordWork.hashing { () async throws(PasswordServiceError) in
            try await passwords.record(of: new)
        }
        try await access.change(
            caller.name,
            .setPassword(
                from: caller.account.password, to: record, keepingOnly: body.removeDevices == true ? caller.device : nil
            ))
        return Response(status: .noContent)
    }

    /// `DELETE /v1/me`
    func delete(_ request: Request, _ context: ResourceContext) async throws -> Response {
        // One that has begun may be asked for again, by the devices that the account had then.
        let caller = try await access.bearer(of: request)
        guard caller.account.state != .disabled else { throw ResourceError.accountDisabled }
        let body = try await RequestBody.decode(Confirmation.self, request, context)
        try await check(body.password, of: caller, context)
        try await ending.end(caller.name)
        return Response(status: .noContent)
    }

    private func check(_ password: String, of caller: AccountAccess.Caller, _ context: ResourceContext) async throws {
        try limits.take(.login, "\(caller.name) \(context.remoteAddress)")
        let matches = try await PasswordWork.hashing { () async throws(PasswordServiceError) in
            try await passwords.matches(Array(password.utf8), caller.account.password)
        }
        guard matches else { throw ResourceError.wrongCredentials }
    }
}

extension Audience {
    /// As the resources write it.
    var text: String { "\(self)" }

    /// Reads what ``text`` writes.
    init?(_ text: String) {
        guard let audience = Audience.allCases.first(where: { $0.text == text }) else { return nil }
        self = audience
    }
}
