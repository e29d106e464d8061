import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/contacts` and `/v1/blocks`: whom the caller knows, and of whom it wants to hear nothing.
struct PeopleResources: Sendable {
    let access: AccountAccess
    let mailboxes: any MailboxService
    let limits: RequestLimits

    struct Contacts: ResponseEncodable {
        let contacts: [String]
    }

    struct Blocked: ResponseEncodable {
        let blocked: [String]
    }

    /// `GET /v1/contacts`
    func contacts(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let people = try await access.people(of: caller.name)
        return try Contacts(contacts: people.contacts.map(\.text)).response(from: request, context: context)
    }

    /// `GET /v1/blocks`
    func blocked(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let people = try await access.people(of: caller.name)
        return try Blocked(blocked: people.blocked.map(\.text)).response(from: request, context: context)
    }

    /// `PUT /v1/contacts/{name}`
    func addContact(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let (caller, name) = try await pair(request, context)
        // Who is not there cannot be known; and to learn that counts as looking somebody up.
        try limits.take(.lookup, caller.name.text)
        guard try await access.account(named: name)?.isPerson == true else { throw ResourceError.unknownUser }
        try await access.change(caller.name, .add(name, .contacts), tooMany: .tooManyContacts)
        return Response(status: .noContent)
    }

    /// `DELETE /v1/contacts/{name}`
    func removeContact(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let (caller, name) = try await pair(request, context)
        try await access.change(caller.name, .remove(name, .contacts))
        return Response(status: .noContent)
    }

    /// `PUT /v1/blocks/{name}`
    func block(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let (caller, name) = try await pair(request, context)
        try await access.change(caller.name, .add(name, .blocked), tooMany: .tooManyBlocked)
        // What waits of that person's is not wanted either.
        guard case .erased = await mailboxes.ask(.drop(user: Address(caller.name), from: Address(name))) else {
            throw ResourceError.outcomeUnknown
        }
        return Response(status: .noContent)
    }

    /// `DELETE /v1/blocks/{name}`
    func unblock(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let (caller, name) = try await pair(request, context)
        try await access.change(caller.name, .remove(name, .blocked))
        return Response(status: .noContent)
    }

    private func pair(
        _ request: Request, _ context: ResourceContext
    ) async throws(ResourceError) -> (AccountAccess.Caller, UserName) {
        let caller = try await access.caller(of: request)
        guard let name = UserName(context.parameters.get("name") ?? "") else { throw .badUserName }
        guard name != caller.name else { throw .badRequest("that is yourself") }
        return (caller, name)
    }
}
