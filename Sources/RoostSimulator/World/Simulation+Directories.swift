import RoostCore
import RoostLog
import RoostNode
import RoostRing

/// A copy of a node's data directory, as it stood once.
struct DirectoryCopy {
    /// Whose it is.
    let node: Int
    /// What is in it.
    let disk: VirtualDisk
    /// Where its log ends; `nil` when parts of it are damaged.
    let recovered: UInt64?
}

/// Operators who keep copies of data directories: older states that are put back, and copies that are started beside the node.
///
/// Only such as production promises to notice, see the page on data directories: all other nodes remember, on disk, more than
/// the copy holds, or the original can be reached.
extension Simulation {
    private static let absenceMillisecondsMax = 15_000
    private static let restoreInterval = TimeSpan.seconds(2)
    private static let insightMillisecondsMax = 8_000

    mutating func planDirectoryFaults() {
        for number in 0..<(options.restores + options.clones) {
            let node = anyNode()
            let (one, other) = (moment(), moment())
            agenda.add(.fault(.copyDirectory(node: node)), at: min(one, other))
            agenda.add(
                .fault(number < options.restores ? .restore(node: node) : .clone(node: node)), at: max(one, other))
        }
    }

    /// A node's directory is copied as it stands, with what is not synced yet.
    mutating func copyDirectory(of index: Int) {
        let node = nodes[index]
        guard node.life > 0, !node.isLost, !node.isRemoved, node.stranger == nil, node.disk.hurt.isEmpty,
            node.disk.ring != nil
        else { return }
        guard let copy = directory(of: index) else { return }
        copies[node.host] = copy
        let end = copy.recovered ?? 0
        trace.note(
            now, .directoryCopied, UInt64(index), copy.disk.boot, end,
            saying: "n\(index)'s directory is copied in life \(copy.disk.boot), its log ends at \(end)")
    }

    private mutating func directory(of index: Int) -> DirectoryCopy? {
        let disk = nodes[index].disk.copied()
        let reading = disk.log.copied()
        do throws(LogError) {
            let recovery = try reading.recover { _ in }
            let end = recovery.corruptions.isEmpty ? reading.durablePosition : nil
            return DirectoryCopy(node: index, disk: disk, recovered: end)
        } catch {
            violate(.log, "n\(index)'s log cannot be read by another: \(error)")
            return nil
        }
    }

    /// Whether every other node remembers, on disk, more of a node than a copy of its directory holds.
    private mutating func isRemembered(_ copy: DirectoryCopy) -> Bool {
        let id = nodes[copy.node].id
        let life = NodeLife(boot: copy.disk.boot + 1, process: 0, position: copy.recovered ?? 0)
        // A machine that starts for the first time remembers nobody.
        guard !occupants.contains(where: { nodes[$0].life == 0 }) else { return false }
        var witnesses = 0
        for node in nodes where node.life > 0 && node.id != id && !node.isLost && !node.isRemoved {
            guard let bytes = node.disk.lives else { return false }
            do throws(ByteReaderError) {
                guard let remembered = try LifeMemory(decoding: bytes).life(of: id),
                    life.rollback(by: remembered, recovered: copy.recovered) != nil
                else { return false }
            } catch {
                violate(.log, "n\(node.index) has written a memory that cannot be read: \(error)")
            }
            witnesses += 1
        }
        return witnesses > 0
    }

    private var isAnyStranger: Bool {
        nodes.contains { $0.stranger == .olderState || $0.stranger == .clone && $0.isUp }
    }

    // MARK: Older states

    /// A node's directory is put back to what it was earlier, and started. What it was last is kept aside.
    mutating func restore(_ index: Int) {
        let node = nodes[index]
        guard isFaulty, let copy = copies[node.host], copy.node == index, mayLose(index), !isAnyStranger,
            isRemembered(copy),
            let ring = record.ringRecord
        else {
            // The others may come to remember more.
            if isFaulty { agenda.add(.fault(.restore(node: index)), at: now + Simulation.restoreInterval) }
            return
        }
        crash(index)
        trace.note(
            now, .directoryRestored, UInt64(index), copy.disk.boot,
            saying: "n\(index)'s directory is put back to what it was in life \(copy.disk.boot)")
        node.keptDisk = node.disk
        node.disk = copy.disk.copied()
        node.stranger = .olderState
        // Whatever it lacks is on the others, as if the disk were lost.
        node.disk.hurt = Set(ring.lines.indices.map { Slot($0) })
        agenda.add(.restart(node: index), at: now + .milliseconds(200 + UInt64(random.below(2000))))
        checkKept("n\(index) has an older directory")
    }

    /// Whether what a node's machine holds may be started. An operator sees the mistake in time where nobody else would.
    mutating func isStartable(_ index: Int) -> Bool {
        let node = nodes[index]
        guard node.stranger == .olderState else { return node.stranger != .clone || node.life == 0 }
        // It may have lived already, with nobody there to notice, and have more now than it had when it was put back.
        if !node.disk.isRefused, let present = directory(of: index), isRemembered(present) { return true }
        setRight(index)
        return false
    }

    /// The process of a stranger has ended: somebody looks why.
    mutating func strangerEnded(_ index: Int) {
        guard nodes[index].stranger == .olderState else { return }
        agenda.add(
            .setRight(node: index),
            at: now + .milliseconds(200 + UInt64(random.below(Simulation.insightMillisecondsMax)))
        )
    }

    /// The operator brings the right directory back, or gives it up for lost: then another node takes the machine over.
    mutating func setRight(_ index: Int) {
        let node = nodes[index]
        guard node.stranger == .olderState, !node.isUp, let disk = node.keptDisk else { return }
        node.stranger = nil
        node.keptDisk = nil
        node.disk = disk
        if isFaulty, random.below(2) == 0, mayLose(index) { return wipe(index) }
        trace.note(now, .setRight, UInt64(index), saying: "n\(index)'s right directory is brought back")
        start(index)
    }

    // MARK: Clones

    /// A copy of a node's directory is started on another machine.
    mutating func clone(_ index: Int) {
        let node = nodes[index]
        guard let copy = copies[node.host], copy.node == index, !node.isLost, !node.isRemoved, node.stranger == nil,
            !isAnyStranger, let free = nodes.indices.first(where: { isClonesPlace($0) && nodes[$0].life == 0 })
        else { return }
        let isNoticed = isRemembered(copy)
        guard isNoticed || node.isRunning else { return }
        if isNoticed, random.below(2) == 0 {
            cut(from: free, to: index, both: true)
            agenda.add(
                .fault(.heal(from: free, to: index, both: true)),
                at: now + .milliseconds(UInt64(random.below(Simulation.absenceMillisecondsMax))))
        }
        trace.note(
            now, .cloned, UInt64(index), UInt64(free), copy.disk.boot,
            saying: "a copy of n\(index)'s directory of life \(copy.disk.boot) is started as n\(free)")
        nodes[free].becomeClone(of: node, disk: copy.disk.copied())
        start(free)
    }

    /// Places of nodes that are for clones; each has a machine of its own.
    func isClonesPlace(_ index: Int) -> Bool { index >= nodes.count - options.clones }

    /// The node that runs at an address.
    func process(at host: Int) -> Int? {
        if occupants.indices.contains(host) { return occupants[host] }
        return nodes.indices.first { isClonesPlace($0) && nodes[$0].host == host }
    }

    /// The node of an identity that is found at an address.
    func place(of node: NodeID, at address: String) -> Int? {
        guard options.clones > 0, let host = SimulatedNode.host(of: address), !occupants.indices.contains(host),
            let clone = process(at: host), nodes[clone].id == node
        else { return places[node] }
        return clone
    }

    /// Where a node finds the other of this identity.
    func route(from index: Int, to peer: NodeID) -> Int? {
        guard options.clones > 0 else { return places[peer] }
        return nodes[index].peers.first { nodes[$0].id == peer } ?? places[peer]
    }

    // MARK: The end

    /// Before everything has to get done, operators have found out about every directory that is not what it should be.
    mutating func endStrangers() {
        for index in nodes.indices where nodes[index].stranger != nil {
            crash(index)
            setRight(index)
        }
    }
}
