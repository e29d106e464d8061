import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/unread` and `/v1/messages/{id}`: what a person has not seen, and what others have done with what it sent.
struct MailboxResources: Sendable {
    let access: AccountAccess
    let groups: GroupAccess
    let mailboxes: any MailboxService
    let limits: RequestLimits

    struct Conversation: Encodable {
        let with: String
        let unread: UInt64
    }

    struct Unread: ResponseEncodable {
        let total: UInt64
        let conversations: [Conversation]
    }

    struct Reader: Encodable {
        let user: String
        let delivered: Bool
        let deliveredByMs: String?
        let read: Bool
        let readByMs: String?
        /// `true` or left out.
        let expired: Bool?

        /// Who lets nobody know what it has read is not told what others have.
        init(_ reader: MessageStatus.Reader, sharesReads: Bool) {
            func time(_ milliseconds: UInt64) -> String? { milliseconds > 0 ? String(milliseconds) : nil }
            user = reader.user.text
            delivered = reader.isDelivered
            deliveredByMs = time(reader.deliveredByMilliseconds)
            read = sharesReads && reader.isRead
            readByMs = sharesReads ? time(reader.readByMilliseconds) : nil
            expired = reader.hasEnded ? true : nil
        }
    }

    struct Message: ResponseEncodable {
        let id: String
        let to: String
        let readers: [Reader]
    }

    /// `GET /v1/unread`
    func unread(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        try limits.take(.mailbox, caller.name.text)
        guard case .unread(let conversations) = await mailboxes.ask(.unread(Address(caller.name))) else {
            throw ResourceError.unavailable
        }
        let unread = Unread(
            total: conversations.reduce(0) { $0 + $1.unread },
            conversations: conversations.map { Conversation(with: $0.with.text, unread: $0.unread) })
        return try unread.response(from: request, context: context)
    }

    /// `GET /v1/messages/{id}`
    func message(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        try limits.take(.mailbox, caller.name.text)
        let id = context.parameters.get("id") ?? ""
        guard let name = MessageName(id: id, sender: Address(caller.name)) else { throw ResourceError.badMessageID }
        if name.to.kind == .group { return try await message(name, id: id, inGroupOf: caller, request, context) }
        guard caller.account.devices.contains(where: { $0.id == name.key.device }) else {
            throw ResourceError.unknownMessage
        }
        switch await mailboxes.ask(.status(name)) {
        case .status(let status?):
            let isShared = caller.account.profile.privacy.readReceipts
            let message = Message(
                id: id, to: name.to.text, readers: status.readers.map { Reader($0, sharesReads: isShared) })
            return try message.response(from: request, context: context)
        case .status(nil): throw ResourceError.unknownMessage
        case .unread, .readers, .erased, .unavailable: throw ResourceError.unavailable
        }
    }

    /// `DELETE /v1/conversations/{name}`
    func erase(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        try limits.take(.mailbox, caller.name.text)
        guard let other = context.parameters.get("name").flatMap({ Address($0) }), other.kind == .user else {
            throw ResourceError.badUserName
        }
        // Whether there is such a person is not told: there is nothing of such a conversation either way.
        guard case .erased = await mailboxes.ask(.erase(user: Address(caller.name), other: other)) else {
            throw ResourceError.unavailable
        }
        return Response(status: .noContent)
    }

    /// Of a message to a group any member may know, by the place that the message has in the group's order.
    private func message(
        _ name: MessageName, id: String, inGroupOf caller: AccountAccess.Caller, _ request: Request,
        _ context: ResourceContext
    ) async throws -> Response {
        let (standing, next) = try await groups.place(name.to, seenBy: caller.name)
        guard name.key.device == name.to.group, name.number < next else { throw ResourceError.unknownMessage }
        guard case .readers(let told) = await mailboxes.ask(.readers(name.to)) else { throw ResourceError.unavailable }
        let isShared = caller.account.profile.privacy.readReceipts
        let readers = standing.group.presentMembers.filter { member in
            member.firstNumber > 0 && member.firstNumber <= name.number && member.address.user != caller.name
        }.map { member in
            let reader = told.first { $0.user == member.address && $0.since == member.since }
            return Reader(
                MessageStatus.Reader(member.address, number: name.number, reader?.progress ?? ReceiptProgress()),
                sharesReads: isShared)
        }
        return try Message(id: id, to: name.to.text, readers: readers).response(from: request, context: context)
    }
}

extension MessageName {
    /// Reads `to:device:stream:n`; `nil` for what is none.
    init?(id: String, sender: Address) {
        let parts = id.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, let to = Address(String(parts[0])), to.kind == .user || to.kind == .group,
            let device = DeviceID(parts[1]), let stream = UInt64(parts[2]), let number = StreamNumber(parts[3]),
            number > 0
        else { return nil }
        self.init(sender: sender, to: to, key: StreamKey(device: device, stream: stream), number: number)
    }
}
