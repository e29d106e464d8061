import RoostCore
import RoostMembership
import RoostNode
import RoostWire

/// One node's link to another, as production keeps it: ordered while it stands, everything under way lost when it breaks.
struct Link: Sendable {
    /// Tells this connection from earlier ones of the same pair.
    let number: Int
    /// When the last message under way arrives: the next arrives later.
    var lastArrival: Instant
    /// What was said while the way was cut: TCP keeps it until the way heals or the link is given up.
    var held: [[UInt8]] = []
}

extension Simulation {
    /// How long a link may be silent before it is given up.
    private static let linkPatience = TimeSpan.seconds(3)

    func linkIndex(_ from: Int, _ to: Int) -> Int { from * nodes.count + to }

    func isCut(_ from: Int, _ to: Int) -> Bool { cuts.contains(linkIndex(from, to)) }

    mutating func latency() -> TimeSpan {
        TimeSpan(nanoseconds: 20_000 + random.next() % options.latencyMax.nanoseconds)
    }

    // MARK: Datagrams

    mutating func sendDatagram(_ datagram: GossipDatagram, from: Int, to address: String) {
        guard let to = SimulatedNode.index(of: address), nodes.indices.contains(to), to != from else { return }
        guard !isCut(from, to) else { return }
        if isFaulty, random.below(100) < options.datagramLossPercent { return }
        agenda.add(.datagram(from: from, to: to, datagram.encode()), at: now + latency())
    }

    mutating func datagramArrived(from: Int, to: Int, _ bytes: [UInt8]) {
        guard nodes[to].isUp else { return }
        do throws(MembershipError) {
            let datagram = try GossipDatagram(decoding: bytes)
            trace.note(now, "n\(from) → n\(to) gossip")
            control(to) { machine, now, actions in
                machine.received(datagram, from: SimulatedNode.address(from), now: now, into: &actions)
            }
        } catch {
            violate("a datagram of n\(from) was not readable: \(error)")
        }
    }

    // MARK: Links

    mutating func dial(from: Int, to: Int) {
        guard nodes[from].isUp, nodes[from].peers.contains(to), links[linkIndex(from, to)] == nil else { return }
        guard nodes[to].isUp, !isCut(from, to), !isCut(to, from) else {
            agenda.add(.dial(from: from, to: to), at: now + .milliseconds(200 + UInt64(random.below(800))))
            return
        }
        nextLink += 1
        links[linkIndex(from, to)] = Link(number: nextLink, lastArrival: now)
        let boot = nodes[to].disk.boot
        let known = nodes[from].lives.updateValue(boot, forKey: to)
        let peer = nodes[to].id
        trace.note(now, "n\(from) → n\(to) link up")
        shard(from) { machine, now, actions in
            if let known, known < boot { machine.nodeRestarted(peer, now: now, into: &actions) }
            machine.nodeReachable(peer, now: now, into: &actions)
        }
    }

    mutating func breakLink(from: Int, to: Int, within milliseconds: Int) {
        guard let link = links[linkIndex(from, to)] else { return }
        agenda.add(
            .linkLost(from: from, to: to, link: link.number),
            at: now + .milliseconds(UInt64(random.below(milliseconds + 1))))
    }

    mutating func linkLost(from: Int, to: Int, link number: Int) {
        guard let link = links[linkIndex(from, to)], link.number == number else { return }
        links[linkIndex(from, to)] = nil
        guard nodes[from].isUp else { return }
        trace.note(now, "n\(from) → n\(to) link down")
        let peer = nodes[to].id
        shard(from) { machine, now, actions in machine.nodeUnreachable(peer, now: now, into: &actions) }
        agenda.add(.dial(from: from, to: to), at: now + .milliseconds(50 + UInt64(random.below(500))))
    }

    mutating func send(_ frame: PeerFrame, from: Int, to: Int) {
        guard let link = links[linkIndex(from, to)] else { return }
        var writer = ByteWriter()
        PeerFrame.write(frame, to: &writer)
        guard !isCut(from, to), !isCut(to, from), link.held.isEmpty else {
            links[linkIndex(from, to)]?.held.append(writer.bytes)
            return
        }
        transmit(writer.bytes, from: from, to: to)
    }

    private mutating func transmit(_ bytes: [UInt8], from: Int, to: Int) {
        guard let link = links[linkIndex(from, to)] else { return }
        let arrival = max(now + latency(), link.lastArrival + TimeSpan(nanoseconds: 1))
        links[linkIndex(from, to)]?.lastArrival = arrival
        agenda.add(.peerBytes(from: from, to: to, link: link.number, life: nodes[to].life, bytes), at: arrival)
    }

    mutating func peerBytes(from: Int, to: Int, link: Int, life: Int, _ bytes: [UInt8]) {
        // What was under way when a link broke is lost, also when the other end is a new life.
        guard nodes[to].isUp, nodes[to].life == life, links[linkIndex(from, to)]?.number == link else { return }
        let peer = nodes[from].id
        do throws(ByteReaderError) {
            switch try PeerFrame.read(bytes, in: PeerFrame.lengthBytes..<bytes.count) {
            case .message(let message):
                trace.note(now, "n\(from) → n\(to) \(bytes.count) \(CRC32C.checksum(bytes))")
                shard(to) { machine, now, actions in machine.peerSent(message, from: peer, now: now, into: &actions) }
            case .control(let message):
                control(to) { machine, now, actions in machine.received(message, from: peer, now: now, into: &actions) }
            case .hello, .ping, .pong:
                violate("n\(from) sent what only links send")
            }
        } catch {
            violate("a message of n\(from) was not readable: \(error)")
        }
    }

    /// The message as it would arrive: everything passes through the bytes of the wire.
    mutating func roundTrip(_ message: PeerMessage) -> PeerMessage {
        var writer = ByteWriter()
        PeerMessageCodec.write(message, to: &writer)
        do throws(ByteReaderError) {
            let back = try PeerMessageCodec.read(writer.bytes, in: 0..<writer.count)
            if back != message { violate("the wire changed \(message) to \(back)") }
            return back
        } catch {
            violate("the wire does not carry \(message): \(error)")
            return message
        }
    }

    // MARK: Partitions

    mutating func cut(from: Int, to: Int, both: Bool) {
        trace.note(now, "n\(from) → n\(to) cut\(both ? " both ways" : "")")
        cuts.insert(linkIndex(from, to))
        if both { cuts.insert(linkIndex(to, from)) }
        // A link needs both ways; it is given up when nothing was heard for too long.
        for (one, other) in [(from, to), (to, from)] {
            guard let link = links[linkIndex(one, other)] else { continue }
            agenda.add(
                .linkLost(from: one, to: other, link: link.number),
                at: now + Simulation.linkPatience + .milliseconds(UInt64(random.below(500))))
        }
    }

    mutating func heal(from: Int, to: Int) {
        trace.note(now, "n\(from) → n\(to) healed")
        cuts.remove(linkIndex(from, to))
        cuts.remove(linkIndex(to, from))
        for (one, other) in [(from, to), (to, from)] {
            guard let link = links[linkIndex(one, other)] else { continue }
            links[linkIndex(one, other)]?.held = []
            for bytes in link.held { transmit(bytes, from: one, to: other) }
        }
    }
}
