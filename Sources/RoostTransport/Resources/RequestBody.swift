import Hummingbird

/// Bodies of requests: JSON, or an answer that says what is wrong with it.
enum RequestBody {
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ request: Request, _ context: ResourceContext
    ) async throws -> Value {
        do {
            return try await context.requestDecoder.decode(type, from: request, context: context)
        } catch let error as DecodingError {
            throw ResourceError.badRequest(text(of: error))
        }
    }

    /// Says which field is wrong, and repeats nothing of the body.
    private static func text(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.last.map { "\($0.stringValue) has the wrong type" } ?? "the body must be a JSON object"
        default: "the body must be a JSON object"
        }
    }
}

/// Slow hashes, whose failures are answers.
enum PasswordWork {
    static func hashing<Value>(
        _ body: () async throws(PasswordServiceError) -> Value
    ) async throws(ResourceError) -> Value {
        do {
            return try await body()
        } catch {
            throw .overloaded
        }
    }
}
