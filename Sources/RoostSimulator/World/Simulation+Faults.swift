import RoostCore

extension Simulation {
    /// Spreads what the options say over the safety phase.
    mutating func planFaults() {
        isFaulty = true
        let length = Int(options.safetyPhase.nanoseconds / 1_000_000)
        func moment(_ random: inout SeededRandom) -> Instant { now + .milliseconds(UInt64(random.below(length))) }
        for _ in 0..<options.crashes {
            let isAll = options.crashesAll && random.below(3) == 0
            agenda.add(.crash(node: isAll ? nil : random.below(nodes.count)), at: moment(&random))
        }
        for _ in 0..<options.partitions {
            let from = random.below(nodes.count)
            let to = (from + 1 + random.below(nodes.count - 1)) % nodes.count
            let begin = moment(&random)
            agenda.add(.cut(from: from, to: to, both: random.below(2) == 0), at: begin)
            agenda.add(.heal(from: from, to: to), at: begin + .milliseconds(UInt64(random.below(15_000))))
        }
        for _ in 0..<options.disconnects {
            agenda.add(.breakConnection(person: random.below(people.count)), at: moment(&random))
        }
    }

    /// The safety phase is over: nothing goes wrong any more, and everything that did is mended.
    mutating func healEverything() {
        trace.note(now, "everything heals")
        isFaulty = false
        for cut in cuts.sorted() { heal(from: cut / nodes.count, to: cut % nodes.count) }
        for index in nodes.indices where !nodes[index].isUp { start(index) }
    }
}
