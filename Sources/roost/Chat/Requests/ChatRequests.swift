import Foundation
import NIOHTTP1
import RoostClient
import RoostCore

/// What a chat asks for over HTTP, at the first node that answers.
struct ChatRequests: Sendable {
    let nodes: [NodeAddress]
    let credentials: Credentials

    /// A group as the resources show it.
    struct Group: Decodable {
        struct Member: Decodable {
            let user: String
            let admin: Bool
        }

        let group: String
        let name: String
        let members: [Member]
    }

    private struct Status: Decodable {
        struct Reader: Decodable {
            let user: String
            let delivered: Bool
            let read: Bool
        }

        let readers: [Reader]
    }

    private struct NewGroup: Encodable {
        let name: String
        let members: [String]
    }

    private struct People: Encodable {
        let members: [String]
    }

    private struct Secret: Encodable {
        let secret: String
    }

    private struct Link: Decodable {
        let secret: String
    }

    private struct Groups: Decodable {
        struct Entry: Decodable {
            let group: String
            let name: String
            let members: Int
        }

        let groups: [Entry]
    }

    private struct Contacts: Decodable {
        let contacts: [String]
    }

    private struct Unread: Decodable {
        struct Conversation: Decodable {
            let with: String
            let unread: UInt64
        }

        let conversations: [Conversation]
    }

    // MARK: Unread

    /// How much waits to be read, by who sent it; nothing when there is nothing, or nobody answers.
    func unread() async -> [ChatNews] {
        do {
            let parts = try await get("/v1/unread", Unread.self).conversations.map { "\($0.with) \($0.unread)" }
            guard !parts.isEmpty else { return [] }
            let rest = parts.count > ChatRequests.unreadShownMax ? ", …" : ""
            return [.note("unread: \(parts.prefix(ChatRequests.unreadShownMax).joined(separator: ", "))\(rest)")]
        } catch {
            return []
        }
    }

    private static let unreadShownMax = 20

    // MARK: Groups

    /// The names of the groups that the user is in.
    func groups() async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let groups = try await get("/v1/groups", Groups.self).groups
            let names = groups.compactMap { entry in Address(entry.group).map { ($0, entry.name) } }
            let lines = groups.map { "\($0.name): \($0.members) members, \($0.group)" }
            return [.groups(names)]
                + (lines.isEmpty ? ["no groups: /group NAME PEOPLE makes one"] : lines).map(ChatNews.note)
        }
    }

    /// Their names alone.
    func groupNames() async -> [ChatNews] {
        await groups().filter { if case .groups = $0 { true } else { false } }
    }

    func makeGroup(_ name: String, of people: [String]) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let group = try await ask(.POST, "/v1/groups", NewGroup(name: name, members: people), Group.self)
            return ChatRequests.entered(group)
        }
    }

    func show(_ group: Address) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            [.note(ChatRequests.line(of: try await get("/v1/groups/\(group)", Group.self)))]
        }
    }

    func add(_ people: [String], to group: Address) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let path = "/v1/groups/\(group)/members"
            return [.note(ChatRequests.line(of: try await ask(.POST, path, People(members: people), Group.self)))]
        }
    }

    func remove(_ name: String, from group: Address) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let answer = try await request(.DELETE, "/v1/groups/\(group)/members/\(name)")
            return [.note(answer.isEmpty ? "left" : "\(name) is out")]
        }
    }

    func makeLink(into group: Address) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let link = try await ask(.POST, "/v1/groups/\(group)/link", [String: String](), Link.self)
            return [.note("who types this comes in: /join \(group) \(link.secret)")]
        }
    }

    /// Who has a message of a group and who has read it.
    func readers(of group: Address, _ place: (key: StreamKey, number: StreamNumber)) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let id = "\(group):\(place.key.device):\(place.key.stream):\(place.number)"
            let readers = try await get("/v1/messages/\(id)", Status.self).readers
            func names(_ condition: (Status.Reader) -> Bool) -> String {
                let names = readers.filter(condition).map(\.user)
                return names.isEmpty ? "nobody" : names.joined(separator: ", ")
            }
            return [.note("✓✓ \(names(\.delivered)); read: \(names(\.read))")]
        }
    }

    func join(_ group: Address, _ secret: String) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            ChatRequests.entered(
                try await ask(.POST, "/v1/groups/\(group)/join", Secret(secret: secret), Group.self))
        }
    }

    private static func entered(_ group: Group) -> [ChatNews] {
        guard let address = Address(group.group) else { return [] }
        return [.groups([(address, group.name)]), .talk(to: address), .note(line(of: group))]
    }

    private static func line(of group: Group) -> String {
        let members = group.members.map { $0.admin ? "\($0.user) (admin)" : $0.user }
        return "\(group.name): \(members.joined(separator: ", "))"
    }

    // MARK: People

    func contacts() async -> [ChatNews] {
        await news { () async throws(ClientError) in
            let contacts = try await get("/v1/contacts", Contacts.self).contacts
            return [.note(contacts.isEmpty ? "no contacts: /contact NAME" : contacts.joined(separator: ", "))]
        }
    }

    func put(_ name: String, on list: String, _ said: String) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            _ = try await request(.PUT, "/v1/\(list)/\(name)")
            return [.note("\(name) \(said)")]
        }
    }

    /// Erases the conversation with somebody at the nodes.
    func erase(_ other: Address) async -> [ChatNews] {
        await news { () async throws(ClientError) in
            _ = try await request(.DELETE, "/v1/conversations/\(other)")
            return [.erased(other)]
        }
    }

    // MARK: HTTP

    private func news(_ body: () async throws(ClientError) -> [ChatNews]) async -> [ChatNews] {
        do throws(ClientError) {
            return try await body()
        } catch {
            guard case .refused(_, _, let code, let text) = error else { return [.note("\(error)")] }
            return [.note("\(text) (\(code))")]
        }
    }

    private func get<Value: Decodable>(_ path: String, _ type: Value.Type) async throws(ClientError) -> Value {
        try decode(type, of: try await request(.GET, path), path)
    }

    private func ask<Value: Decodable>(
        _ method: HTTPMethod, _ path: String, _ body: some Encodable, _ type: Value.Type
    ) async throws(ClientError) -> Value {
        let json: [UInt8]
        do {
            json = Array(try JSONEncoder().encode(body))
        } catch {
            preconditionFailure("names are always encodable: \(error)")
        }
        return try decode(type, of: try await request(method, path, json), path)
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, of body: [UInt8], _ path: String
    ) throws(ClientError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw .malformedAnswer(url: path, reason: "not what this program knows")
        }
    }

    private func request(
        _ method: HTTPMethod, _ path: String, _ json: [UInt8]? = nil
    ) async throws(ClientError) -> [UInt8] {
        var failure = ClientError.invalidAddress("")
        for node in nodes {
            do throws(ClientError) {
                let answer = try await NodeResources(node)
                    .request(method, path, token: credentials.token, json: json)
                guard answer.isSuccess else { throw answer.refusal(of: "\(node)\(path)") }
                return answer.body
            } catch {
                // Another node can only say something else where this one said nothing.
                if case .refused = error { throw error }
                failure = error
            }
        }
        throw failure
    }
}

/// What has come of a request.
enum ChatNews: Sendable {
    /// Something to tell the person.
    case note(String)
    /// Groups and their names.
    case groups([(Address, String)])
    /// Talk to this one from now on.
    case talk(to: Address)
    /// The nodes keep nothing of the conversation with this one any more.
    case erased(Address)
}
