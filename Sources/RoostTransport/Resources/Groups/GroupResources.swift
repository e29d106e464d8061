import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/groups`: groups, and what is done to them as a whole.
struct GroupResources: Sendable {
    let access: GroupAccess
    let limits: RequestLimits

    struct NewGroup: Decodable {
        let name: String
        var members: [String]?
    }

    struct NewName: Decodable {
        let name: String
    }

    struct Successor: Decodable {
        let to: String
    }

    /// An entry that the group's list does not confirm is forgotten after this: the list may be about to be written.
    private static let doubtMilliseconds: UInt64 = 3_600_000

    /// `POST /v1/groups`
    func create(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let body = try await RequestBody.decode(NewGroup.self, request, context)
        let others = try GroupRequest.users(body.members ?? [])
        try limits.take(.group, caller.name.text)
        let standing = try await access.create(named: body.name, by: caller.name, with: others)
        var response = try GroupAnswer(standing).response(from: request, context: context)
        response.status = .created
        return response
    }

    /// `GET /v1/groups`
    func list(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        var entries: [GroupListAnswer.Entry] = []
        for entry in try await access.joined(by: caller.name).entries {
            let address = Address(group: entry.group)
            if let group = try await access.group(address), let member = group.member(Address(caller.name)) {
                entries.append(
                    .init(group: address.text, name: group.name, admin: member.isAdmin, members: group.count))
            } else if entry.notedAtMilliseconds + GroupResources.doubtMilliseconds < access.now {
                try await access.change(caller.name, .remove(entry))
            }
        }
        return try GroupListAnswer(groups: entries).response(from: request, context: context)
    }

    /// `GET /v1/groups/{group}`
    func show(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let standing = try await access.standing(try GroupRequest.group(in: context), seenBy: caller.name)
        return try GroupAnswer(standing).response(from: request, context: context)
    }

    /// `PATCH /v1/groups/{group}`
    func rename(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let body = try await RequestBody.decode(NewName.self, request, context)
        let standing = try await access.edit(
            try GroupRequest.group(in: context), .rename(body.name), by: caller.name)
        return try GroupAnswer(standing).response(from: request, context: context)
    }

    /// `DELETE /v1/groups/{group}`
    func dissolve(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        _ = try await access.edit(try GroupRequest.group(in: context), .dissolve, by: caller.name)
        return Response(status: .noContent)
    }

    /// `POST /v1/groups/{group}/hand-over`
    func handOver(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.accounts.caller(of: request)
        let body = try await RequestBody.decode(Successor.self, request, context)
        guard let successor = UserName(body.to) else { throw ResourceError.badUserName }
        let standing = try await access.edit(
            try GroupRequest.group(in: context), .handOver(to: Address(successor)), by: caller.name)
        return try GroupAnswer(standing).response(from: request, context: context)
    }
}

/// What requests about groups say.
enum GroupRequest {
    static func group(in context: ResourceContext) throws(ResourceError) -> Address {
        guard let text = context.parameters.get("group"), let address = Address(text), address.kind == .group else {
            throw .unknownGroup
        }
        return address
    }

    /// The person in the path.
    static func user(in context: ResourceContext) throws(ResourceError) -> UserName {
        guard let name = UserName(context.parameters.get("name") ?? "") else { throw .badUserName }
        return name
    }

    static func users(_ names: [String]) throws(ResourceError) -> [UserName] {
        var users: [UserName] = []
        for name in names {
            guard let user = UserName(name) else { throw .badUserName }
            users.append(user)
        }
        guard users.count < Limits.groupMembersMax else { throw ResourceError(Group.Refusal.full) }
        guard Set(users).count == users.count else { throw ResourceError(Group.Refusal.badRequest) }
        return users
    }
}
