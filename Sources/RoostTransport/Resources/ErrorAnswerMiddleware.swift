import HTTPTypes
import Hummingbird
import Logging
import RoostCore

/// Turns whatever a resource throws into the one form of error answers.
struct ErrorAnswerMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ResourceContext, next: (Request, ResourceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as ResourceError {
            return error.response
        } catch let error as HTTPError where error.status == .notFound {
            return ResourceError(.notFound, .notFound, "there is nothing at this path").response
        } catch let error as HTTPError where error.status == .contentTooLarge {
            return ResourceError(
                .contentTooLarge, .bodyTooLarge, "a request body holds at most \(Limits.httpBodyBytesMax) bytes"
            ).response
        } catch {
            context.logger.error("a resource failed", metadata: ["error": "\(error)"])
            return ResourceError.internalError.response
        }
    }
}
