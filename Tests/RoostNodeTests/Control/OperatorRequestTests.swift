import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import Testing

/// What operators ask for by name, what it would do, and whether a node may stop.
@Suite struct OperatorRequestTests {
    /// A cluster of four members in which gossip has met everybody, and a node that waits.
    private func world() throws -> ControlWorld {
        var world = ControlWorld(nodes: 5, seed: 11)
        try world.begin(members: 4)
        world.run(milliseconds: 8000)
        return world
    }

    private func ids(_ world: ControlWorld) -> [NodeID] { world.nodes.map(\.description.id) }

    @Test func namesBecomeChanges() throws {
        let world = try world()
        let machine = world.nodes[1].machine
        let ids = ids(world)
        #expect(try machine.change(for: .add("n4")) == .add(world.member(4)))
        #expect(try machine.change(for: .remove("n2")) == .remove(ids[2]))
        #expect(try machine.change(for: .replace("n2", with: "n4")) == .replace(ids[2], with: world.member(4)))
        #expect(try machine.change(for: .limit(bytesPerSecond: 7)) == .limit(bytesPerSecond: 7))
        #expect(throws: RingRequestError.alreadyMember("n2")) { try machine.change(for: .add("n2")) }
        #expect(throws: RingRequestError.unknownNode("n9")) { try machine.change(for: .add("n9")) }
        #expect(throws: RingRequestError.notAMember("n4")) { try machine.change(for: .remove("n4")) }
        #expect(throws: RingRequestError.isAlive("n2")) { try machine.change(for: .forget("n2")) }
        #expect(throws: RingRequestError.isAlive("n2")) { try machine.change(for: .acceptLoss(["n2"])) }
        #expect(throws: RingRequestError.noRing) { try world.nodes[4].machine.change(for: .pause) }
    }

    @Test func theDeadAreForgottenAndNotRemovedOrAdded() throws {
        var world = try world()
        world.crash(2, restartAfterMilliseconds: nil)
        world.crash(4, restartAfterMilliseconds: nil)
        let isDead = world.run(secondsMax: 60) { world in
            world.nodes[1].machine.members.count { $0.status == .dead } == 2
        }
        #expect(isDead)
        let machine = world.nodes[1].machine
        let ids = ids(world)
        #expect(machine.deadMembers == [ids[2]])
        #expect(try machine.change(for: .forget("n2")) == .remove(ids[2]))
        #expect(try machine.change(for: .acceptLoss(["n2"])) == .acceptLoss([ids[2]]))
        #expect(throws: RingRequestError.isDead("n2")) { try machine.change(for: .remove("n2")) }
        #expect(throws: RingRequestError.isDead("n4")) { try machine.change(for: .add("n4")) }
    }

    @Test func aLeaverMayBeAskedToStayAndOneThatHasLeftMayNot() throws {
        var world = try world()
        world.change(.remove(ids(world)[3]), on: 0, token: 1)
        world.run(milliseconds: 500)
        #expect(try world.nodes[1].machine.change(for: .add("n3")) != .pause)
        let isGone = world.run(secondsMax: 120) { $0.isSettled && $0.nodes[3].isRemoved }
        #expect(isGone)
        #expect(throws: RingRequestError.self) { try world.nodes[1].machine.change(for: .add("n3")) }
    }

    private let slots = SlotCount.standard.value

    @Test func aPlanTellsSharesMovesAndTheRisks() throws {
        let members = (0..<3).map { member($0, zone: "a") }
        let record = try EpochRecord.first(clusterID: UniqueID(high: 1, low: 1), members: members)
        let plan = try ChangePlan(.add(member(3, zone: "b")), of: record, dead: [])
        #expect(plan.epoch == 1)
        #expect(plan.shares.map(\.name) == ["n0", "n1", "n2", "n3"])
        #expect(plan.shares.map(\.before) == [slots, slots, slots, 0])
        #expect(plan.shares.reduce(0) { $0 + $1.after } == 3 * slots)
        #expect(plan.replicasToMove == plan.shares[3].after)
        #expect(plan.warnings == [.sharedZone(slots: slots)])

        let leaving = try ChangePlan(.remove(members[0].id), of: record, dead: [])
        #expect(leaving.warnings == [.fewCopies(2)])
        #expect(leaving.shares.map(\.after) == [0, slots, slots])

        let lost = try ChangePlan(.remove(members[0].id), of: record, dead: [members[0].id, members[2].id])
        #expect(lost.warnings == [.fewCopies(2), .noMajority(slots: slots, dead: ["n0", "n2"])])
        #expect(throws: RingChangeError.nothingToAbort) { try ChangePlan(.abort, of: record, dead: []) }
    }

    @Test func aNodeMayStopWhenItsSlotsKeepAMajority() throws {
        let members = (0..<4).map { member($0, zone: "z") }
        let ring = RingTable(
            try EpochRecord.first(clusterID: UniqueID(high: 1, low: 1), members: Array(members[..<3])))
        let well = StopSafety(of: members[0].id, in: ring, dead: [])
        #expect(well.isSafe && well.slots == slots)
        let oneAway = StopSafety(of: members[0].id, in: ring, dead: [members[1].id])
        #expect(!oneAway.isSafe && oneAway.slotsLost == slots && oneAway.slotsLostAlready == 0)
        let twoAway = StopSafety(of: members[0].id, in: ring, dead: [members[1].id, members[2].id])
        #expect(!twoAway.isSafe && twoAway.slotsLostAlready == slots)
        #expect(StopSafety(of: members[3].id, in: ring, dead: []).slots == 0)
    }

    private func member(_ index: Int, zone: String) -> Member {
        Member(
            id: NodeID(high: 7, low: UInt64(index) + 1), name: "n\(index)", zone: zone, address: "n\(index):1",
            clientAddress: "c\(index):1")
    }
}
