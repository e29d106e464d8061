import RoostConsensus
import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import Testing

/// A majority of the voters is lost, and those who are left decide alone.
@Suite struct ControlRescueTests {
    /// A cluster in which everybody has met everybody, of which these are dead and known to be.
    private func world(members: Int, dead: [Int], seed: UInt64 = 5) throws -> ControlWorld {
        var world = ControlWorld(nodes: members, seed: seed)
        try world.begin(members: members)
        world.run(milliseconds: 8000)
        for index in dead { world.crash(index, restartAfterMilliseconds: nil) }
        let living = (0..<members).filter { !dead.contains($0) }
        let isKnown = world.run(secondsMax: 90) { world in
            living.allSatisfy { world.nodes[$0].machine.deadMembers.count == dead.count }
        }
        #expect(isKnown)
        return world
    }

    private func ids(_ world: ControlWorld, _ indices: [Int]) -> [NodeID] { indices.map { world.member($0).id } }

    @Test func theVoterThatIsLeftDecidesAlone() throws {
        var world = try world(members: 3, dead: [1, 2])
        world.change(.acceptLoss(ids(world, [1, 2])), on: 0, token: 1)
        world.run(milliseconds: 5000)
        guard case .made(let record) = world.answers[1] else {
            Issue.record("\(String(describing: world.answers[1]))")
            return
        }
        #expect(record.number == 2 && record.rescue.count == 1)
        #expect(record.members.map(\.name) == ["n0"] && record.voters == ids(world, [0]))
        #expect(world.violations == [])
        // The ring goes on as any other.
        world.change(.limit(bytesPerSecond: 7), on: 0, token: 2)
        world.run(milliseconds: 2000)
        #expect(world.latest?.number == 3)
        #expect(world.latest?.rescue == record.rescue)
    }

    @Test func withNoVoterLeftTheLowestThatStaysDecides() throws {
        var world = try world(members: 6, dead: [0, 1, 2, 3, 4])
        #expect(world.latest?.voters == ids(world, [0, 1, 2, 3, 4]))
        world.change(.acceptLoss(ids(world, [0, 1, 2, 3, 4])), on: 5, token: 1)
        world.run(milliseconds: 5000)
        #expect(world.latest?.members.map(\.name) == ["n5"])
        #expect(world.violations == [])
    }

    @Test func allVotersThatAreLeftHaveToAgree() throws {
        // n0 and n1 are left of five voters, and one of them is away without being given up.
        var world = try world(members: 6, dead: [1, 2, 3, 4])
        world.change(.acceptLoss(ids(world, [2, 3, 4])), on: 0, token: 1)
        world.run(milliseconds: 35_000)
        #expect(
            world.answers[1] == .unavailable(answered: ids(world, [0]), silent: ids(world, [1, 2, 3, 4])))
        #expect(world.latest?.number == 1)
        world.comeBack(1)
        world.run(milliseconds: 5000)
        world.change(.acceptLoss(ids(world, [2, 3, 4])), on: 5, token: 2)
        world.run(milliseconds: 5000)
        #expect(world.latest?.rescue.count == 1)
        #expect(world.latest?.voters == ids(world, [0, 1, 5]))
        #expect(world.violations == [])
    }

    /// What a node of the world says to the beginning of a rescue.
    private func promises(_ world: ControlWorld, _ index: Int, lost: [Int], epoch: Epoch = 2) -> Bool {
        var machine = world.nodes[index].machine
        var actions: [ControlAction] = []
        machine.received(
            .prepareRescue(token: 1, epoch: epoch, ballot: LoneControl.ballot(1), lost: ids(world, lost)),
            from: world.member(0).id, now: world.now, into: &actions)
        return actions.contains { if case .persistVote = $0 { true } else { false } }
    }

    @Test func onlyWhoIsLeftAndHoldsAllOfThemForDeadPromises() throws {
        var early = ControlWorld(nodes: 6, seed: 5)
        try early.begin(members: 6)
        early.run(milliseconds: 8000)
        #expect(!promises(early, 1, lost: [2, 3, 4]), "they are alive")
        let world = try world(members: 6, dead: [2, 3, 4])
        #expect(promises(world, 1, lost: [2, 3, 4]))
        #expect(!promises(world, 1, lost: [0, 2, 3, 4]), "n0 is alive")
        #expect(!promises(world, 1, lost: [3, 4]), "a majority is left")
        #expect(!promises(world, 5, lost: [2, 3, 4]), "n5 is no voter, and voters are left")
        #expect(!promises(world, 1, lost: [2, 3, 4], epoch: 1), "that is decided")
    }

    @Test func twoOperatorsAtOnceMakeOneRecord() throws {
        var world = try world(members: 6, dead: [2, 3, 4])
        world.change(.acceptLoss(ids(world, [2, 3, 4])), on: 0, token: 1)
        world.change(.acceptLoss(ids(world, [2, 3, 4])), on: 5, token: 2)
        let isDone = world.run(secondsMax: 60) { $0.answers.count == 2 && $0.isSettled }
        #expect(isDone, "\(world.answers)")
        #expect(world.latest?.rescue.count == 1)
        #expect(world.memberNames == ["n0", "n1", "n5"])
        #expect(world.violations == [])
    }

    @Test func theLostThatComeBackHearThatTheyAreOutAndStop() throws {
        var world = try world(members: 3, dead: [1, 2])
        world.change(.acceptLoss(ids(world, [1, 2])), on: 0, token: 1)
        world.run(milliseconds: 3000)
        world.comeBack(1)
        world.comeBack(2)
        let isOut = world.run(secondsMax: 60) { $0.nodes[1].isRemoved && $0.nodes[2].isRemoved }
        #expect(isOut)
        #expect(world.violations == [])
    }

    @Test func whatTheLostHadBegunAndTheOthersHeardOfIsFinishedFirst() throws {
        let ring = try LoneControl.ring()
        let half = try ring.changed(.pause)
        let lost = [LoneControl.ids[1], LoneControl.ids[2]]
        let vote = EpochVote(
            epoch: 2,
            state: RegisterState(promised: LoneControl.ballot(3), accepted: LoneControl.ballot(3), value: half.encode())
        )
        var control = LoneControl(record: ring, vote: vote)
        _ = control.after { $0.start(now: $1, into: &$2) }
        for _ in 0..<1000 where control.machine.deadMembers.count < lost.count {
            control.now = max(control.now, control.machine.nextDeadline)
            _ = control.after { $0.timerFired(now: $1, into: &$2) }
        }
        #expect(control.machine.deadMembers == lost)
        var queue = control.after { $0.changeRequested(token: 1, .acceptLoss(lost), now: $1, into: &$2) }
        var adopted: [EpochRecord] = []
        for _ in 0..<1000 where !queue.isEmpty || control.machine.record?.rescue.count == 0 {
            guard !queue.isEmpty else {
                control.now = max(control.now, control.machine.nextDeadline)
                queue = control.after { $0.timerFired(now: $1, into: &$2) }
                continue
            }
            switch queue.removeFirst() {
            case .persistVote(_, let token): queue += control.after { $0.votePersisted(token, now: $1, into: &$2) }
            case .persist(let record): queue += control.after { $0.persisted(record, now: $1, into: &$2) }
            case .adopt(let record): adopted.append(record)
            default: break
            }
        }
        #expect(adopted.first == half)
        #expect(adopted.last?.number == 3)
        #expect(adopted.last?.rescue.count == 1)
        #expect(adopted.last?.movement.isPaused == true)
    }

    // MARK: Two chains

    /// Two chains of one cluster from one record: what the lost went on to decide, and the rescue.
    private func fork() throws -> (ring: EpochRecord, lost: EpochRecord, rescued: EpochRecord) {
        let ring = try LoneControl.ring()
        return (
            ring, try ring.changed(.pause).changed(.resume),
            try ring.changed(.acceptLoss([LoneControl.ids[1], LoneControl.ids[2]]))
        )
    }

    @Test func whoeverIsOnAnotherChainThanTheRescueIsOutvoted() throws {
        let (_, lost, rescued) = try fork()
        for number in [lost, try lost.changed(.pause)] {
            var control = LoneControl(index: 1, record: number)
            #expect(control.hearing(.ring(rescued.encode()), from: 0) == [.outvoted(rescued)])
        }
        let later = try rescued.changed(.pause).changed(.resume).changed(.pause)
        var control = LoneControl(index: 1, record: lost)
        #expect(control.hearing(.ring(later.encode()), from: 0) == [.outvoted(later)])
    }

    @Test func theRescuedTellsTheOtherChainInsteadOfTakingIt() throws {
        let (_, lost, rescued) = try fork()
        var control = LoneControl(record: rescued)
        #expect(
            control.hearing(.ring(lost.encode())) == [.send(LoneControl.ids[1], .ring(rescued.encode()))])
    }

    @Test func whoIsOnlyBehindTheRescueTakesIt() throws {
        let (ring, _, rescued) = try fork()
        var control = LoneControl(index: 1, record: ring)
        #expect(control.hearing(.ring(rescued.encode()), from: 0) == [.persist(rescued)])
        #expect(control.after { $0.persisted(rescued, now: $1, into: &$2) } == [.removed(rescued)])
    }

    @Test func whereEachSideGaveUpTheOtherOneOfThemStops() throws {
        let ring = try LoneControl.ring()
        let sides = [
            try ring.changed(.acceptLoss([LoneControl.ids[1], LoneControl.ids[2]])),
            try ring.changed(.acceptLoss([LoneControl.ids[0], LoneControl.ids[2]])),
        ]
        var outvoted = 0
        for (own, other) in [(0, 1), (1, 0)] {
            var control = LoneControl(index: own, record: sides[own])
            let heard = control.hearing(.ring(sides[other].encode()), from: other)
            if heard == [.outvoted(sides[other])] { outvoted += 1 }
        }
        #expect(outvoted == 1)
    }

    @Test func aPlanNamesWhatIsAtStake() throws {
        let ring = try LoneControl.ring()
        let lost = [LoneControl.ids[1], LoneControl.ids[2]]
        let plan = try ChangePlan(.acceptLoss(lost), of: ring, dead: lost)
        #expect(
            plan.warnings.contains(.lossAccepted(slots: ring.lines.count, empty: 0, lost: ["n1", "n2"])))
        #expect(plan.warnings.contains(.rescue(lost: ["n1", "n2"], deciders: ["n0"])))
    }
}
