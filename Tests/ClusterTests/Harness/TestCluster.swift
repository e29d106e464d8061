import Foundation
import RoostClient
import RoostCore
import RoostNemesis
import RoostWire

/// Real node processes on loopback, with directories of their own, gone at the end of the test whatever happens.
struct TestCluster {
    let nodes: [TestNode]
    let directory: URL
    private let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)

    /// Runs `body` with a cluster of `count` nodes that has been made one by `init`. When it throws, the logs of the
    /// nodes are printed.
    static func run(
        _ count: Int, seeds: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (TestCluster) async throws -> Void
    ) async throws {
        let cluster = try TestCluster(count, seeds: seeds)
        do {
            try await cluster.start()
            try await cluster.join()
            try await body(cluster)
        } catch {
            cluster.printLogs()
            await cluster.end()
            throw error
        }
        await cluster.end()
    }

    init(_ count: Int, seeds: String? = nil) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "roost-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ports = FreePorts.take(2 * count)
        let addresses = ports.suffix(count).map { "127.0.0.1:\($0)" }
        let all = ([seeds] + addresses).compactMap { $0 }.joined(separator: ",")
        nodes = (0..<count).map { [directory] index in
            TestNode(
                name: "n\(index + 1)", clientPort: ports[index], peerPort: ports[count + index], seeds: all,
                directory: directory)
        }
    }

    subscript(index: Int) -> TestNode { nodes[index - 1] }

    func start() async throws {
        try await forAll { try await $0.start() }
    }

    /// `roost init`, and the wait for every node to have heard of it.
    func join() async throws {
        let process = try RoostProcess(
            ["init", "--node", "\(nodes[0].address)", "--expect", "\(nodes.count)"],
            output: directory.appending(path: "init.log"))
        let code = try await process.exitCode(seconds: 30)
        guard code == 0 else { throw InitFailed(code: code, said: try await process.said()) }
        try await ready(nodes)
    }

    struct InitFailed: Error {
        let code: Int32
        let said: String
    }

    /// Waits until these say that they can serve.
    func ready(_ nodes: [TestNode]) async throws {
        for node in nodes {
            try await wait(for: "\(node.name) to be ready") { await node.isReady() }
        }
    }

    func killAll() async throws {
        try await forAll { try await $0.kill() }
    }

    /// A new user with one device, which connects to these nodes in turn.
    func user(_ name: String, encoding: ClientEncoding = .proto, window: Int = 0) async throws -> TestClient {
        let credentials = try await register(name)
        return TestClient(credentials, nodes: nodes.map(\.address), encoding: encoding, window: window)
    }

    func register(_ name: String) async throws -> Credentials {
        try await NodeResources(nodes[0].address).register("\(name)-\(suffix)", password: "correct horse \(name)")
    }

    /// What every node says of itself.
    func status() async throws -> [Status] {
        let node = try await nodes.asyncFirst { await $0.isRunning }
        return try JSONDecoder().decode(
            [Status].self, from: Data(try await NodeResources(node.address).get("/admin/v1/status")))
    }

    /// What a test looks at of `GET /admin/v1/status`.
    struct Status: Decodable {
        let name: String
        let state: String
        let sessions: Int
        let pendingMessages: Int
    }

    /// Waits until no node holds a message any more.
    func empty() async throws {
        try await wait(for: "every queue to be empty") {
            let status = try await status()
            return status.count == nodes.count
                && status.allSatisfy { $0.state == "serving" && $0.pendingMessages == 0 }
        }
    }

    private func forAll(_ body: @escaping @Sendable (TestNode) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await body(node) } }
            try await group.waitForAll()
        }
    }

    func end() async {
        for node in nodes { await node.signal(SIGKILL) }
        for node in nodes {
            do {
                try await wait(for: "the end of \(node.name)") { await !node.isRunning }
            } catch {
                print("\(error)")
            }
        }
        do {
            try FileManager.default.removeItem(at: directory)
        } catch {
            print("\(directory.path) stays: \(error)")
        }
    }

    func printLogs() {
        for node in nodes { node.printLog() }
    }
}

extension [TestNode] {
    fileprivate func asyncFirst(where condition: (TestNode) async -> Bool) async throws -> TestNode {
        for node in self where await condition(node) { return node }
        throw WaitedInVain(what: "a running node", seconds: 0)
    }
}
