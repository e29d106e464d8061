import HTTPTypes
import Hummingbird
import RoostCore

/// The HTTP resources of a node, as hummingbird's router takes them.
public enum ResourceRouter {
    private typealias Handler = @Sendable (Request, ResourceContext) async throws -> Response

    /// Makes the router. Every answer that is not a success is an ``ErrorAnswer``.
    /// - Parameters:
    ///   - registers: where accounts are kept.
    ///   - mailboxes: where messages wait.
    ///   - passwords: hashes them.
    ///   - health: of the node.
    ///   - limits: how often what may be asked for.
    ///   - groupMembersMax: most members of a group, ``Limits/groupMembersMax`` at most.
    ///   - departures: what has to be undone before an account is deleted.
    /// - Returns: the router.
    public static func make(
        registers: any RegisterService, mailboxes: any MailboxService, passwords: any PasswordService,
        health: any HealthService, limits: RequestLimits = RequestLimits(),
        groupMembersMax: Int = Limits.groupMembersMax, departures: [any AccountDeparture] = []
    ) -> Router<ResourceContext> {
        let router = Router(context: ResourceContext.self)
        router.add(middleware: ErrorAnswerMiddleware())
        let access = AccountAccess(registers: registers)
        let accounts = AccountResources(access: access, passwords: passwords, limits: limits)
        let lookups = LookupResources(access: access, limits: limits)
        add("/v1/users", [(.post, accounts.createUser), (.get, lookups.byHandle)], to: router)
        add("/v1/users/:name", [(.get, lookups.byName)], to: router)
        add("/v1/sessions", [(.post, accounts.createSession), (.delete, accounts.deleteSession)], to: router)
        addOwn(
            ProfileResources(
                access: access, passwords: passwords, limits: limits,
                ending: AccountEnding(registers: registers, departures: departures)),
            DeviceResources(access: access),
            PeopleResources(access: access, mailboxes: mailboxes, limits: limits), to: router)
        let groups = GroupAccess(accounts: access, passwords: passwords, membersMax: groupMembersMax)
        addGroups(groups, limits, to: router)
        let own = MailboxResources(access: access, groups: groups, mailboxes: mailboxes, limits: limits)
        add("/v1/unread", [(.get, own.unread)], to: router)
        add("/v1/messages/:id", [(.get, own.message)], to: router)
        add("/v1/conversations/:name", [(.delete, own.erase)], to: router)
        let health = HealthResources(health: health)
        add("/livez", [(.get, health.live)], to: router)
        add("/readyz", [(.get, health.ready)], to: router)
        add("/metrics", [(.get, health.metrics)], to: router)
        return router
    }

    /// What a person sees and changes of its own.
    private static func addOwn(
        _ profile: ProfileResources, _ devices: DeviceResources, _ people: PeopleResources,
        to router: Router<ResourceContext>
    ) {
        add("/v1/me", [(.get, profile.read), (.patch, profile.edit), (.delete, profile.delete)], to: router)
        add("/v1/me/email", [(.put, profile.putEmail), (.delete, profile.dropEmail)], to: router)
        add("/v1/me/mobile", [(.put, profile.putMobile), (.delete, profile.dropMobile)], to: router)
        add("/v1/me/password", [(.put, profile.putPassword)], to: router)
        add("/v1/devices", [(.get, devices.list)], to: router)
        add("/v1/devices/:device", [(.patch, devices.rename), (.delete, devices.remove)], to: router)
        add("/v1/contacts", [(.get, people.contacts)], to: router)
        add("/v1/contacts/:name", [(.put, people.addContact), (.delete, people.removeContact)], to: router)
        add("/v1/blocks", [(.get, people.blocked)], to: router)
        add("/v1/blocks/:name", [(.put, people.block), (.delete, people.unblock)], to: router)
    }

    private static func addGroups(
        _ access: GroupAccess, _ limits: RequestLimits, to router: Router<ResourceContext>
    ) {
        let groups = GroupResources(access: access, limits: limits)
        let members = GroupMemberResources(access: access)
        add("/v1/groups", [(.post, groups.create), (.get, groups.list)], to: router)
        add(
            "/v1/groups/:group", [(.get, groups.show), (.patch, groups.rename), (.delete, groups.dissolve)],
            to: router)
        add("/v1/groups/:group/hand-over", [(.post, groups.handOver)], to: router)
        add("/v1/groups/:group/members", [(.post, members.add)], to: router)
        add(
            "/v1/groups/:group/members/:name", [(.put, members.addOne), (.delete, members.remove)], to: router)
        add("/v1/groups/:group/admins/:name", [(.put, members.promote), (.delete, members.demote)], to: router)
        add("/v1/groups/:group/link", [(.post, members.makeLink), (.delete, members.revokeLink)], to: router)
        add("/v1/groups/:group/join", [(.post, members.join)], to: router)
    }

    /// Adds one path; the methods that it does not take get 405.
    private static func add(
        _ path: RouterPath, _ handlers: [(HTTPRequest.Method, Handler)], to router: Router<ResourceContext>
    ) {
        let allowed = handlers.map(\.0)
        for (method, handler) in handlers {
            router.on(path, method: method, use: handler)
        }
        let allow = allowed.map(\.rawValue).joined(separator: ", ")
        for method in [.get, .head, .post, .put, .delete, .patch, .options, .trace] as [HTTPRequest.Method]
        where !allowed.contains(method) {
            router.on(path, method: method) { _, _ -> Response in
                throw ResourceError(
                    .methodNotAllowed, .methodNotAllowed, "\(path) takes \(allow) only", headers: [.allow: allow])
            }
        }
    }
}
