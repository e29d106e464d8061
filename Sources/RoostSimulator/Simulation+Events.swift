import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostSession

extension Simulation {
    /// Whatever can happen next.
    enum Event {
        case nodeTimer(node: Int, life: Int, deadline: Instant)
        case peerBytes(from: Int, to: Int, link: Int, life: Int, [UInt8])
        case datagram(from: Int, to: Int, GossipDatagram)
        case dial(from: Int, to: Int)
        case linkLost(from: Int, to: Int, link: Int)
        case synced(node: Int, life: Int, upTo: VirtualLog.Position, token: UInt64, locations: [LogLocation])
        case written(node: Int, life: Int, token: UInt64, locations: [LogLocation])
        case refused(node: Int, life: Int, token: UInt64)
        case read(node: Int, life: Int, token: UInt64, bodies: [[UInt8]?])
        case clean(node: Int, life: Int)
        case deletion(node: Int, life: Int, segment: UInt32, upTo: VirtualLog.Position)
        case ringSynced(node: Int, life: Int, EpochRecord)
        case restart(node: Int)
        case clientFrame(node: Int, person: Int, connection: Int, ClientFrame)
        case clientGone(node: Int, life: Int, token: GatewayToken)
        case serverFrame(person: Int, connection: Int, ServerFrame)
        case serverClosed(person: Int, connection: Int, CloseCode)
        case connect(person: Int)
        case produce(person: Int)
        case link(person: Int)
        case revoke(person: Int)
        case write(person: Int, to: Recipient)
        case insist(groupChange: Int)
        case acknowledge(person: Int, connection: Int)
        case resend(person: Int, connection: Int, to: Int)
        case ask(person: Int, connection: Int)
        case account(node: Int, operation: Int)
        case changeGroup(node: Int, group: Int)
        case resendToGroup(person: Int, connection: Int, group: Int)
        case voteSynced(node: Int, life: Int, EpochVote, token: UInt64)
        case type(person: Int)
        case readMessages(person: Int)
        case knowReceipts(person: Int, connection: Int)
        case wish(RelationLoad.Wish, RelationLoad.Pair)
        case askWish(person: Int)
        case takeHandle(node: Int)
        case stepHandle(taking: Int)
        case look
        case heartbeat
        case keepLives
        case claimed(node: Int, life: Int, address: String)
        case setRight(node: Int)
        case fault(Fault)
    }

    /// What goes wrong, and what mends it.
    enum Fault {
        case changeRing
        case changeSettings
        case crash(node: Int?)
        case pause(node: Int)
        case resume(node: Int, life: Int)
        case cut(from: Int, to: Int, both: Bool)
        case heal(from: Int, to: Int, both: Bool)
        case clog(from: Int, to: Int)
        case unclog(from: Int, to: Int)
        case breakConnection(person: Int)
        case slowDisk(node: Int, milliseconds: Int)
        case diskFull(node: Int, Bool)
        case clockJump(node: Int, seconds: Int)
        case wipe(node: Int)
        case bitRot(node: Int)
        case loseMajority
        case copyDirectory(node: Int)
        case restore(node: Int)
        case clone(node: Int)
    }

    mutating func happen(_ event: Event) {
        if let node = process(of: event), nodes[node].isPaused {
            nodes[node].stalled.append(arrived(event))
            return
        }
        switch event {
        case .nodeTimer(let node, let life, let deadline): nodeTimer(node, life: life, deadline: deadline)
        case .peerBytes(let from, let to, let link, let life, let bytes):
            peerBytes(from: from, to: to, link: link, life: life, bytes)
        case .datagram(let from, let to, let datagram): datagramArrived(from: from, to: to, datagram)
        case .dial(let from, let to): dial(from: from, to: to)
        case .linkLost(let from, let to, let link): linkLost(from: from, to: to, link: link)
        case .synced(let node, let life, let position, let token, let locations):
            synced(node, life: life, upTo: position, token: token, locations: locations)
        case .written(let node, let life, let token, let locations):
            written(node, life: life, token: token, locations: locations)
        case .refused(let node, let life, let token): appendRefused(node, life: life, token: token)
        case .read(let node, let life, let token, let bodies): readDone(node, life: life, token: token, bodies: bodies)
        case .clean(let node, let life): clean(on: node, life: life)
        case .deletion(let node, let life, let segment, let position):
            deleteSegment(segment, on: node, life: life, upTo: position)
        case .ringSynced(let node, let life, let record): ringSynced(node, life: life, record)
        case .restart(let node): start(node)
        case .clientFrame(let node, let person, let connection, let frame):
            clientFrame(person, connection: connection, at: node, frame)
        case .clientGone(let node, let life, let token): clientGone(node, life: life, token: token)
        case .serverFrame(let person, let connection, let frame): serverFrame(person, connection: connection, frame)
        case .serverClosed(let person, let connection, let code): serverClosed(person, connection: connection, code)
        case .connect(let person): connect(person)
        case .produce(let person): produce(person)
        case .link(let person): link(person)
        case .revoke(let person): revoke(person)
        case .write(let person, let recipient): write(person, to: recipient)
        case .insist(let change): insist(on: change)
        case .acknowledge(let person, let connection): acknowledge(person, connection: connection)
        case .resend(let person, let connection, let to): resend(person, connection: connection, to: to)
        case .ask(let person, let connection): ask(person, connection: connection)
        case .account(let node, let operation): beginAccountOperation(operation, at: node)
        case .changeGroup(let node, let group): changeGroup(group, at: node)
        case .resendToGroup(let person, let connection, let group):
            resendToGroup(person, connection: connection, group: group)
        case .voteSynced(let node, let life, let vote, let token): voteSynced(node, life: life, vote, token: token)
        case .type(let person): type(person)
        case .readMessages(let person): readMessages(person)
        case .knowReceipts(let person, let connection): knowReceipts(person, connection: connection)
        case .wish(let wish, let pair): self.wish(wish, pair)
        case .askWish(let person): askWish(of: person)
        case .takeHandle(let node): takeHandle(at: node)
        case .stepHandle(let taking): stepHandle(taking)
        case .look: look()
        case .heartbeat: tellPositions()
        case .keepLives: keepLives()
        case .claimed(let node, let life, let address): verifyIdentity(of: node, life: life, claimedAt: address)
        case .setRight(let node): setRight(node)
        case .fault(let fault): happen(fault)
        }
    }

    /// The node whose process has to run for the event to be heard.
    private func process(of event: Event) -> Int? {
        switch event {
        case .nodeTimer(let node, _, _), .synced(let node, _, _, _, _), .written(let node, _, _, _),
            .refused(let node, _, _), .read(let node, _, _, _), .clean(let node, _),
            .deletion(let node, _, _, _),
            .ringSynced(let node, _, _), .clientFrame(let node, _, _, _), .clientGone(let node, _, _),
            .voteSynced(let node, _, _, _), .claimed(let node, _, _),
            .account(let node, _), .changeGroup(let node, _), .takeHandle(let node):
            node
        case .peerBytes(_, let to, _, _, _), .datagram(_, let to, _): to
        case .dial(let from, _), .linkLost(let from, _, _): from
        case .restart, .serverFrame, .serverClosed, .connect, .produce, .link, .revoke, .write, .insist, .acknowledge,
            .resend, .resendToGroup,
            .ask, .type, .readMessages, .knowReceipts, .wish, .askWish, .stepHandle, .look,
            .fault, .heartbeat, .keepLives, .setRight:
            nil
        }
    }

    /// Bytes that came to a stopped process stay in its socket, whatever becomes of the link.
    private func arrived(_ event: Event) -> Event {
        guard case .peerBytes(let from, let to, let link, let life, let bytes) = event,
            links[linkIndex(from, to)]?.number == link
        else { return event }
        return .peerBytes(from: from, to: to, link: Link.arrived, life: life, bytes)
    }

    private mutating func happen(_ fault: Fault) {
        switch fault {
        case .changeRing: changeRing()
        case .changeSettings: changeSettings()
        case .crash(let node): crash(node.map(occupant(for:)))
        case .pause(let node): pause(occupant(for: node))
        case .resume(let node, let life): resume(node, life: life)
        case .cut(let from, let to, let both): cut(from: occupant(for: from), to: occupant(for: to), both: both)
        case .heal(let from, let to, let both): heal(from: occupant(for: from), to: occupant(for: to), both: both)
        case .clog(let from, let to): clog(from: occupant(for: from), to: occupant(for: to))
        case .unclog(let from, let to): unclog(from: occupant(for: from), to: occupant(for: to))
        case .breakConnection(let person): breakConnection(person)
        case .slowDisk(let node, let milliseconds): slowDisk(node, milliseconds: milliseconds)
        case .diskFull(let node, let isFull): setDiskFull(node, isFull)
        case .clockJump(let node, let seconds): clockJump(node, seconds: seconds)
        case .wipe(let node): wipe(occupant(for: node))
        case .bitRot(let node): rot(occupant(for: node))
        case .loseMajority: loseMajority()
        case .copyDirectory(let node): copyDirectory(of: occupant(for: node))
        case .restore(let node): restore(occupant(for: node))
        case .clone(let node): clone(occupant(for: node))
        }
    }
}
