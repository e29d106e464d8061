import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `GET /v1/users…`: finds one person by the whole of the name, e-mail address or telephone number. There is no listing.
struct LookupResources: Sendable {
    let access: AccountAccess
    let limits: RequestLimits

    struct Person: ResponseEncodable {
        let user: String
        let displayName: String
        let avatar: String

        init(_ account: Account) {
            user = account.name.text
            displayName = account.profile.displayName
            avatar = account.profile.avatar
        }
    }

    /// `GET /v1/users/{name}`
    func byName(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        try limits.take(.lookup, caller.name.text)
        guard let name = UserName(context.parameters.get("name") ?? "") else { throw ResourceError.badUserName }
        guard let account = try await access.account(named: name), account.isPerson else {
            throw ResourceError.unknownUser
        }
        return try Person(account).response(from: request, context: context)
    }

    /// `GET /v1/users?email=…` and `GET /v1/users?mobile=…`
    func byHandle(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        try limits.take(.lookup, caller.name.text)
        let handle: Handle
        switch (request.uri.queryParameters["email"], request.uri.queryParameters["mobile"]) {
        case (let text?, nil):
            guard let email = Handle(email: String(text)) else { throw ResourceError.badEmail }
            handle = email
        case (nil, let text?):
            guard let mobile = Handle(mobile: String(text)) else { throw ResourceError.badMobile }
            handle = mobile
        default:
            throw ResourceError.badRequest("ask for one email or one mobile")
        }
        // Nobody, somebody who does not want to be found and somebody who has blocked the caller are one answer.
        guard let account = try await access.account(with: handle), account.isPerson else {
            throw ResourceError.unknownUser
        }
        if account.name != caller.name {
            let people = try await access.people(of: account.name)
            guard people.belongs(caller.name, to: account.profile.privacy.audience(of: handle.kind)),
                !people.has(caller.name, on: .blocked)
            else { throw ResourceError.unknownUser }
        }
        return try Person(account).response(from: request, context: context)
    }
}

extension Account {
    /// Whether there is somebody: also one who is shut out for now.
    var isPerson: Bool { state == .active || state == .disabled }
}
