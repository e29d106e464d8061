import RoostClient
import RoostCore

/// Something that is done to the nodes of `./cluster/up` while people talk.
struct Incident: Sendable {
    let name: String
    /// When, as a share of the day.
    let share: Double
    /// Does it, to its end; what there is to tell of it.
    let run: @Sendable () async throws -> String
}

/// How an incident went.
struct IncidentRecord: Codable, Sendable {
    var name: String
    var atSeconds: Double
    var tookSeconds: Double
    var note: String

    var text: String {
        "\(decimal(atSeconds, 1)) s  \(name), \(decimal(tookSeconds, 1)) s" + (note.isEmpty ? "" : ": \(note)")
    }
}

extension Incident {
    /// Kills nodes one after the other, drawn from a seed, and brings each back after some seconds.
    static func kills(
        _ count: Int, of nodes: [NodeAddress], downSeconds: Double, seed: UInt64
    ) throws -> [Incident] {
        let scripts = try ClusterScripts()
        var random = SeededRandom(seed: seed)
        var last: Int?
        return (0..<count).map { index in
            // Not the same twice in a row, where there is another.
            var victim = random.below(nodes.count)
            if victim == last { victim = (victim + 1) % nodes.count }
            last = victim
            let address = nodes[victim]
            let share = 0.1 + 0.8 * Double(index) / Double(count)
            return Incident(name: "kill -9 of \(address.port)", share: share) {
                guard let server = try ServerProcess.listening(on: [address]).first else {
                    throw BenchFailure("\(address) is not on this machine: it cannot be killed")
                }
                let restart = try await NodeRestart.make(
                    of: server, at: address, scripts: scripts, downSeconds: downSeconds)
                return
                    "\(restart.name) down for \(decimal(downSeconds, 0)) s, ready \(decimal(restart.readySeconds, 2)) s after its start"
            }
        }
    }

    /// One node more, and then one less.
    static func joinAndLeave() throws -> [Incident] {
        let scripts = try ClusterScripts()
        let joined = NameOfNode()
        return [
            Incident(name: "a node joins", share: 0.15) {
                let text = try await scripts.run("add")
                guard let name = text.firstMatch(of: /(n\d+) takes clients/)?.output.1 else {
                    throw BenchFailure("cluster/add did not say which node it has added:\n\(text)")
                }
                await joined.set(String(name))
                return String(name)
            },
            Incident(name: "it leaves", share: 0.55) {
                guard let name = await joined.name else { throw BenchFailure("no node has joined") }
                try await scripts.run("remove", name)
                return name
            },
        ]
    }
}

/// Which node has joined, for the one who lets it leave.
private actor NameOfNode {
    private(set) var name: String?

    func set(_ name: String) {
        self.name = name
    }
}
