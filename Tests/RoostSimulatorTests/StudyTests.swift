import RoostSimulator
import Testing

/// What gossip and placement are to be like at the sizes that nobody starts by hand.
@Suite("Studies")
struct StudyTests {
    @Test("A join moves the newcomer's share, and shares differ by one at most")
    func placement() {
        for row in PlacementStudy.run(members: 100) {
            #expect(row.most - row.least <= 1, "\(row.members) members")
            if row.members > 3 { #expect(Double(row.moved) <= row.ideal + 1, "\(row.members) members") }
        }
    }

    @Test("Gossip spreads a death and an epoch, at a bounded cost", arguments: [10, 50])
    func gossip(nodes: Int) {
        var study = GossipStudy(nodes: nodes, lossPercent: 5)
        let result = study.run()
        #expect(result.settledSeconds >= 0)
        #expect(result.falseDeaths == 0)
        #expect((0...5).contains(result.epochSecondsAll))
        #expect((0...30).contains(result.deathSecondsAll))
        #expect(result.bytesPerNodeSecond < 2000)
    }
}
