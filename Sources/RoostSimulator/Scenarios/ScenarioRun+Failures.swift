import RoostCore
import RoostRing

/// What goes wrong because the scenario says so, whatever the seed has drawn besides.
extension ScenarioRun {
    /// `kill -9` of all nodes at once. They come back by themselves.
    mutating func killAll() {
        tell("all nodes are killed")
        simulation.crash(nil)
    }

    /// `kill -9` of one of the owners of somebody's mailbox.
    mutating func killOwner(of role: Role) {
        killOwner(of: simulation.people[role.place].name)
    }

    /// `kill -9` of one of the owners of a group.
    mutating func killOwner(of group: GroupRole) {
        killOwner(of: simulation.groupLoad.groups[group.place].address.text)
    }

    /// One of the owners of somebody's mailbox is cut off from all other nodes for a while.
    mutating func cutOffOwner(of role: Role, seconds: Int) {
        guard let index = owner(of: simulation.people[role.place].name) else { return }
        tell("n\(index) is cut off for \(seconds) s")
        for other in simulation.nodes.indices where other != index && simulation.nodes[other].isUp {
            simulation.cut(from: index, to: other, both: true)
            simulation.agenda.add(
                .fault(.heal(from: index, to: other, both: true)), at: simulation.now + .seconds(UInt64(seconds)))
        }
    }

    private mutating func killOwner(of name: String) {
        guard let index = owner(of: name) else { return }
        tell("n\(index) is killed")
        simulation.crash(index)
    }

    /// An owner that runs, if one does.
    private mutating func owner(of name: String) -> Int? {
        guard let ring = simulation.record.ring else { return nil }
        let running = ring.owners(of: simulation.slot(of: name)).current.compactMap { simulation.places[$0] }
            .filter { simulation.nodes[$0].isRunning }
        return running.isEmpty ? nil : running[random.below(running.count)]
    }
}
