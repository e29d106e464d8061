import Foundation
import RoostClient

/// Accounts of earlier runs, kept because each costs the cluster a third of a second of CPU to make.
struct AccountFile: Codable {
    struct Account: Codable {
        var user: String
        var password: String
        var devices: [Credentials]
    }

    /// Accounts by the nodes that know them.
    private var accountsByNodes: [String: [Account]] = [:]

    init() {}

    static func load(_ path: String) throws -> AccountFile {
        guard FileManager.default.fileExists(atPath: path) else { return AccountFile() }
        do {
            return try JSONDecoder().decode(AccountFile.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw BenchFailure("\(path) is not a file of accounts: remove it, or name another with --credentials")
        }
    }

    func save(_ path: String) throws {
        let url = URL(fileURLWithPath: path)
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try JSONEncoder().encode(self).write(to: url, options: .atomic)
        } catch {
            throw BenchFailure("the accounts cannot be kept in \(path): \(error.localizedDescription)")
        }
    }

    subscript(nodes: [NodeAddress]) -> [Account] {
        get { accountsByNodes[AccountFile.key(nodes)] ?? [] }
        set { accountsByNodes[AccountFile.key(nodes)] = newValue.isEmpty ? nil : newValue }
    }

    private static func key(_ nodes: [NodeAddress]) -> String {
        nodes.map(\.description).sorted().joined(separator: ",")
    }
}
