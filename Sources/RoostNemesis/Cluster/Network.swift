import Foundation

/// A network of its own for the nodes: one namespace each, joined by a bridge, on which the clients stand too.
final class Network {
    private let id: String
    private let subnet: String
    private var namespaces: [Int: String] = [:]
    private var hasBridge = false
    private var cuts: Set<Cut> = []

    private struct Cut: Hashable {
        let from: Int
        let to: Int
    }

    /// Where clients and operators stand on the bridge.
    private static let bridgeHost = 254

    init() {
        id = String(UInt32(ProcessInfo.processInfo.processIdentifier), radix: 36)
        subnet = "10.\(Int.random(in: 64...127)).\(Int.random(in: 0...255))"
    }

    /// Makes the bridge. Throws where namespaces cannot be made: not root, no iproute2, or a kernel without them.
    func open() async throws {
        let probe = "roost-\(id)-probe"
        try await Program.run(["ip", "netns", "add", probe])
        try await Program.run(["ip", "netns", "del", probe])
        try await Program.run(["ip", "link", "add", bridge, "type", "bridge"])
        hasBridge = true
        try await Program.run(["ip", "address", "add", "\(subnet).\(Network.bridgeHost)/24", "dev", bridge])
        try await Program.run(["ip", "link", "set", bridge, "up"])
    }

    private var bridge: String { "rst\(id)" }

    func address(_ node: Int) -> String { "\(subnet).\(node)" }

    /// Makes the namespace of a node, numbered from 1.
    func add(_ node: Int) async throws {
        let name = "roost-\(id)-\(node)"
        let link = "r\(id)v\(node)"
        try await Program.run(["ip", "netns", "add", name])
        namespaces[node] = name
        try await Program.run([
            "ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name,
        ])
        try await Program.run(["ip", "link", "set", link, "master", bridge, "up"])
        try await Program.run(["ip", "-n", name, "address", "add", "\(address(node))/24", "dev", "eth0"])
        try await Program.run(["ip", "-n", name, "link", "set", "eth0", "up"])
        try await Program.run(["ip", "-n", name, "link", "set", "lo", "up"])
    }

    /// What to put before a command so that it runs where the node runs.
    func prefix(_ node: Int) -> [String] {
        namespaces[node].map { ["ip", "netns", "exec", $0] } ?? []
    }

    /// What the one sends to the other is thrown away from here on.
    func cut(from: Int, to: Int) async throws {
        guard let name = namespaces[from], cuts.insert(Cut(from: from, to: to)).inserted else { return }
        try await Program.run(["ip", "-n", name, "route", "add", "blackhole", "\(address(to))/32"])
    }

    func healAll() async throws {
        for cut in cuts {
            guard let name = namespaces[cut.from] else { continue }
            try await Program.run(["ip", "-n", name, "route", "del", "blackhole", "\(address(cut.to))/32"])
        }
        cuts = []
    }

    /// Removes everything. Links go with their namespaces.
    func close() async {
        for name in namespaces.values { await report(["ip", "netns", "del", name]) }
        namespaces = [:]
        if hasBridge { await report(["ip", "link", "del", bridge]) }
    }

    private func report(_ command: [String]) async {
        do {
            try await Program.run(command)
        } catch {
            print("left behind: \(error)")
        }
    }
}
