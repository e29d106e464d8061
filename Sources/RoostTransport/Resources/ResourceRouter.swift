import HTTPTypes
import Hummingbird

/// The HTTP resources of a node, as hummingbird's router takes them.
public enum ResourceRouter {
    private typealias Handler = @Sendable (Request, ResourceContext) async throws -> Response

    /// Makes the router. Every answer that is not a success is an ``ErrorAnswer``.
    public static func make(
        registers: any RegisterService, passwords: any PasswordService, health: any HealthService
    ) -> Router<ResourceContext> {
        let router = Router(context: ResourceContext.self)
        router.add(middleware: ErrorAnswerMiddleware())
        let accounts = AccountResources(registers: registers, passwords: passwords)
        let health = HealthResources(health: health)
        add("/v1/users", [(.post, accounts.createUser)], to: router)
        add("/v1/sessions", [(.post, accounts.createSession), (.delete, accounts.deleteSession)], to: router)
        add("/livez", [(.get, health.live)], to: router)
        add("/readyz", [(.get, health.ready)], to: router)
        add("/metrics", [(.get, health.metrics)], to: router)
        return router
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
