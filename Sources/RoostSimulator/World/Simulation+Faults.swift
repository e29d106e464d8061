import RoostCore
import RoostNode

extension Simulation {
    private static let pauseMillisecondsMax = 12_000
    private static let partitionMillisecondsMax = 15_000
    private static let clogMillisecondsMax = 6_000

    /// Spreads what the options say over the safety phase.
    mutating func planFaults() {
        isFaulty = true
        planProcessFaults()
        planNetworkFaults()
        planDiskFaults()
        for _ in 0..<options.clockJumps {
            agenda.add(
                .fault(.clockJump(node: anyNode(), seconds: 1 + random.below(max(1, options.skewSeconds) + 60))),
                at: moment())
        }
        planRegisterOperations()
        planMemberChanges()
        planDevices()
        planRelations()
        planHandles()
        planRingChanges()
        planDirectoryFaults()
    }

    /// Some time in the safety phase.
    mutating func moment() -> Instant {
        now + .milliseconds(UInt64(random.below(options.safetySeconds * 1000)))
    }

    /// Some node; before changes of the ring begin, one of the first.
    mutating func anyNode() -> Int { random.below(isFaulty ? occupants.count : options.nodes) }

    /// A node, or the one that has taken its machine over.
    func occupant(for index: Int) -> Int { nodes[index].isLost ? occupants[nodes[index].host] : index }

    private mutating func planProcessFaults() {
        for _ in 0..<options.crashes {
            let isAll = options.crashesAll > 0 && random.below(3) == 0
            agenda.add(.fault(.crash(node: isAll ? nil : anyNode())), at: moment())
        }
        for _ in 0..<options.pauses { agenda.add(.fault(.pause(node: anyNode())), at: moment()) }
        for _ in 0..<options.disconnects {
            agenda.add(.fault(.breakConnection(person: random.below(people.count))), at: moment())
        }
    }

    private mutating func planNetworkFaults() {
        for _ in 0..<options.partitions {
            let from = anyNode()
            let to = anyNode(but: from)
            var begin = moment()
            let both = random.below(2) == 0
            let isFlapping = random.below(100) < options.flappingPercent
            for _ in 0..<(isFlapping ? 2 + random.below(6) : 1) {
                let length = random.below(isFlapping ? 2000 : Simulation.partitionMillisecondsMax)
                let end = begin + .milliseconds(UInt64(length))
                agenda.add(.fault(.cut(from: from, to: to, both: both)), at: begin)
                agenda.add(.fault(.heal(from: from, to: to, both: both)), at: end)
                begin = end + .milliseconds(UInt64(random.below(1500)))
            }
        }
        for _ in 0..<options.clogs {
            let from = anyNode()
            let to = anyNode(but: from)
            let begin = moment()
            agenda.add(.fault(.clog(from: from, to: to)), at: begin)
            agenda.add(
                .fault(.unclog(from: from, to: to)),
                at: begin + .milliseconds(UInt64(random.below(Simulation.clogMillisecondsMax))))
        }
    }

    private mutating func anyNode(but other: Int) -> Int {
        (other + 1 + random.below(occupants.count - 1)) % occupants.count
    }

    private mutating func planDiskFaults() {
        for _ in 0..<options.slowDisks {
            agenda.add(.fault(.slowDisk(node: anyNode(), milliseconds: random.below(8000))), at: moment())
        }
        for _ in 0..<options.fullDisks {
            let node = anyNode()
            let begin = moment()
            agenda.add(.fault(.diskFull(node: node, true)), at: begin)
            agenda.add(.fault(.diskFull(node: node, false)), at: begin + .milliseconds(UInt64(random.below(10_000))))
        }
        for _ in 0..<options.wipes { agenda.add(.fault(.wipe(node: anyNode())), at: moment()) }
        for _ in 0..<options.lostMajorities { agenda.add(.fault(.loseMajority), at: moment()) }
        for _ in 0..<options.bitRots { agenda.add(.fault(.bitRot(node: anyNode())), at: moment()) }
    }

    /// The safety phase is over: nothing goes wrong any more, and everything that did is mended.
    mutating func healEverything() {
        trace.note(now, .healAll, saying: "everything heals")
        isFaulty = false
        for (held, isCut) in [(cuts, true), (clogs, false)] {
            for index in held.keys.sorted() {
                let (from, to) = (index / nodes.count, index % nodes.count)
                for _ in 0..<(held[index] ?? 0) {
                    if isCut { heal(from: from, to: to, both: false) } else { unclog(from: from, to: to) }
                }
            }
        }
        endStrangers()
        for index in nodes.indices {
            if nodes[index].isPaused { resume(index, life: nodes[index].life) }
            if !nodes[index].isUp, nodes[index].life > 0 { start(index) }
            nodes[index].disk.slowUntil = now
            setDiskFull(index, false)
        }
    }

    // MARK: Processes

    /// SIGSTOP: the process hears nothing until it goes on; the others find it silent.
    mutating func pause(_ index: Int) {
        let node = nodes[index]
        guard node.isRunning else { return }
        trace.note(now, .pause, UInt64(index), saying: "n\(index) stops")
        node.isPaused = true
        agenda.add(
            .fault(.resume(node: index, life: node.life)),
            at: now + .milliseconds(UInt64(random.below(Simulation.pauseMillisecondsMax))))
        for other in nodes.indices where other != index {
            breakLink(from: other, to: index, after: Link.patience, within: 500)
            breakLink(from: index, to: other, after: Link.patience, within: 500)
        }
        for session in node.sessions.values.sorted(by: { $0.connection < $1.connection }) where random.below(2) == 0 {
            agenda.add(
                .fault(.breakConnection(person: session.person)), at: now + .milliseconds(UInt64(random.below(6000))))
        }
    }

    mutating func resume(_ index: Int, life: Int) {
        let node = nodes[index]
        guard node.isPaused, node.life == life else { return }
        trace.note(now, .resume, UInt64(index), UInt64(node.stalled.count), saying: "n\(index) goes on")
        node.isPaused = false
        for event in node.stalled { agenda.add(event, at: now) }
        node.stalled = []
    }

    // MARK: Disks and clocks

    mutating func slowDisk(_ index: Int, milliseconds: Int) {
        trace.note(
            now, .disk, UInt64(index), UInt64(milliseconds), saying: "n\(index)'s disk is slow for \(milliseconds) ms")
        nodes[index].disk.slowUntil = now + .milliseconds(UInt64(milliseconds))
    }

    mutating func setDiskFull(_ index: Int, _ isFull: Bool) {
        trace.note(now, .disk, UInt64(index), isFull ? 1 : 0, saying: "n\(index)'s disk is \(isFull ? "" : "not ")full")
        nodes[index].shard.setDiskFull(isFull)
    }

    /// A virtual machine was suspended, or the time was set.
    mutating func clockJump(_ index: Int, seconds: Int) {
        trace.note(now, .clock, UInt64(index), UInt64(seconds), saying: "n\(index)'s clocks jump \(seconds) s")
        let node = nodes[index]
        let milliseconds = UInt64(seconds) * 1000
        if random.below(2) == 0 {
            node.skew.nanoseconds += TimeSpan.milliseconds(milliseconds).nanoseconds
            node.timerAt = .distantFuture
            schedule(index)
        }
        node.wallMilliseconds =
            random.below(2) == 0
            ? node.wallMilliseconds + milliseconds : node.wallMilliseconds - min(node.wallMilliseconds, milliseconds)
    }
}
