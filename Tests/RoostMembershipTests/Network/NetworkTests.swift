import RoostCore
import RoostMembership
import Testing

/// A network of machines, how lossy it is, and the chance of one run.
struct Conditions: CustomStringConvertible {
    let count: Int
    let lossPercent: Int
    let seed: UInt64

    var description: String { "\(count) nodes, \(lossPercent) % loss, seed \(seed)" }

    static let all: [Conditions] = [(3, 6), (10, 4), (50, 1), (100, 1)].flatMap { count, seeds in
        [0, 5].flatMap { loss in
            (1...UInt64(seeds)).map { Conditions(count: count, lossPercent: loss, seed: $0) }
        }
    }

    static let small = all.filter { $0.count <= 10 }

    func network() -> VirtualNetwork {
        VirtualNetwork(count: count, lossPercent: lossPercent, seed: seed)
    }

    /// A network whose nodes have found each other.
    func settledNetwork() throws -> VirtualNetwork {
        var network = network()
        network.startAll()
        _ = try #require(network.run(patience: .seconds(60)) { $0.allKnowAll })
        return network
    }
}

@Suite struct NetworkTests {
    @Test(arguments: Conditions.all)
    func `all learn of all, and a death is learned of by all`(conditions: Conditions) throws {
        var network = conditions.network()
        network.startAll()
        let learned = try #require(network.run(patience: .seconds(30)) { $0.allKnowAll })
        #expect(learned <= .seconds(10))
        // Whatever time is left of the rumours, so that the death comes at an arbitrary moment.
        network.run(.milliseconds(700 + 100 * conditions.seed))
        network.kill(conditions.count - 1)
        let victim = conditions.count - 1
        let detected = try #require(network.run(patience: .seconds(60)) { $0.allHold(victim, .dead) })
        #expect(detected <= .seconds(20))
        #expect(detected >= .seconds(4), "nobody is held dead without a suspicion")
        #expect(network.wronged == 0)
    }

    @Test(arguments: Conditions.small.filter { $0.lossPercent > 0 } + [Conditions(count: 50, lossPercent: 5, seed: 9)])
    func `nobody who runs is held dead for lost datagrams`(conditions: Conditions) throws {
        var network = try conditions.settledNetwork()
        network.run(.seconds(conditions.count > 10 ? 60 : 300))
        #expect(network.wronged == 0)
    }

    @Test(arguments: Conditions.small)
    func `a restarted node is alive to all within seconds`(conditions: Conditions) throws {
        var network = try conditions.settledNetwork()
        let index = conditions.count - 1
        network.kill(index)
        network.run(.milliseconds(300))
        network.restart(index, boot: 2)
        let learned = try #require(
            network.run(patience: .seconds(30)) { network in
                network.allKnowAll
                    && network.nodes.allSatisfy {
                        $0.machine.members.first { $0.description.id == nodeID(index + 1) }?.description.boot == 2
                    }
            })
        #expect(learned <= .seconds(10))
    }

    @Test(arguments: Conditions.small)
    func `a goodbye is heard by all, and nobody takes it for a death`(conditions: Conditions) throws {
        var network = try conditions.settledNetwork()
        network.leave(conditions.count - 1)
        let heard = try #require(
            network.run(patience: .seconds(60)) { $0.allHold(conditions.count - 1, .left) })
        #expect(heard <= .seconds(5))
    }

    @Test(arguments: Conditions.small)
    func `a cluster that was cut in two for long finds together again`(conditions: Conditions) throws {
        var network = try conditions.settledNetwork()
        let members = (1...conditions.count).map { node($0, boot: 0) }
        for index in network.nodes.indices { network.adoptRing(index, members: members) }
        network.run(.seconds(5))
        for index in 0..<(conditions.count / 2) { network.side[index] = 1 }
        network.run(.seconds(180))
        #expect(!network.allKnowAll)
        for index in network.side.indices { network.side[index] = 0 }
        let healed = try #require(network.run(patience: .seconds(120)) { $0.allKnowAll })
        #expect(healed <= .seconds(45))
        #expect(network.wronged == 0)
    }

    @Test func `nodes whose only seed starts last find each other by it`() throws {
        var network = VirtualNetwork(count: 4, lossPercent: 0, seed: 5, seeds: [address(1)])
        for index in [1, 2, 3] { network.start(index) }
        network.run(.seconds(30))
        #expect(network.nodes[1...].allSatisfy { $0.machine.members.count == 1 })
        network.start(0)
        let learned = try #require(network.run(patience: .seconds(10)) { $0.allKnowAll })
        #expect(learned <= .seconds(5))
    }

    @Test func `a quiet cluster sends little`() throws {
        var network = try Conditions(count: 10, lossPercent: 0, seed: 3).settledNetwork()
        network.run(.seconds(30))
        let before = network.datagrams
        network.run(.seconds(60))
        // A ping and its ack a second and node, a list now and then, and a seed that never answers every ten seconds.
        let perNodeAndSecond = Double(network.datagrams - before) / 600
        #expect((2.0...2.4).contains(perNodeAndSecond), "\(perNodeAndSecond)")
    }

    @Test(arguments: [3, 10])
    func `what happens follows from the seed`(count: Int) throws {
        func trace(_ seed: UInt64) throws -> UInt64 {
            var network = Conditions(count: count, lossPercent: 5, seed: seed).network()
            network.isEncoding = true
            network.startAll()
            network.run(.seconds(20))
            network.kill(0)
            network.run(.seconds(20))
            return network.trace
        }
        let first = try trace(1)
        #expect(try trace(1) == first)
        #expect(try trace(2) != first)
    }
}
