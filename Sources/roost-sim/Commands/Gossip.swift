import ArgumentParser
import RoostSimulator

/// `roost-sim gossip`: what the gossip costs and how fast it is.
struct Gossip: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the gossip of clusters of several sizes: traffic, news, false alarms.")

    @Option(help: "Sizes, comma-separated.")
    var nodes = "10,100,1000"
    @Option(help: "Datagrams lost, of a hundred.")
    var loss = 5
    @Option(help: "Decides everything.")
    var seed: UInt64 = 1
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let sizes = nodes.split(separator: ",").compactMap { Int($0) }
        guard !sizes.isEmpty, sizes.allSatisfy({ (2...1000).contains($0) }), (0..<100).contains(loss) else {
            throw ValidationError("sizes of 2 to 1000 nodes, a loss below 100")
        }
        let (loss, seed) = (loss, seed)
        let results = await withTaskGroup(of: GossipStudy.Result.self) { group in
            for size in sizes {
                group.addTask {
                    var study = GossipStudy(nodes: size, lossPercent: loss, seed: seed)
                    return study.run()
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.nodes < $1.nodes }
        }
        print(json ? Gossip.json(results) : Gossip.text(results))
    }

    private static func text(_ results: [GossipStudy.Result]) -> String {
        var table = Table([
            "nodes", "loss", "settled", "B/s a node", "busiest", "false alarms/h", "false deaths", "epoch half", "all",
            "death half", "all",
        ])
        for result in results {
            table.add([
                "\(result.nodes)", "\(result.lossPercent) %", "\(Table.decimals(result.settledSeconds, 1)) s",
                Table.decimals(result.bytesPerNodeSecond, 0), Table.decimals(result.bytesPerNodeSecondMost, 0),
                Table.decimals(result.falseSuspicionsPerNodeHour, 2), "\(result.falseDeaths)",
                "\(Table.decimals(result.epochSecondsHalf, 2)) s", "\(Table.decimals(result.epochSecondsAll, 2)) s",
                "\(Table.decimals(result.deathSecondsHalf, 1)) s", "\(Table.decimals(result.deathSecondsAll, 1)) s",
            ])
        }
        return table.text
    }

    private static func json(_ results: [GossipStudy.Result]) -> String {
        let lines = results.map {
            """
            {"nodes":\($0.nodes),"lossPercent":\($0.lossPercent),"settledSeconds":\($0.settledSeconds),\
            "bytesPerNodeSecond":\($0.bytesPerNodeSecond),"bytesPerNodeSecondMost":\($0.bytesPerNodeSecondMost),\
            "falseSuspicionsPerNodeHour":\($0.falseSuspicionsPerNodeHour),"falseDeaths":\($0.falseDeaths),\
            "epochSecondsHalf":\($0.epochSecondsHalf),"epochSecondsAll":\($0.epochSecondsAll),\
            "deathSecondsHalf":\($0.deathSecondsHalf),"deathSecondsAll":\($0.deathSecondsAll)}
            """
        }
        return "[\(lines.joined(separator: ",\n "))]"
    }
}
