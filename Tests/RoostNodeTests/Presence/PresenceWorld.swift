import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// Some nodes with several shards each, in memory: every message arrives, in order and after no time, unless a way is cut or slow. No
/// two nodes' clocks show the same. What passes between nodes is counted.
struct PresenceWorld {
    /// A shard of a node.
    struct Place: Hashable {
        let node: Int
        let shard: Int
    }

    /// A client's session.
    struct Session {
        let place: Place
        let token: GatewayToken
        let user: Address
    }

    let shardCount: Int
    let ids: [NodeID]
    var machines: [[ShardMachine]] = []
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What sessions were told, by session.
    var frames: [GatewayToken: [ServerFrame]] = [:]
    /// Messages from one node to another.
    var messages: [PeerMessage] = []
    /// What was logged, by node.
    var logged: [Int: [ReplicaRecord]] = [:]
    /// Messages for these nodes are lost.
    var cut: Set<Int> = []
    /// Messages for these nodes wait.
    private var slow: Set<Int> = []
    private var waiting: [(from: Int, to: Place, PeerMessage)] = []
    private var queue: [(from: Int, to: Place, PeerMessage)] = []
    private(set) var ring: RingTable
    private let record: EpochRecord

    init(nodes: Int, shards: Int) throws {
        shardCount = shards
        ids = (1...nodes).map { UniqueID(high: 7, low: UInt64($0)) }
        let members = ids.enumerated().map { index, id in
            Member(id: id, name: "n\(index)", zone: "z", address: "a:\(index + 1)", clientAddress: "c:\(index + 1)")
        }
        record = try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: members)
        ring = RingTable(record)
        machines = ids.indices.map { node in
            (0..<shards).map { shard in
                ShardMachine(
                    node: ids[node], nodeName: "n\(node)", shard: shard, shardCount: shards,
                    random: SeededRandom(seed: UInt64(node * 100 + shard)))
            }
        }
    }

    /// Lets all nodes go by the ring, and be settled owners.
    mutating func begin() {
        for node in machines.indices {
            for shard in 0..<shardCount {
                turn(Place(node: node, shard: shard)) { machine, now, actions, ring in
                    machine.replayed(into: &actions)
                    machine.ringAdopted(ring, now: now, into: &actions)
                }
            }
        }
        pass(.seconds(5))
        messages = []
    }

    /// An account with one device stands in the log of every owner, before the beginning.
    mutating func register(_ name: String, presence: Audience = .everyone, people: People = People()) throws {
        let user = try #require(UserName(name))
        let token = PresenceWorld.token(of: user)
        let account = Account(
            name: user, password: .none,
            devices: [.init(id: token.device, secretHash: token.secretHash, addedAtMilliseconds: 1)],
            profile: Profile(privacy: Privacy(presence: presence)))
        let address = Address(user)
        try store(account.encode(), at: address)
        try store(people.encode(), at: #require(address.people))
    }

    /// A group of these stands in the log of every owner, before the beginning.
    mutating func register(group address: Address, of names: [String]) throws {
        let members = try names.map { try #require(Address($0)) }
        let made = Group.made(by: members[0], name: "hens", with: Array(members[1...]), id: 1, atMilliseconds: 1)
        try store(made.get().encode(), at: address)
    }

    private mutating func store(_ value: [UInt8], at address: Address) throws {
        let slot = ring.slot(of: address)
        var state = RegisterState(value: value)
        state.accepted = Ballot(round: 1, proposer: ids[0])
        state.promised = state.accepted
        for owner in ring.owners(of: slot) {
            let node = try #require(ids.firstIndex(of: owner))
            try replay(.register(key: address, state), of: address, node: node)
        }
    }

    /// A record of somebody's stands in a node's log, before the beginning.
    mutating func replay(_ record: ReplicaRecord, of address: Address, node: Int) throws {
        let slot = ring.slot(of: address)
        let logged = record.logRecord(slot: slot)
        try machines[node][slot.shard(of: shardCount)].replay(
            slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 0,
            at: LogLocation(segment: 1, blockOffset: 0, index: 0))
    }

    private static func token(of user: UserName) -> AccessToken {
        AccessToken(user: user, device: 9, secret: [UInt8](repeating: 1, count: AccessToken.secretBytes))
    }

    // MARK: Clients

    /// Connects a person's only device.
    mutating func connect(_ name: String, node: Int, shard: Int = 0) throws -> Session {
        let user = try #require(UserName(name))
        let place = Place(node: node, shard: shard)
        let token = machines[node][shard].clientOpened(bearerToken: nil, now: clock(node))
        let session = Session(place: place, token: token, user: Address(user))
        say(.hello(.init(token: PresenceWorld.token(of: user).text)), session)
        return session
    }

    mutating func say(_ frame: ClientFrame, _ session: Session) {
        turn(session.place) { machine, now, actions, _ in
            machine.clientSent(
                frame, session: session.token, now: now,
                wallMilliseconds: 1_700_000_000_000 + now.nanoseconds / 1_000_000,
                into: &actions)
        }
        deliver()
    }

    mutating func close(_ session: Session) {
        turn(session.place) { machine, now, actions, _ in
            machine.clientClosed(session: session.token, now: now, into: &actions)
        }
        deliver()
    }

    /// What a session was told of presence since the last time this was asked.
    mutating func states(_ session: Session) -> [String] {
        take(session) { frame in
            guard case .presence(let user, let state) = frame else { return nil }
            switch state {
            case .unknown: return "\(user) ?"
            case .online: return "\(user) online"
            case .offline(let milliseconds): return "\(user) \(milliseconds == 0 ? "never" : "offline")"
            }
        }
    }

    /// What a session was told of typing since the last time this was asked.
    mutating func typings(_ session: Session) -> [String] {
        take(session) { frame in
            guard case .typing(let typing) = frame else { return nil }
            let group = typing.group.map { " in \($0)" } ?? ""
            return "\(typing.from)\(typing.isRecording ? " records" : "") \(typing.milliseconds)\(group)"
        }
    }

    private mutating func take(_ session: Session, _ text: (ServerFrame) -> String?) -> [String] {
        let all = frames[session.token] ?? []
        frames[session.token] = all.filter { text($0) == nil }
        return all.compactMap(text)
    }

    // MARK: Nodes

    /// A node's links are lost, or stand anew.
    mutating func setLinks(of node: Int, areUp: Bool) {
        if areUp { cut.remove(node) } else { cut.insert(node) }
        for other in machines.indices where other != node {
            for shard in 0..<shardCount {
                for (from, to) in [(other, node), (node, other)] {
                    let peer = ids[to]
                    turn(Place(node: from, shard: shard)) { machine, now, actions, _ in
                        if areUp {
                            machine.nodeReachable(peer, now: now, into: &actions)
                        } else {
                            machine.nodeUnreachable(peer, now: now, into: &actions)
                        }
                    }
                }
            }
        }
        deliver()
    }

    /// What other nodes say to a node waits on its way, or arrives.
    mutating func setSlow(_ node: Int, _ isSlow: Bool) {
        if isSlow {
            slow.insert(node)
        } else {
            slow.remove(node)
            queue += waiting.filter { $0.to.node == node }
            waiting.removeAll { $0.to.node == node }
            deliver()
        }
    }

    private func clock(_ node: Int) -> Instant { now + .seconds(UInt64(node) * 5000) }

    /// Time passes.
    mutating func pass(_ span: TimeSpan) {
        let end = now + span
        deliver()
        while now < end {
            now = min(end, now + .milliseconds(50))
            for node in machines.indices {
                for shard in 0..<shardCount where machines[node][shard].nextDeadline <= clock(node) {
                    turn(Place(node: node, shard: shard)) { machine, now, actions, _ in
                        machine.timerFired(now: now, wallMilliseconds: 0, into: &actions)
                    }
                }
            }
            deliver()
        }
    }

    private mutating func turn(
        _ place: Place, _ event: (inout ShardMachine, Instant, inout [ShardAction], RingTable) -> Void
    ) {
        var actions: [ShardAction] = []
        event(&machines[place.node][place.shard], clock(place.node), &actions, ring)
        var index = 0
        while index < actions.count {
            let action = actions[index]
            index += 1
            switch action {
            case .send(let peer, let message):
                guard let to = ids.firstIndex(of: peer) else { continue }
                if to != place.node {
                    messages.append(message)
                    if cut.contains(to) || cut.contains(place.node) { continue }
                }
                let shard = message.shard(of: shardCount) ?? place.shard
                let parcel = (from: place.node, to: Place(node: to, shard: shard), message)
                if to != place.node, slow.contains(to) {
                    waiting.append(parcel)
                } else {
                    queue.append(parcel)
                }
            case .frame(let token, let frame):
                frames[token, default: []].append(frame)
            case .append(let records, _, let token):
                log(records, token: token, at: place, into: &actions)
            default:
                continue
            }
        }
    }

    private mutating func log(
        _ records: [LogRecord], token: UInt64, at place: Place, into actions: inout [ShardAction]
    ) {
        for record in records {
            do {
                logged[place.node, default: []].append(try ReplicaRecord(kind: record.kind, head: record.head))
            } catch {
                Issue.record("a record that cannot be read: \(error)")
            }
        }
        let locations = records.indices.map { LogLocation(segment: 2, blockOffset: 0, index: UInt32($0)) }
        machines[place.node][place.shard].appended(token, locations: locations, now: clock(place.node), into: &actions)
    }

    private mutating func deliver() {
        while !queue.isEmpty {
            let batch = queue
            queue = []
            for (from, to, message) in batch {
                let peer = ids[from]
                turn(to) { machine, now, actions, _ in
                    machine.peerSent(message, from: peer, now: now, into: &actions)
                }
            }
        }
    }
}
