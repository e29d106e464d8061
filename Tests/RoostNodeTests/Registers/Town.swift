import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import Testing

/// A few nodes that own everything together, with logs that write at once and links that can be cut; and people who talk
/// through them. Nothing is late here: what is asked is answered before the next thing is asked, unless a link is cut.
struct Town {
    private(set) var shards: [NodeID: ShardMachine] = [:]
    let nodes: [NodeID]
    private var cut: Set<NodeID> = []
    private var now = Instant.zero + .seconds(1000)
    private var bodies: [NodeID: [LogLocation: [UInt8]]] = [:]
    private var appended: UInt32 = 0
    private var nextRequest: UInt64 = 1
    private var answers: [UInt64: RegisterAnswer] = [:]
    private var mailboxAnswers: [UInt64: MailboxAnswer] = [:]
    /// What each node has logged, in order.
    private(set) var logged: [NodeID: [(record: LogRecord, location: LogLocation)]] = [:]
    /// What the clocks on the walls of all nodes say.
    var wallMilliseconds: UInt64 = 1_700_000_000_000
    private let ring: RingTable
    /// What each session was told.
    private var told: [GatewayToken: [ServerFrame]] = [:]
    private var closed: [GatewayToken: CloseCode] = [:]

    /// A connected client.
    struct Client {
        let session: GatewayToken
        let node: NodeID
    }

    init(nodes count: Int, device: Rate? = nil, account: Rate? = nil, strangers: Rate? = nil) throws {
        nodes = (1...count).map { UniqueID(high: 1, low: UInt64($0)) }
        let members = nodes.enumerated().map { index, node in
            Member(
                id: node, name: "n\(index + 1)", zone: "z\(index + 1)", address: "a:\(index + 1)",
                clientAddress: "c:\(index + 1)")
        }
        ring = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 3, low: 3), members: members))
        for node in nodes {
            var shard = ShardMachine(node: node, nodeName: "n", shard: 0, random: SeededRandom(seed: node.low))
            var actions: [ShardAction] = []
            shard.limitSends(device: device, account: account, strangers: strangers)
            shard.ringAdopted(ring, now: now, into: &actions)
            shards[node] = shard
            bodies[node] = [:]
        }
    }

    // MARK: What goes on

    private mutating func act(at node: NodeID, _ event: (inout ShardMachine, Instant, inout [ShardAction]) -> Void) {
        var queue: [(node: NodeID, action: ShardAction)] = []
        func take(_ node: NodeID, _ event: (inout ShardMachine, Instant, inout [ShardAction]) -> Void) {
            var actions: [ShardAction] = []
            let now = now
            shards[node].map { shard in
                var shard = shard
                event(&shard, now, &actions)
                shards[node] = shard
            }
            queue.append(contentsOf: actions.map { (node, $0) })
        }
        take(node, event)
        while !queue.isEmpty {
            let (node, action) = queue.removeFirst()
            switch action {
            case .send(let peer, let message):
                guard peer == node || !cut.contains(peer) && !cut.contains(node) else { continue }
                take(peer) { $0.peerSent(message, from: node, now: $1, into: &$2) }
            case .append(let records, _, let token):
                let places = records.map { record in
                    appended += 1
                    let place = LogLocation(segment: 1, blockOffset: appended, index: 0)
                    bodies[node]?[place] = record.body
                    logged[node, default: []].append((record, place))
                    return place
                }
                take(node) { $0.appended(token, locations: places, now: $1, into: &$2) }
            case .read(let places, let token):
                let found = places.map { bodies[node]?[$0] }
                take(node) { $0.read(token, bodies: found, now: $1, into: &$2) }
            case .frame(let session, let frame): told[session, default: []].append(frame)
            case .close(let session, let code): closed[session] = code
            case .registerAnswer(let token, let answer): answers[token] = answer
            case .mailboxAnswer(let token, let answer): mailboxAnswers[token] = answer
            case .freed, .cleaned, .merged, .restored, .lost: break
            }
        }
    }

    /// Ends the process of a node and starts it again on its log. Its clients are gone.
    mutating func restart(_ index: Int) throws {
        let node = nodes[index]
        var shard = ShardMachine(node: node, nodeName: "n", shard: 0, random: SeededRandom(seed: node.low + 100))
        for (record, location) in logged[node] ?? [] {
            try shard.replay(
                slot: record.slot, kind: record.kind, head: record.head, bodyBytes: record.body.count, at: location)
        }
        shards[node] = shard
        act(at: node) { $0.replayed(into: &$2) }
        let ring = ring
        act(at: node) { $0.ringAdopted(ring, now: $1, into: &$2) }
        for peer in nodes where peer != node { act(at: peer) { $0.nodeRestarted(node, now: $1, into: &$2) } }
    }

    /// Cuts a node off from the others, or links it again.
    mutating func setCut(_ isCut: Bool, _ index: Int) {
        if isCut { cut.insert(nodes[index]) } else { cut.remove(nodes[index]) }
    }

    /// Every link stands anew: whoever missed something compares.
    mutating func link() {
        for node in nodes {
            for peer in nodes where peer != node { act(at: node) { $0.nodeReachable(peer, now: $1, into: &$2) } }
        }
    }

    /// The links from one node to the others stand anew; what comes of comparing takes longer than this.
    mutating func stand(_ index: Int) {
        let node = nodes[index]
        for peer in nodes where peer != node {
            act(at: node) { $0.nodeReachable(peer, now: $1, into: &$2) }
        }
    }

    /// The link between two nodes stands anew, and they have the time to compare.
    mutating func compare(_ index: Int, with other: Int) {
        let (node, peer) = (nodes[index], nodes[other])
        act(at: node) { $0.nodeReachable(peer, now: $1, into: &$2) }
        wait(milliseconds: 5000)
    }

    /// Lets time go by: what has not been answered is asked again.
    mutating func wait(milliseconds: UInt64) {
        let end = now + .milliseconds(milliseconds)
        while now < end {
            now = now + .milliseconds(100)
            for node in nodes { act(at: node) { $0.timerFired(now: $1, wallMilliseconds: 0, into: &$2) } }
        }
    }

    // MARK: Registers

    mutating func ask(_ request: RegisterRequest, at index: Int = 0) -> RegisterAnswer? {
        let token = nextRequest
        nextRequest += 1
        act(at: nodes[index]) { $0.registerRequested(request, token: token, now: $1, into: &$2) }
        if answers[token] == nil { wait(milliseconds: 2000) }
        return answers[token]
    }

    /// Makes a change that has to succeed.
    mutating func change(_ name: UserName, _ change: AccountChange) {
        guard case .value = ask(.change(Address(name), .account(change))) else {
            Issue.record("\(change) of \(name) was not made")
            return
        }
    }

    mutating func change(_ name: UserName, _ change: PeopleChange) {
        guard case .value = ask(.change(Address(name).part(People.part), .people(change))) else {
            Issue.record("\(change) of \(name) was not made")
            return
        }
    }

    /// Asks about a mailbox.
    mutating func ask(_ request: MailboxRequest, at index: Int = 0) -> MailboxAnswer? {
        let token = nextRequest
        nextRequest += 1
        act(at: nodes[index]) { $0.mailboxRequested(request, token: token, now: $1, into: &$2) }
        if mailboxAnswers[token] == nil { wait(milliseconds: 6000) }
        return mailboxAnswers[token]
    }

    // MARK: People

    static func token(_ name: UserName, _ device: DeviceID) -> AccessToken {
        AccessToken(user: name, device: device, secret: [UInt8](repeating: UInt8(device), count: 32))
    }

    /// Somebody with an account and these devices.
    mutating func settle(_ text: String, devices: [DeviceID]) throws -> UserName {
        let name = try #require(UserName(text))
        change(name, .create(Account(name: name, password: .none)))
        for device in devices {
            let hash = Town.token(name, device).secretHash
            change(name, .putDevice(.init(id: device, secretHash: hash, addedAtMilliseconds: 1)))
        }
        return name
    }

    mutating func connect(_ name: UserName, _ device: DeviceID, at index: Int = 0) -> Client {
        let node = nodes[index]
        var session: GatewayToken = 0
        act(at: node) { shard, now, _ in session = shard.clientOpened(bearerToken: nil, now: now) }
        let client = Client(session: session, node: node)
        say(.hello(.init(token: Town.token(name, device).text)), client)
        return client
    }

    mutating func say(_ frame: ClientFrame, _ client: Client) {
        let wall = wallMilliseconds
        act(at: client.node) {
            $0.clientSent(frame, session: client.session, now: $1, wallMilliseconds: wall, into: &$2)
        }
    }

    /// The client is gone.
    mutating func leave(_ client: Client) {
        act(at: client.node) { $0.clientClosed(session: client.session, now: $1, into: &$2) }
    }

    mutating func send(_ number: StreamNumber, to: String, from client: Client, isRetry: Bool = false) {
        let content = MessageContent(MessageHeader(), body: [UInt8(number)])
        say(.send(.init(to: to, stream: 1, number: number, content: content, isRetry: isRetry)), client)
    }

    // MARK: What was said

    /// What a client was told since it was last asked for.
    mutating func heard(_ client: Client) -> [ServerFrame] {
        defer { told[client.session] = [] }
        return told[client.session] ?? []
    }

    /// The numbers of the messages that came since it was last asked for.
    mutating func messages(_ client: Client) -> [StreamNumber] {
        heard(client).compactMap { frame in
            if case .message(let message) = frame { return message.number }
            return nil
        }
    }

    /// The receipts that came since it was last asked for.
    mutating func receipts(_ client: Client) -> [StreamReceipt] {
        heard(client).compactMap { frame in
            if case .receipt(let receipt) = frame { return receipt }
            return nil
        }
    }

    func closeCode(_ client: Client) -> CloseCode? {
        closed[client.session]
    }

    /// Messages in the mailboxes of each node.
    var pending: [Int] { nodes.map { shards[$0]?.counts.pendingMessages ?? 0 } }
}
