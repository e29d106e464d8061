import Foundation
import NIOHTTP1
import RoostClient
import RoostCore

/// Makes the group that is put under load, over HTTP.
struct GroupMaking {
    let nodes: [NodeAddress]
    let members: [Credentials]

    private struct NewGroup: Encodable {
        let name: String
        let members: [String]
    }

    private struct NewMembers: Encodable {
        let members: [String]
    }

    private struct Made: Decodable {
        let group: String
        let inForce: Bool
        let members: [Member]

        struct Member: Decodable {
            let user: String
        }
    }

    /// The group's address, when everybody is in it.
    func make() async throws -> Address {
        let progress = Progress()
        let names = members.dropFirst().map(\.user)
        let batches = Array(names).chunks(of: Limits.groupMembersAtOnce)
        var made = try await ask(
            "/v1/groups", NewGroup(name: "bench", members: Array(batches.first ?? [])))
        for batch in batches.dropFirst() {
            made = try await ask("/v1/groups/\(made.group)/members", NewMembers(members: Array(batch)))
            progress.show("the group: \(made.members.count) of \(members.count) members")
        }
        progress.end()
        guard made.members.count == members.count, let address = Address(made.group) else {
            throw BenchFailure("the group has \(made.members.count) members, not \(members.count)")
        }
        return address
    }

    private func ask(_ path: String, _ body: some Encodable) async throws -> Made {
        let answer = try await NodeResources(nodes[0]).request(
            .POST, path, token: members[0].token, json: Array(try JSONEncoder().encode(body)))
        guard answer.isSuccess else {
            throw BenchFailure("\(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return try JSONDecoder().decode(Made.self, from: Data(answer.body))
    }
}
