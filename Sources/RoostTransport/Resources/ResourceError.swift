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
    static let badEmail = ResourceError(
        .badRequest, .badEmail, "an e-mail address is at most \(Limits.emailBytesMax) characters of ASCII with one @")
    static let badMobile = ResourceError(
        .badRequest, .badMobile, "a telephone number is + and 7 to 15 digits, the first of them not 0")
    static let badDisplayName = ResourceError(
        .badRequest, .badDisplayName, "a name to show is at most \(Limits.displayNameBytesMax) bytes on one line")
    static let badDeviceName = ResourceError(
        .badRequest, .badDeviceName, "a device's name is at most \(Limits.deviceNameBytesMax) bytes on one line")
    static let badAvatar = ResourceError(
        .badRequest, .badAvatar, "a picture's id is at most \(Limits.avatarBytesMax) characters of ASCII without spaces"
    )
    static let accountDisabled = ResourceError(
        .forbidden, .accountDisabled, "the account is disabled: ask whoever runs this service")
    static let unknownUser = ResourceError(.notFound, .unknownUser, "nobody is to be found by this")
    static let badMessageID = ResourceError(
        .badRequest, .badMessageID, "a message is named to:device:stream:n, each as in the frames")
    static let unknownMessage = ResourceError(
        .notFound, .unknownMessage, "no device of yours has sent such a message, as far as the owners know")
    static let emailTaken = ResourceError(.conflict, .emailTaken, "somebody has this e-mail address")
    static let mobileTaken = ResourceError(.conflict, .mobileTaken, "somebody has this telephone number")
    static let tooManyContacts = ResourceError(
        .conflict, .tooManyContacts, "the list holds at most \(Limits.contactsMax) contacts, and 80 KiB of names")
    static let tooManyBlocked = ResourceError(
        .conflict, .tooManyBlocked, "the list holds at most \(Limits.blockedMax) people, and 80 KiB of names")
    static let changedMeanwhile = ResourceError(
        .conflict, .changedMeanwhile, "another request has changed the same: look at it and try again")
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

    static func rateLimited(_ wait: TimeSpan) -> ResourceError {
        let seconds = wait.nanoseconds / 1_000_000_000 + 1
        return ResourceError(
            .tooManyRequests, .rateLimited, "too often in this time: try again in \(seconds) s",
            headers: [.retryAfter: String(seconds)])
    }

    static func badRequest(_ text: String) -> ResourceError {
        ResourceError(.badRequest, .badRequest, text)
    }
}
