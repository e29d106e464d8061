import HTTPTypes
import Hummingbird
import RoostCore

/// `/v1/groups/{group}/members`, `/admins`, `/link` and `/join`: who is in a group and who may change that.
struct GroupMemberResources: Sendable {
    let access: GroupAccess

    struct NewMembers: Decodable {
        let members: [String]
    }

    struct Entrance: Decodable {
        let secret: String
    }

    /// `POST /v1/groups/{group}/members`
    func add(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let users = try GroupRequest.users(try await RequestBody.decode(NewMembers.self, request, context).members)
        return try await add(users, by: caller.name, request, context)
    }

    /// `PUT /v1/groups/{group}/members/{name}`
    func addOne(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        return try await add([try GroupRequest.user(in: context)], by: caller.name, request, context)
    }

    private func add(
        _ users: [UserName], by author: UserName, _ request: Request, _ context: ResourceContext
    ) async throws -> Response {
        let address = try GroupRequest.group(in: context)
        // Nobody learns by this who there is that may not take people in.
        let group = try await access.group(address, seenBy: author)
        guard group.member(Address(author))?.isAdmin == true else { throw ResourceError(Group.Refusal.notAnAdmin) }
        guard users.count <= Limits.groupMembersAtOnce else { throw ResourceError(Group.Refusal.badRequest) }
        try await access.invite(users, into: address, by: author)
        return try await edit(.add(users.map { Address($0) }), by: author, request, context)
    }

    /// `DELETE /v1/groups/{group}/members/{name}`: one's own name to leave.
    func remove(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let user = try GroupRequest.user(in: context)
        let isLeaving = user == caller.name
        let standing = try await access.edit(
            try GroupRequest.group(in: context), isLeaving ? .leave : .remove([Address(user)]), by: caller.name)
        guard !isLeaving else { return Response(status: .noContent) }
        return try GroupAnswer(standing).response(from: request, context: context)
    }

    /// `PUT /v1/groups/{group}/admins/{name}`
    func promote(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let user = Address(try GroupRequest.user(in: context))
        return try await edit(.promote(user), by: caller.name, request, context)
    }

    /// `DELETE /v1/groups/{group}/admins/{name}`
    func demote(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let user = Address(try GroupRequest.user(in: context))
        return try await edit(.demote(user), by: caller.name, request, context)
    }

    // MARK: Links

    /// `POST /v1/groups/{group}/link`
    func makeLink(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let address = try GroupRequest.group(in: context)
        let secret = hexadecimal(access.passwords.randomNumber()) + hexadecimal(access.passwords.randomNumber())
        _ = try await access.edit(address, .makeLink(hash: GroupMemberResources.hash(of: secret)), by: caller.name)
        var response = try GroupLinkAnswer(group: address.text, secret: secret)
            .response(from: request, context: context)
        response.status = .created
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// `DELETE /v1/groups/{group}/link`
    func revokeLink(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        _ = try await access.edit(try GroupRequest.group(in: context), .revokeLink, by: caller.name)
        return Response(status: .noContent)
    }

    /// `POST /v1/groups/{group}/join`
    func join(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let entrance = try await RequestBody.decode(Entrance.self, request, context)
        let hash = GroupMemberResources.hash(of: entrance.secret)
        let address = try GroupRequest.group(in: context)
        guard let group = try await access.group(address), group.isOpen(to: hash) else {
            // One who has no link does not learn either which groups there are.
            throw ResourceError(Group.Refusal.badLink)
        }
        try await access.note(address, for: caller.name)
        return try await edit(.join(hash: hash), by: caller.name, request, context)
    }

    private static func hash(of secret: String) -> [UInt8] { SHA256.hash(Array(secret.utf8)) }

    private func edit(
        _ edit: Group.Edit, by author: UserName, _ request: Request, _ context: ResourceContext
    ) async throws -> Response {
        let standing = try await access.edit(try GroupRequest.group(in: context), edit, by: author)
        return try GroupAnswer(standing).response(from: request, context: context)
    }
}
