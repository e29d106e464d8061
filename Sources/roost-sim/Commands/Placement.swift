import ArgumentParser
import RoostCore
import RoostSimulator

/// `roost-sim placement`: how evenly the ring spreads, and how little it moves.
struct Placement: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a ring grow member by member: replicas moved against the ideal, fullest member against the mean."
    )

    @Option(help: "Grow to this many members.")
    var members = 100
    @Option(help: "Slots of the ring, a power of two from \(SlotCount.least) to \(SlotCount.most).")
    var slots = SlotCount.standard.value
    @Option(help: "Zones that the members are spread over in turn.")
    var zones = 1
    @Flag(help: "Every size, as JSON.")
    var json = false

    func run() throws {
        guard (3...1000).contains(members), zones > 0 else {
            throw ValidationError("3 to 1000 members, 1 zone or more")
        }
        guard let slotCount = SlotCount(slots) else {
            throw ValidationError("--slots is a power of two from \(SlotCount.least) to \(SlotCount.most)")
        }
        let rows = PlacementStudy.run(members: members, slotCount: slotCount, zones: zones)
        if json {
            let lines = rows.map {
                """
                {"members":\($0.members),"moved":\($0.moved),"ideal":\($0.ideal),"most":\($0.most),"least":\($0.least),\
                "maxOverMean":\($0.maxOverMean)}
                """
            }
            print("[\(lines.joined(separator: ",\n "))]")
            return
        }
        var table = Table(["members", "moved", "ideal", "most", "least", "max/mean"])
        let shown: Set = [3, 4, 5, 7, 10, 20, 30, 50, 70, 100, 200, 500, 1000]
        for row in rows where shown.contains(row.members) || row.members == members {
            table.add([
                "\(row.members)", "\(row.moved)", Table.decimals(row.ideal, 1), "\(row.most)", "\(row.least)",
                Table.decimals(row.maxOverMean, 4),
            ])
        }
        print(table.text)
        let worst = rows.map(\.maxOverMean).max() ?? 0
        let excess = rows.dropFirst().map { Double($0.moved) - $0.ideal }.max() ?? 0
        print(
            "worst of all sizes: max/mean \(Table.decimals(worst, 4)), \(Table.decimals(excess, 1)) replicas moved above the ideal"
        )
    }
}
