import ArgumentParser
import RoostOperator
import RoostServer

/// `roost ring`
struct RingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring", abstract: "Show which node owns which slots.")

    @OptionGroup var node: NodeOption
    @Flag(help: "Epoch, hash, and the owners' names of each slot.")
    var json = false

    func run() async throws {
        let ring = try await node.get("/admin/v1/ring", as: RingAnswer.self)
        if json { return try printJSON(ring) }
        print(
            "cluster \(ring.cluster)   epoch \(ring.epoch)   hash \(ring.hash.prefix(16))   voters \(ring.voters.joined(separator: ", "))"
        )
        print("")
        let replicas = ring.slots.reduce(0) { $0 + $1.count }
        let rows = ring.members.sorted().map { member in
            let slots = ring.slots.indices.filter { ring.slots[$0].contains(member) }
            return [
                member, "\(slots.count)", Percentage.text(slots.count, of: replicas),
                slots.prefix(8).map(String.init).joined(separator: " ") + (slots.count > 8 ? " …" : ""),
            ]
        }
        for line in TextTable(["NODE", "SLOTS", "SHARE", "FIRST SLOTS"], rows).lines { print(line) }
    }
}
