import RoostCore
import RoostMembership
import RoostNode
import RoostWire

/// One node's link to another, as production keeps it: ordered while it stands, everything under way lost when it breaks.
struct Link: Sendable {
    /// Stands for the link of bytes that had come when the link broke.
    static let arrived = -1
    /// How long a link may be silent before it is given up.
    static let patience = TimeSpan.seconds(3)

    /// Tells this connection from earlier ones of the same pair.
    let number: Int
    /// When the last message under way arrives: the next arrives later.
    var lastArrival: Instant
    /// What was said while the way was cut: TCP keeps it until the way heals or the link is given up.
    var held: [[UInt8]] = []
    /// Bytes of that.
    var heldBytes = 0
}

extension Simulation {
    func linkIndex(_ from: Int, _ to: Int) -> Int { from * nodes.count + to }

    func isCut(_ from: Int, _ to: Int) -> Bool { cuts[linkIndex(from, to)] != nil }

    /// Whether bytes of a link wait: TCP needs both ways.
    func isHeld(_ from: Int, _ to: Int) -> Bool {
        isCut(from, to) || isCut(to, from) || clogs[linkIndex(from, to)] != nil
    }

    mutating func latency() -> TimeSpan {
        TimeSpan(nanoseconds: 20_000 + random.next() % (UInt64(options.latencyMilliseconds) * 1_000_000))
    }

    mutating func percent(_ share: Int) -> Bool { isFaulty && share > 0 && random.below(100) < share }

    // MARK: Datagrams

    mutating func sendDatagram(_ datagram: GossipDatagram, from: Int, to address: String) {
        guard let host = SimulatedNode.host(of: address), let to = process(at: host), to != from else { return }
        let bytes = datagram.encode()
        checkDatagramLimit(bytes.count, from: from)
        guard !isCut(from, to), !percent(options.datagramLossPercent) else { return }
        let arriving: GossipDatagram
        do throws(MembershipError) {
            arriving = try GossipDatagram(decoding: bytes)
        } catch {
            return violate(.wire, "a datagram of n\(from) is not readable: \(error)")
        }
        for _ in 0..<(percent(options.datagramTwicePercent) ? 2 : 1) {
            var delay = latency()
            if isFaulty, options.datagramDelayMilliseconds > 0, random.below(4) == 0 {
                delay = .milliseconds(UInt64(random.below(options.datagramDelayMilliseconds)))
            }
            agenda.add(.datagram(from: from, to: to, arriving), at: now + delay)
        }
    }

    mutating func datagramArrived(from: Int, to: Int, _ datagram: GossipDatagram) {
        guard nodes[to].isUp else { return }
        trace.note(
            now, .gossip, UInt64(from), UInt64(to), UInt64(CRC32C.checksum(datagram.encode())),
            saying: "n\(from) → n\(to) gossip")
        let sender = SimulatedNode.address(nodes[from].host)
        control(to) { machine, now, actions in
            machine.received(datagram, from: sender, now: now, into: &actions)
        }
    }

    // MARK: Links

    mutating func dial(from: Int, to: Int) {
        guard nodes[from].isUp, !nodes[to].isLost, nodes[from].peers.contains(to), links[linkIndex(from, to)] == nil
        else {
            return
        }
        guard nodes[to].isRunning, !isCut(from, to), !isCut(to, from) else {
            agenda.add(.dial(from: from, to: to), at: now + .milliseconds(200 + UInt64(random.below(800))))
            return
        }
        guard let hello = introduce(from, to: to) else {
            agenda.add(.dial(from: from, to: to), at: now + .milliseconds(200 + UInt64(random.below(800))))
            return
        }
        nextLink += 1
        links[linkIndex(from, to)] = Link(number: nextLink, lastArrival: now)
        let boot = hello.life.boot
        let peer = hello.node
        let known = nodes[from].boots.updateValue(boot, forKey: peer)
        trace.note(now, .linkUp, UInt64(from), UInt64(to), boot, saying: "n\(from) → n\(to) link up")
        shard(from) { machine, now, actions in
            if let known, known < boot { machine.nodeRestarted(peer, now: now, into: &actions) }
            machine.nodeReachable(peer, now: now, into: &actions)
        }
    }

    mutating func breakLink(from: Int, to: Int, after span: TimeSpan = .milliseconds(0), within milliseconds: Int) {
        guard let link = links[linkIndex(from, to)] else { return }
        agenda.add(
            .linkLost(from: from, to: to, link: link.number),
            at: now + span + .milliseconds(UInt64(random.below(milliseconds + 1))))
    }

    mutating func linkLost(from: Int, to: Int, link number: Int) {
        guard let link = links[linkIndex(from, to)], link.number == number else { return }
        links[linkIndex(from, to)] = nil
        guard nodes[from].isUp else { return }
        trace.note(now, .linkDown, UInt64(from), UInt64(to), saying: "n\(from) → n\(to) link down")
        let peer = nodes[to].id
        guard mutant != .deadGatewayStays || nodes[to].isUp else { return redial(from: from, to: to) }
        shard(from) { machine, now, actions in machine.nodeUnreachable(peer, now: now, into: &actions) }
        redial(from: from, to: to)
    }

    private mutating func redial(from: Int, to: Int) {
        agenda.add(.dial(from: from, to: to), at: now + .milliseconds(50 + UInt64(random.below(500))))
    }

    mutating func send(_ frame: PeerFrame, from: Int, to: Int) {
        let index = linkIndex(from, to)
        guard let link = links[index] else { return }
        checkStranger(frame, from: from)
        var writer = ByteWriter()
        PeerFrame.write(frame, to: &writer)
        checkFrameLimit(writer.count, from: from)
        guard !isHeld(from, to), link.held.isEmpty else {
            links[index]?.held.append(writer.bytes)
            links[index]?.heldBytes += writer.count
            checkLinkLimit(link.heldBytes + writer.count, from: from)
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
        guard nodes[to].isUp, nodes[to].life == life,
            link == Link.arrived || links[linkIndex(from, to)]?.number == link
        else { return }
        let peer = nodes[from].id
        do throws(ByteReaderError) {
            switch try PeerFrame.read(bytes, in: PeerFrame.lengthBytes..<bytes.count) {
            case .message(let message):
                trace.note(
                    now, .peer, UInt64(from * 16 + to), UInt64(bytes.count), UInt64(CRC32C.checksum(bytes)),
                    saying: "n\(from) → n\(to) \(message)")
                shard(to) { simulation, actions in
                    simulation.hear(message, from: from, on: to, into: &actions)
                }
            case .control(let message):
                trace.note(
                    now, .control, UInt64(from * 16 + to), UInt64(bytes.count), UInt64(CRC32C.checksum(bytes)),
                    saying: "n\(from) → n\(to) control, \(bytes.count) bytes")
                control(to) { machine, now, actions in machine.received(message, from: peer, now: now, into: &actions) }
            case .hello, .ping, .pong:
                violate(.wire, "n\(from) sent what only links send")
            }
        } catch {
            violate(.wire, "a message of n\(from) was not readable: \(error)")
        }
    }

    /// The message as it would arrive: everything passes through the bytes of the wire.
    mutating func roundTrip(_ message: PeerMessage) -> PeerMessage {
        var writer = ByteWriter()
        PeerMessageCodec.write(message, to: &writer)
        do throws(ByteReaderError) {
            let back = try PeerMessageCodec.read(writer.bytes, in: 0..<writer.count)
            if back != message { violate(.wire, "the wire changed \(message) to \(back)") }
            return back
        } catch {
            violate(.wire, "the wire does not carry \(message): \(error)")
            return message
        }
    }

    // MARK: Partitions

    mutating func cut(from: Int, to: Int, both: Bool) {
        trace.note(now, .cut, UInt64(from), UInt64(to), saying: "n\(from) → n\(to) cut\(both ? " both ways" : "")")
        cuts[linkIndex(from, to), default: 0] += 1
        if both { cuts[linkIndex(to, from), default: 0] += 1 }
        // A link is given up when nothing was heard for too long.
        for (one, other) in [(from, to), (to, from)] {
            guard let link = links[linkIndex(one, other)] else { continue }
            agenda.add(
                .linkLost(from: one, to: other, link: link.number),
                at: now + Link.patience + .milliseconds(UInt64(random.below(500))))
        }
    }

    mutating func heal(from: Int, to: Int, both: Bool) {
        trace.note(now, .heal, UInt64(from), UInt64(to), saying: "n\(from) → n\(to) healed")
        Simulation.release(linkIndex(from, to), of: &cuts)
        if both { Simulation.release(linkIndex(to, from), of: &cuts) }
        flow(from: from, to: to)
        flow(from: to, to: from)
    }

    mutating func clog(from: Int, to: Int) {
        trace.note(now, .clog, UInt64(from), UInt64(to), saying: "n\(from) → n\(to) clogged")
        clogs[linkIndex(from, to), default: 0] += 1
        breakLink(from: from, to: to, after: Link.patience, within: 500)
    }

    mutating func unclog(from: Int, to: Int) {
        trace.note(now, .heal, UInt64(from), UInt64(to), saying: "n\(from) → n\(to) flows")
        Simulation.release(linkIndex(from, to), of: &clogs)
        flow(from: from, to: to)
    }

    private static func release(_ index: Int, of held: inout [Int: Int]) {
        guard let count = held[index] else { return }
        held[index] = count > 1 ? count - 1 : nil
    }

    /// What was held goes on its way, if nothing holds it any more.
    private mutating func flow(from: Int, to: Int) {
        guard let link = links[linkIndex(from, to)], !isHeld(from, to) else { return }
        links[linkIndex(from, to)]?.held = []
        links[linkIndex(from, to)]?.heldBytes = 0
        for bytes in link.held { transmit(bytes, from: from, to: to) }
    }
}
