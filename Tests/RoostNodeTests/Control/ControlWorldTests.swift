import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import Testing

/// Whole clusters of control machines, by seed.
@Suite struct ControlWorldTests {
    @Test(arguments: UInt64(1)...3)
    func eightJoinsAskedForAtOnceAllSucceed(seed: UInt64) throws {
        var world = ControlWorld(nodes: 11, seed: seed)
        try world.begin(members: 3)
        world.run(milliseconds: 3000)
        for index in 3..<11 { world.change(.add(world.member(index)), on: index % 3, token: UInt64(index)) }
        let isDone = world.run(secondsMax: 120) { world in
            world.answers.count == 8 && world.isSettled && world.memberNames.count == 11
        }
        #expect(isDone, "epoch \(world.latest?.number ?? 0), answers \(world.answers)")
        #expect(world.violations == [])
        for token in UInt64(3)..<11 {
            guard case .made = world.answers[token] else {
                Issue.record("n\(token) was answered \(String(describing: world.answers[token]))")
                continue
            }
        }
        let record = try #require(world.latest)
        var loads: [UInt16: Int] = [:]
        for line in record.lines { for owner in line.owners { loads[owner, default: 0] += 1 } }
        let most = try #require(loads.values.max())
        let least = try #require(loads.values.min())
        #expect(most - least <= 1)
    }

    @Test(arguments: UInt64(1)...12)
    func oneRecordForEachEpochWhateverFails(seed: UInt64) throws {
        var world = ControlWorld(nodes: 7, seed: seed)
        try world.begin(members: 4)
        world.run(milliseconds: 3000)
        world.faults = ControlWorld.Faults(
            lossPercent: world.below(30), doublePercent: world.below(30), delayMillisecondsMax: 1 + world.below(300))
        var token: UInt64 = 0
        for _ in 0..<30 {
            token += 1
            let change: RingChange =
                switch world.below(6) {
                case 0, 1: world.someWaiting.map { .add(world.member($0)) } ?? .abort
                case 2: .remove(world.member(world.below(7)).id)
                case 3: .abort
                case 4: .limit(bytesPerSecond: token)
                default: world.chance(50) ? .pause : .resume
                }
            world.change(change, on: world.below(7), token: token)
            if world.chance(40) { world.crash(world.below(7), restartAfterMilliseconds: 100 + world.below(4000)) }
            world.run(milliseconds: UInt64(100 + world.below(1500)))
        }
        world.faults = ControlWorld.Faults()
        world.run(milliseconds: 60_000)
        // Who left while somebody asked for it to stay is a member that never comes.
        let up = try #require(world.nodes.firstIndex { $0.isUp && $0.machine.record != nil })
        world.change(.resume, on: up, token: 1000)
        for (index, node) in world.nodes.enumerated() where node.isRemoved && world.memberNames.contains("n\(index)") {
            world.change(.remove(node.description.id), on: up, token: 1001 + UInt64(index))
        }
        let isDone = world.run(secondsMax: 240) { $0.isSettled }
        #expect(isDone, "epoch \(world.latest?.number ?? 0), \(world.latest?.movesLeft ?? 0) moves left")
        #expect(world.violations == [])
        // What was said to be made is in the chain that all go by.
        for (_, answer) in world.answers {
            if case .made(let record) = answer { #expect(world.decided[record.number] == record) }
        }
    }

    @Test(arguments: UInt64(1)...3)
    func whoDrivesTheMovesMayDie(seed: UInt64) throws {
        var world = ControlWorld(nodes: 6, seed: seed)
        try world.begin(members: 5)
        world.run(milliseconds: 3000)
        world.change(.add(world.member(5)), on: 4, token: 1)
        world.run(milliseconds: 4000)
        let before = try #require(world.latest)
        #expect(!before.isAtRest)
        world.crash(0, restartAfterMilliseconds: nil)
        let isDone = world.run(secondsMax: 120) { $0.isSettled }
        #expect(isDone, "epoch \(world.latest?.number ?? 0), \(world.latest?.movesLeft ?? 0) moves left")
        #expect(world.memberNames.contains("n5"))
        #expect(world.violations == [])
    }

    @Test func aLeaverServesUntilItOwnsNothingAndIsRemoved() throws {
        var world = ControlWorld(nodes: 4, seed: 3)
        try world.begin(members: 4)
        world.run(milliseconds: 3000)
        world.change(.remove(world.member(3).id), on: 3, token: 1)
        let isDone = world.run(secondsMax: 120) { $0.isSettled && $0.nodes[3].isRemoved }
        #expect(isDone)
        #expect(world.memberNames == ["n0", "n1", "n2"])
        #expect(world.violations == [])
    }
}
