import Foundation
import RoostClient
import RoostCore

/// Real nodes on this machine, with directories and, where it can be had, a network of their own.
final class Cluster {
    private let roost: String
    private let directory: URL
    /// None where namespaces cannot be made.
    let network: Network?
    private(set) var nodes: [ClusterNode] = []
    /// Why there is no network or no small disk, in words.
    let shortcomings: [String]
    private let hasSmallDisks: Bool
    // The name of a node that has left is not used again.
    private var lastNumber = 0
    /// Whether this roost has the verbs that change the ring.
    let canChange: Bool

    /// The first nodes of a cluster have a small disk, where one can be mounted: a majority of the owners of some slots.
    static let smallDisks = 2
    static let smallDiskMebibytes = 512
    private static let clientPort = 7400
    private static let peerPort = 7401

    /// Finds out what this machine lets one do.
    static func open(roost: String, isolated: Bool) async throws -> Cluster {
        let directory = FileManager.default.temporaryDirectory.appending(path: "roost-nemesis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let canChange = try await hasVerb("add", roost)
        guard isolated else {
            return Cluster(
                roost: roost, directory: directory, network: nil, hasSmallDisks: false, canChange: canChange,
                shortcomings: ["signals only, as asked for: no partitions, no full disks"])
        }
        var shortcomings: [String] = []
        var network: Network? = Network()
        do {
            try await network?.open()
        } catch {
            await network?.close()
            network = nil
            shortcomings.append("no partitions: network namespaces cannot be made here (\(error))")
        }
        let probe = SmallDisk(path: directory.appending(path: "probe").path, mebibytes: 1)
        var hasSmallDisks = true
        do {
            try await probe.open()
            await probe.close()
        } catch {
            hasSmallDisks = false
            shortcomings.append("no full disks: nothing can be mounted here (\(error))")
        }
        return Cluster(
            roost: roost, directory: directory, network: network, hasSmallDisks: hasSmallDisks, canChange: canChange,
            shortcomings: shortcomings)
    }

    // The program answers `--help` to a verb that it does not know as well.
    private static func hasVerb(_ verb: String, _ roost: String) async throws -> Bool {
        try await Program.run([roost, "--help"]).split(separator: "\n").contains { $0.hasPrefix("  \(verb) ") }
    }

    private init(
        roost: String, directory: URL, network: Network?, hasSmallDisks: Bool, canChange: Bool,
        shortcomings: [String]
    ) {
        self.roost = roost
        self.directory = directory
        self.network = network
        self.hasSmallDisks = hasSmallDisks
        self.canChange = canChange
        self.shortcomings = shortcomings
    }

    // MARK: Nodes

    /// Makes a place for one node more; it is not started.
    @discardableResult func addNode() async throws -> ClusterNode {
        lastNumber += 1
        let number = lastNumber
        let data = directory.appending(path: "n\(number)")
        var disk: SmallDisk?
        if hasSmallDisks, number <= Cluster.smallDisks {
            disk = SmallDisk(path: data.path, mebibytes: Cluster.smallDiskMebibytes)
            try await disk?.open()
        }
        try await network?.add(number)
        let ports = network == nil ? FreePorts.take(2) : [Cluster.clientPort, Cluster.peerPort]
        let node = ClusterNode(
            number: number,
            place: .init(
                roost: roost, host: network?.address(number) ?? "127.0.0.1", clientPort: ports[0], peerPort: ports[1],
                prefix: network?.prefix(number) ?? [], dataDirectory: data,
                log: directory.appending(path: "n\(number).log")),
            disk: disk)
        nodes.append(node)
        return node
    }

    /// Forgets a node that has left.
    func removeNode(_ node: ClusterNode) {
        nodes.removeAll { $0 === node }
    }

    func node(at address: NodeAddress) -> ClusterNode? {
        nodes.first { $0.address == address }
    }

    var addresses: [NodeAddress] { nodes.filter(\.isMember).map(\.address) }
    var seeds: String { nodes.map(\.peerAddress).joined(separator: ",") }

    /// Starts the first `count` nodes and makes them one cluster.
    func form(_ count: Int) async throws {
        for _ in 0..<count { try await addNode() }
        for node in nodes { try node.start(seeds: seeds) }
        for node in nodes { try await node.alive(seconds: 30) }
        _ = try await nodes[0].operate(["init", "--expect", "\(count)"])
        for node in nodes { node.isMember = true }
        try await ready(seconds: 60)
    }

    /// Starts a node again that was down.
    func restart(_ node: ClusterNode) throws {
        try node.start(seeds: seeds)
    }

    /// Undoes whatever a nemesis may have left half done.
    func recover() async throws {
        try await network?.healAll()
        for node in nodes {
            try node.disk?.free()
            node.signal(SIGCONT)
            try restart(node)
        }
        try await ready(seconds: 60)
    }

    func ready(seconds: Double) async throws {
        for node in nodes where node.isMember { try await node.ready(seconds: seconds) }
    }

    // MARK: What they say

    /// What a run looks at of `roost status --json`.
    struct Status: Decodable {
        let name: String
        let state: String
        let slots: Int
        let pendingMessages: Int
        let epoch: UInt64
    }

    func status() async throws -> [Status] {
        guard let node = nodes.first(where: \.isRunning) else {
            throw NemesisError.unreadable(what: "the state of a cluster of which no node runs")
        }
        let text = try await node.operate(["status", "--json"])
        do {
            return try JSONDecoder().decode([Status].self, from: Data(text.utf8))
        } catch {
            throw NemesisError.unreadable(what: "the answer of roost status: \(error)")
        }
    }

    /// Whether every node serves and sees every other.
    func isWhole() async throws -> Bool {
        let status = try await status()
        return status.count == nodes.count && status.allSatisfy { $0.state == "serving" }
    }

    // MARK: The end

    /// Kills what runs and removes what was made; with `keeping` the logs and data stay.
    func close(keeping: Bool) async {
        for node in nodes { node.signal(SIGKILL) }
        for node in nodes {
            do {
                _ = try await node.ended()
            } catch {
                print("left behind: \(error)")
            }
        }
        await network?.close()
        if keeping {
            let disks = nodes.filter { $0.disk != nil }.map { "umount \($0.place.dataDirectory.path)" }
            print((["logs and data are in \(directory.path)"] + disks).joined(separator: "\n"))
            return
        }
        for node in nodes { await node.disk?.close() }
        do {
            try FileManager.default.removeItem(at: directory)
        } catch {
            print("\(directory.path) stays: \(error.localizedDescription)")
        }
    }
}

extension Cluster {
    private struct Ring: Decodable {
        let slots: [[String]]
    }

    /// The names of the nodes that keep a user's queue.
    func owners(of user: String) async throws -> [String] {
        guard let node = nodes.first(where: \.isRunning) else { return [] }
        let text = try await node.operate(["ring", "--json"])
        do {
            let ring = try JSONDecoder().decode(Ring.self, from: Data(text.utf8))
            guard let count = SlotCount(ring.slots.count) else { return [] }
            return ring.slots[Int(count.slot(of: user).index)]
        } catch {
            throw NemesisError.unreadable(what: "the answer of roost ring: \(error)")
        }
    }
}
