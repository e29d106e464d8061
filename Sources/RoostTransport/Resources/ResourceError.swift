import HTTPTypes
import Hummingbird
import NIOCore
import RoostCore

/// A refusal of a resource on its way to becoming an answer.
struct ResourceError: Error, Equatable {
    let status: HTTPResponse.Status
    let answer: ErrorAnswer
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: ErrorAnswer.Code, _ text: String, headers: HTTPFields = [:]) {
        self.status = status
        answer = ErrorAnswer(code, text)
        self.headers = headers
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = ErrorAnswer.contentType
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: answer.json()))
    }

    static let badUserName = ResourceError(
        .badRequest, .badUserName, "a name is 1 to \(UserName.lengthMax) characters of a-z 0-9 . _ -")
    static let passwordTooShort = ResourceError(
        .badRequest, .passwordTooShort, "a password has at least \(Limits.passwordBytesMin) bytes")
    static let passwordTooLong = ResourceError(
        .badRequest, .passwordTooLong, "a password has at most \(Limits.passwordBytesMax) bytes")
    static let wrongCredentials = ResourceError(.unauthorized, .wrongCredentials, "the name or the password is wrong")
    static let unauthenticated = ResourceError(
        .unauthorized, .unauthenticated, "this needs the token of a session", headers: [.wwwAuthenticate: "Bearer"])
    static let nameTaken = ResourceError(.conflict, .nameTaken, "this name is taken")
    static let tooManyDevices = ResourceError(
        .conflict, .tooManyDevices, "the account has \(Limits.devicesMax) devices: end the session of one")
    static let unknownDevice = ResourceError(.notFound, .unknownDevice, "the account has no such device")
    static let unavailable = ResourceError(
        .serviceUnavailable, .unavailable, "the owners of the account cannot be reached from here",
        headers: [.retryAfter: "2"])
    static let outcomeUnknown = ResourceError(
        .serviceUnavailable, .unavailable,
        "the owners of the account did not answer in time; the change may have been made",
        headers: [.retryAfter: "2"])
    static let overloaded = ResourceError(
        .serviceUnavailable, .overloaded, "too many requests wait already", headers: [.retryAfter: "1"])
    static let internalError = ResourceError(.internalServerError, .internalError, "the node met a fault of its own")

    static func badRequest(_ text: String) -> ResourceError {
        ResourceError(.badRequest, .badRequest, text)
    }
}
