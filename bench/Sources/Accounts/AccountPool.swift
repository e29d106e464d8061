import Foundation
import RoostClient
import RoostSession

/// Gets accounts with devices: those of earlier runs as long as the cluster still knows them, new ones for the rest.
struct AccountPool {
    let nodes: [NodeAddress]
    let path: String

    /// Requests for a password hash at once: what one node computes at a time.
    private static let requestsAtOnce = 2

    /// Credentials for `count` devices, `devicesPerUser` of each user.
    func devices(_ count: Int, perUser devicesPerUser: Int = 1) async throws -> [Credentials] {
        var file = try AccountFile.load(path)
        if let known = file[nodes].first?.devices.first, try await !isKnown(known) {
            print("the cluster does not know the accounts in \(path): making new ones")
            file[nodes] = []
        }
        let usersNeeded = (count + devicesPerUser - 1) / devicesPerUser
        // A device can only be added to an account that is there: users first, then the rest of their devices.
        try await work(off: newUsers(usersNeeded - file[nodes].count), into: &file)
        try await work(off: newDevices(of: file[nodes].prefix(usersNeeded), perUser: devicesPerUser), into: &file)
        let devices = file[nodes].prefix(usersNeeded).flatMap { $0.devices.prefix(devicesPerUser) }
        return Array(devices.prefix(count))
    }

    /// One request to the cluster.
    private struct Request: Sendable {
        let user: String
        let password: String
        let isNewUser: Bool

        func run(at node: NodeAddress) async throws -> AccountFile.Account {
            let resources = NodeResources(node)
            let credentials =
                isNewUser
                ? try await resources.register(user, password: password)
                : try await resources.logIn(user, password: password)
            return AccountFile.Account(user: user, password: password, devices: [credentials])
        }
    }

    private func newUsers(_ count: Int) -> [Request] {
        guard count > 0 else { return [] }
        var system = SystemRandomNumberGenerator()
        let run = String(UInt32.random(in: .min ... .max, using: &system), radix: 36)
        return (0..<count).map { index in
            let password = String(UInt64.random(in: .min ... .max, using: &system), radix: 36) + "-password"
            return Request(user: "bench-\(run)-\(index)", password: password, isNewUser: true)
        }
    }

    private func newDevices(of accounts: ArraySlice<AccountFile.Account>, perUser: Int) -> [Request] {
        accounts.flatMap { account in
            (0..<max(0, perUser - account.devices.count)).map { _ in
                Request(user: account.user, password: account.password, isNewUser: false)
            }
        }
    }

    private func work(off requests: [Request], into file: inout AccountFile) async throws {
        guard !requests.isEmpty else { return }
        let progress = Progress()
        let start = ContinuousClock.now
        var done = 0
        var accounts = file[nodes]
        for batch in requests.chunks(of: AccountPool.requestsAtOnce) {
            do {
                for made in try await answers(to: batch) { AccountPool.merge(made, into: &accounts) }
            } catch ClientError.refused(_, 409, "TOO_MANY_DEVICES", _) {
                throw BenchFailure(
                    "accounts in \(path) have devices that it does not name, of a run that was interrupted: remove it")
            }
            done += batch.count
            let left = Int(start.duration(to: .now).seconds / Double(done) * Double(requests.count - done))
            progress.show("accounts: \(done) of \(requests.count) made, about \(left) s left (kept for the next run)")
            // Every so often, so that an interrupted run has not worked in vain.
            if done % 100 == 0 || done == requests.count {
                file[nodes] = accounts
                try file.save(path)
            }
        }
        progress.end()
    }

    private func answers(to batch: ArraySlice<Request>) async throws -> [AccountFile.Account] {
        try await withThrowingTaskGroup(of: AccountFile.Account.self) { group in
            for (index, request) in batch.enumerated() {
                let node = nodes[index % nodes.count]
                group.addTask { try await request.run(at: node) }
            }
            var accounts: [AccountFile.Account] = []
            for try await account in group { accounts.append(account) }
            return accounts
        }
    }

    private static func merge(_ made: AccountFile.Account, into accounts: inout [AccountFile.Account]) {
        if let index = accounts.firstIndex(where: { $0.user == made.user }) {
            accounts[index].devices += made.devices
        } else {
            accounts.append(made)
        }
    }

    /// Whether the cluster still takes a token of an earlier run.
    private func isKnown(_ credentials: Credentials) async throws -> Bool {
        let connection: ClientConnection
        do {
            connection = try await ClientConnection.connect(.init(address: nodes[0], token: credentials.token))
        } catch {
            if case .refused(_, 401, _, _) = error { return false }
            throw error
        }
        connection.send(.hello(.init(client: "roost-bench")))
        for await event in connection.events {
            switch event {
            case .frame(.welcome):
                connection.close()
                return true
            case .ended: return false
            case .frame: continue
            }
        }
        return false
    }
}

extension Array {
    /// The elements in runs of `size`.
    func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
