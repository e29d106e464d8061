import Foundation
import NIOCore

/// The body of every HTTP answer that is not a success: `{"error":{"code":"…","text":"…"}}`.
public struct ErrorAnswer: Codable, Equatable, Sendable {
    /// The registry of codes. A code never changes its meaning.
    public enum Code: String, Codable, CaseIterable, Sendable {
        /// 400: not HTTP, or the body is not the JSON that the resource takes.
        case badRequest = "BAD_REQUEST"
        /// 400: the WebSocket upgrade lacks a header or has a wrong one.
        case badUpgrade = "BAD_UPGRADE"
        /// 400: the upgrade offers no subprotocol that the node speaks.
        case unknownSubprotocol = "UNKNOWN_SUBPROTOCOL"
        /// 426: the resource is a WebSocket only.
        case upgradeRequired = "UPGRADE_REQUIRED"
        /// 400: the name breaks the rule for names.
        case badUserName = "BAD_USER_NAME"
        /// 400: not an e-mail address of plain ASCII.
        case badEmail = "BAD_EMAIL"
        /// 400: not a telephone number of E.164.
        case badMobile = "BAD_MOBILE"
        /// 400: too long to be shown, or with characters that hide or turn what stands around them.
        case badDisplayName = "BAD_DISPLAY_NAME"
        /// 400: the same of a device.
        case badDeviceName = "BAD_DEVICE_NAME"
        /// 400: not an id of a picture.
        case badAvatar = "BAD_AVATAR"
        /// 400: fewer bytes than the limit.
        case passwordTooShort = "PASSWORD_TOO_SHORT"
        /// 400: more bytes than the limit.
        case passwordTooLong = "PASSWORD_TOO_LONG"
        /// 401: the name or the password is wrong; which one is not said.
        case wrongCredentials = "WRONG_CREDENTIALS"
        /// 401: no bearer token, or one that is not valid.
        case unauthenticated = "UNAUTHENTICATED"
        /// 403: an operator has shut this user out.
        case accountDisabled = "ACCOUNT_DISABLED"
        /// 404: no account of that name, or nobody who may be found by that.
        case unknownUser = "UNKNOWN_USER"
        /// 404: no such path.
        case notFound = "NOT_FOUND"
        /// 404: the account has no device of that id.
        case unknownDevice = "UNKNOWN_DEVICE"
        /// 400: not the name of a message.
        case badMessageID = "BAD_MESSAGE_ID"
        /// 404: no device of the account has sent such a message.
        case unknownMessage = "UNKNOWN_MESSAGE"
        /// 405: the path does not take this method; `Allow` says which it takes.
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        /// 408: the request did not arrive in time.
        case requestTimeout = "REQUEST_TIMEOUT"
        /// 409: somebody has this name.
        case nameTaken = "NAME_TAKEN"
        /// 409: the account has as many devices as it may.
        case tooManyDevices = "TOO_MANY_DEVICES"
        /// 409: somebody has this e-mail address.
        case emailTaken = "EMAIL_TAKEN"
        /// 409: somebody has this telephone number.
        case mobileTaken = "MOBILE_TAKEN"
        /// 409: the contact list is full.
        case tooManyContacts = "TOO_MANY_CONTACTS"
        /// 409: the list of blocked people is full.
        case tooManyBlocked = "TOO_MANY_BLOCKED"
        /// 409: the same was changed by another request meanwhile.
        case changedMeanwhile = "CHANGED_MEANWHILE"
        /// 400: a group's name is empty or too long, or it was said twice, or too often, who is meant.
        case badGroup = "BAD_GROUP"
        /// 404: there is no such group that the caller is in.
        case unknownGroup = "UNKNOWN_GROUP"
        /// 403: only an admin of the group may do that.
        case notAnAdmin = "NOT_AN_ADMIN"
        /// 404: who is meant is not in the group.
        case notInGroup = "NOT_IN_GROUP"
        /// 403: the link's secret is not, or no longer, that of the group.
        case badLink = "BAD_LINK"
        /// 409: who is meant is in the group.
        case alreadyInGroup = "ALREADY_IN_GROUP"
        /// 409: a group needs an admin: hand over first, or dissolve it.
        case lastAdmin = "LAST_ADMIN"
        /// 409: the group has all the members that it may have.
        case groupFull = "GROUP_FULL"
        /// 409: who is meant is in as many groups as one may be.
        case tooManyGroups = "TOO_MANY_GROUPS"
        /// 429: too often in this time; `Retry-After` says when to try again.
        case rateLimited = "RATE_LIMITED"
        /// 413: the body exceeds the limit.
        case bodyTooLarge = "BODY_TOO_LARGE"
        /// 431: the head exceeds the limit.
        case headTooLarge = "HEAD_TOO_LARGE"
        /// 500: a fault of the node.
        case internalError = "INTERNAL_ERROR"
        /// 503: the owners of the account cannot be reached; `Retry-After` says when to try again.
        case unavailable = "UNAVAILABLE"
        /// 503: too many requests wait already; `Retry-After` says when to try again.
        case overloaded = "OVERLOADED"
    }

    /// What is wrong.
    public struct Fault: Codable, Equatable, Sendable {
        /// For a program.
        public let code: Code
        /// For a person.
        public let text: String
    }

    /// What is wrong.
    public let error: Fault

    /// Makes the answer.
    public init(_ code: Code, _ text: String) {
        error = Fault(code: code, text: text)
    }

    static let contentType = "application/json; charset=utf-8"

    func json() -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return ByteBuffer(bytes: try encoder.encode(self))
        } catch {
            preconditionFailure("two strings were not encodable as JSON: \(error)")
        }
    }
}
