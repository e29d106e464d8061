import HTTPTypes
import Hummingbird
import NIOCore
import RoostCore
import RoostMembership
import RoostNode
import RoostTransport

/// What operators see of users, and do with them. Answered to this machine only, as everything of theirs.
struct UserAdminResources: Sendable {
    let registers: any RegisterService
    let ending: AccountEnding
    let control: ControlShell
    let shards: [ShardShell]

    func add(to router: Router<ResourceContext>) {
        router.get("/admin/v1/user") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            return await AdminResources.answer { () async throws(AdminRefusal) in
                AdminResources.json(try await user(try UserAdminResources.name(in: request)))
            }
        }
        router.post("/admin/v1/user") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(UserActionRequest.self, from: request, context: context)
            return await AdminResources.answer { () async throws(AdminRefusal) in
                guard let name = UserName(body.user) else { throw UserAdminResources.badName }
                try await act(body.action, on: name)
                return AdminResources.json(try await user(name))
            }
        }
        router.get("/admin/v1/queue") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            return await AdminResources.answer { () async throws(AdminRefusal) in
                AdminResources.json(try await queue(of: try UserAdminResources.name(in: request)))
            }
        }
    }

    private static let badName = AdminRefusal(
        .badRequest, "BAD_USER_NAME", "a name is 1 to \(UserName.lengthMax) characters of a-z 0-9 . _ -")
    private static let unknownUser = AdminRefusal(.notFound, "UNKNOWN_USER", "nobody ever had this name")
    private static let unavailable = AdminRefusal(
        .serviceUnavailable, "UNAVAILABLE", "the owners of the account cannot be reached from here: try again")

    private static func name(in request: Request) throws(AdminRefusal) -> UserName {
        guard let text = request.uri.queryParameters["user"], let name = UserName(String(text)) else { throw badName }
        return name
    }

    // MARK: Users

    private func user(_ name: UserName) async throws(AdminRefusal) -> UserAnswer {
        let account: Account
        switch AccountAnswer(await registers.perform(.read(Address(name)))) {
        case .account(let found?): account = found
        case .account(nil): throw UserAdminResources.unknownUser
        case .refused, .unavailable, .outcomeUnknown: throw UserAdminResources.unavailable
        }
        guard case .value(let value) = await registers.perform(.read(Address(name).part(People.part))) else {
            throw UserAdminResources.unavailable
        }
        let people: People
        do throws(ByteReaderError) {
            people = try People(decoding: value)
        } catch {
            throw AdminRefusal(.internalServerError, "UNREADABLE", "the contacts of \(name) cannot be read: \(error)")
        }
        return UserAnswer(account, people, owners: await control.owners(of: Address(name)))
    }

    private func act(_ action: UserActionRequest.Action, on name: UserName) async throws(AdminRefusal) {
        switch action {
        case .disable, .enable:
            let change = AccountChange.setDisabled(action == .disable)
            switch AccountAnswer(await registers.perform(.change(Address(name), .account(change)))) {
            case .account: return
            case .refused: throw AdminRefusal(.conflict, "NOT_IN_USE", "there is no account of this name in use")
            case .unavailable, .outcomeUnknown: throw UserAdminResources.unavailable
            }
        case .delete:
            switch await ending.delete(name) {
            case .deleted: return
            case .unknownUser: throw UserAdminResources.unknownUser
            case .unavailable: throw UserAdminResources.unavailable
            }
        }
    }

    // MARK: Queues

    private func queue(of name: UserName) async throws(AdminRefusal) -> QueueAnswer {
        let user = Address(name)
        for shard in shards {
            let facts: QueueFacts? = await withCheckedContinuation { continuation in
                shard.loop.execute { continuation.resume(returning: shard.queue(of: user)) }
            }
            guard let facts else { continue }
            return QueueAnswer(facts, user: user, node: await control.read { $0.local.name })
        }
        let owners = await control.owners(of: user)
        throw owners.isEmpty
            ? .noRing
            : AdminRefusal(
                .conflict, "NOT_AN_OWNER",
                "this node holds no copy of it: ask on the machine of \(owners.joined(separator: " or "))")
    }
}
