import RoostCore
import RoostNode
import RoostRing
import RoostWire

/// Who speaks to whom: each link begins with a hello each way, judged by production's ``LifeMachine``.
extension Simulation {
    static let heartbeat = TimeSpan.milliseconds(500)
    static let keepInterval = TimeSpan.seconds(1)

    // MARK: Hello

    /// Two nodes introduce themselves on a link of the first to the second. What the second says; `nil` when the link does not
    /// come to stand.
    mutating func introduce(_ from: Int, to other: Int) -> PeerHello? {
        let asked = hello(of: from, to: nodes[other].id)
        let verdict = judge(asked, at: other)
        if case .refused = verdict { return nil }
        let answer = hello(of: other, to: nodes[from].id)
        guard judge(answer, at: from) == .accepted, verdict == .accepted else { return nil }
        nodes[from].lives.heard(answer.life, of: answer.node)
        // The first heartbeat follows at once.
        tellPosition(of: from, to: other)
        return answer
    }

    /// What a node says of itself, as it arrives.
    private mutating func hello(of index: Int, to peer: NodeID) -> PeerHello {
        let node = nodes[index]
        let hello = node.lives.hello(
            to: peer, cluster: node.control.cluster, position: node.disk.log.durablePosition)
        var writer = ByteWriter()
        PeerFrame.write(.hello(hello), to: &writer)
        do throws(ByteReaderError) {
            let back = try PeerFrame.read(writer.bytes, in: PeerFrame.lengthBytes..<writer.count)
            if back != .hello(hello) { violate(.wire, "the wire changed \(hello) to \(back)") }
        } catch {
            violate(.wire, "the wire does not carry \(hello): \(error)")
        }
        return hello
    }

    private mutating func judge(_ hello: PeerHello, at index: Int) -> PeerVerdict {
        let verdict = lie(about: nodes[index].lives.judge(hello, cluster: nodes[index].control.cluster))
        if case .refused(.ownDirectoryIsOlder(let rollback)) = verdict {
            refuse(index, isForGood: true, "\(hello.node) remembers more of it: \(rollback)")
        }
        return verdict
    }

    // MARK: Heartbeats and memory

    /// A heartbeat of every link.
    mutating func tellPositions() {
        agenda.add(.heartbeat, at: now + Simulation.heartbeat)
        for from in nodes.indices where nodes[from].isRunning {
            for to in nodes.indices where nodes[to].isRunning && links[linkIndex(from, to)] != nil && !isHeld(from, to)
            {
                tellPosition(of: from, to: to)
            }
        }
    }

    private func tellPosition(of from: Int, to other: Int) {
        let node = nodes[from]
        let life = NodeLife(
            boot: node.lives.own.boot, process: node.lives.own.process, position: node.disk.log.durablePosition)
        nodes[other].lives.heard(life, of: node.id)
    }

    /// What is remembered of the others goes to disk, when it is time.
    mutating func keepLives() {
        agenda.add(.keepLives, at: now + Simulation.keepInterval)
        for index in nodes.indices where nodes[index].isRunning {
            guard let bytes = nodes[index].lives.bytesToKeep(now: clock(index)) else { continue }
            nodes[index].disk.lives = bytes
        }
    }

    /// What a disk remembers of the others.
    mutating func memory(on index: Int) -> LifeMemory {
        guard let bytes = nodes[index].disk.lives, mutant != .livesForgotten else { return LifeMemory() }
        do throws(ByteReaderError) {
            return try LifeMemory(decoding: bytes)
        } catch {
            violate(.log, "n\(index) cannot read what it remembers of the others: \(error)")
            return LifeMemory()
        }
    }

    // MARK: Refusing

    /// Whether a start is given up because another process of this identity answers.
    mutating func isTaken(_ check: IdentityCheck, startOf index: Int) -> Bool {
        guard mutant != .cloneServes else { return false }
        return check.suspects(and: nodes[index].disk.address).contains { suspect in
            check.isTaken(answer(at: suspect, to: index))
        }
    }

    /// Gossip says that somebody goes by a node's identity: whoever answers there is asked.
    mutating func verifyIdentity(of index: Int, life: Int, claimedAt address: String) {
        let node = nodes[index]
        guard node.isRunning, node.life == life, mutant != .cloneServes else { return }
        let check = IdentityCheck(
            node: node.id,
            own: IdentityClaim(
                address: SimulatedNode.address(node.host), boot: node.disk.boot, process: node.lives.own.process),
            ringAddress: node.control.record?.members.first { $0.id == node.id }?.address)
        for suspect in check.suspects(and: address)
        where check.hasToGo(because: answer(at: suspect, to: index), at: suspect) {
            return refuse(index, isForGood: false, "another process answers at \(suspect)")
        }
        control(index) { machine, now, actions in machine.identityUpheld(now: now, into: &actions) }
    }

    /// Who answers at an address just now.
    private mutating func answer(at address: String, to index: Int) -> PeerHello? {
        guard let host = SimulatedNode.host(of: address), let other = process(at: host), other != index,
            nodes[other].isRunning, !isCut(index, other), !isCut(other, index)
        else { return nil }
        if case .refused = nodes[other].lives.judge(
            hello(of: index, to: nodes[other].id), cluster: nodes[other].control.cluster)
        {
            return nil
        }
        return hello(of: other, to: nodes[index].id)
    }

    /// A node must not serve and stops.
    private mutating func refuse(_ index: Int, isForGood: Bool, _ reason: String) {
        let node = nodes[index]
        guard node.isUp else { return }
        trace.note(
            now, .directoryRefused, UInt64(index), isForGood ? 1 : 0, saying: "n\(index) must not serve: \(reason)")
        guard node.stranger != nil else {
            return violate(.directories, "n\(index) refuses its own directory: \(reason)")
        }
        record.refused += 1
        node.lives.end()
        node.disk.isRefused = isForGood
        crash(index)
    }
}
